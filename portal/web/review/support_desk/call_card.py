"""The guide beside a support call: for the stage of the loan that is most pressing, as far as the call has come."""

from collections.abc import Sequence
from typing import Any

from flask import request
from flask_babel import gettext

from portal.domain.guide import Situation
from portal.domain.next_steps import CallFacts
from portal.domain.proposals import ProposalStatus
from portal.domain.support_calls import Level, Reason
from portal.models import Loan, SupportCall
from portal.queries.borrower_home import LoanStanding, standing_of
from portal.queries.policies import policy_on
from portal.queries.situations import is_time_barred
from portal.web import writes
from portal.web.people import StaffPerson
from portal.web.review.guide.card import GuideCard, guide_card

_BEGINS_WITH = {
    Reason.CANNOT_SIGN_IN: Situation.CANNOT_SIGN_IN,
    Reason.HARDSHIP: Situation.LOST_JOB,
    Reason.DISPUTE: Situation.NOT_THEIRS,
    Reason.COMPLAINT: Situation.COMPLAINT,
}
"""What the reason of a call says about it, until the agent chooses otherwise."""


def call_card(person: StaffPerson, call: SupportCall, standings: Sequence[LoanStanding] = ()) -> GuideCard:
    """``standings`` as the page shows them; none where nothing of the borrower is seen yet."""
    chosen = request.args.get("situation") or _BEGINS_WITH.get(Reason(call.reason), Situation.OPENING)
    first = next((each for each in standings if each.arrears.is_overdue), next(iter(standings), None))
    level = Level(call.level)
    if first is None:
        return guide_card(
            person,
            stage=None,
            situation=chosen,
            facts=CallFacts(level=level, is_overdue=False),
            lender=str(gettext("the lender")),
        )
    return guide_card(
        person,
        stage=first.stage.value if first.stage and first.arrears.is_overdue else None,
        situation=chosen,
        facts=_facts(level, first),
        lender=first.loan.creditor,
    )


def beside(person: StaffPerson, call: SupportCall, loan: Loan, *, at: str | None = None) -> dict[str, Any]:
    """The guide for a page about one loan, for its template: ``at`` is the address that the page is read on, this one by default."""
    standing = standing_of(writes.database(), loan, on=writes.today())
    return {"card": call_card(person, call, [standing]), "guide_url": at or request.path}


def _facts(level: Level, first: LoanStanding) -> CallFacts:
    session, today = writes.database(), writes.today()
    return CallFacts(
        level=level,
        is_overdue=first.arrears.is_overdue,
        has_open_proposal=first.is_open and first.proposal_status is not ProposalStatus.DRAFT,
        has_running_plan=first.running is not None,
        is_time_barred=is_time_barred(session, [first.loan], on=today),
        is_open=not first.is_closed,
        offers_plans=bool(policy_on(session, today).max_terms),
    )
