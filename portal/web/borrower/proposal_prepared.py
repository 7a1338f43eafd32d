"""A draft that an agent prepared: who did, what it changes of one's own numbers, from when it can be signed, and one's own back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import flash, redirect, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.domain.errors import DomainError
from portal.domain.journey import Question
from portal.domain.offers import price_choice
from portal.domain.plan_differences import plan_difference
from portal.domain.plans import Plan
from portal.domain.proposals import ProposalStatus
from portal.models import Proposal, StaffMember, SupportCall, SupportDraft
from portal.queries.proposals import get_proposal_of
from portal.queries.situations import Situation, situation_for
from portal.queries.support_calls import find_support_draft
from portal.services.cooling import cooling_of
from portal.services.support_drafts import keep_own_numbers
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.leading_on import leads_on
from portal.web.people import BorrowerPerson
from portal.web.plan_differences import Line, figure_lines, payment_lines
from portal.web.plan_names import name_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """``has_own`` says that numbers of one's own stood there before; the changes are empty where the two are not to be compared."""

    staff_number: str
    handed_over_at: datetime | None
    signable_at: datetime | None
    is_on_call: bool
    is_signable: bool
    name: str
    plan: Plan | None
    has_own: bool
    figure_changes: Sequence[Line]
    payment_changes: Sequence[Line]


def prepared_values(session: Session, found: Proposal) -> Prepared | None:
    """None where nobody but the borrower filled it in, and once it is sent."""
    kept = find_support_draft(session, found.id) if found.status == ProposalStatus.DRAFT else None
    cooling = cooling_of(session, found, now=writes.now())
    if kept is None or cooling is None:
        return None
    situation = situation_for(session, found, on=writes.today())
    plan = _plan(found.answers.get(Question.CHOICE.value), situation)
    own = _plan(kept.own_answers.get(Question.CHOICE.value), situation)
    difference = plan_difference(own, plan) if plan and own else None
    return Prepared(
        staff_number=_staff_number(session, kept),
        handed_over_at=kept.handed_over_at,
        signable_at=kept.signable_at,
        is_on_call=cooling.is_on_call,
        is_signable=cooling.is_over(writes.now()),
        name=name_of(plan) if plan else "",
        plan=plan,
        has_own=bool(kept.own_answers.get(Question.CHOICE.value)),
        figure_changes=figure_lines(difference, plan.currency) if difference and plan else (),
        payment_changes=payment_lines(difference, plan.currency) if difference and plan else (),
    )


@blueprint.post("/proposals/<proposal_id>/own-numbers")
@borrower_page
@leads_on
def plan_own_numbers(person: BorrowerPerson, proposal_id: str) -> Response:
    """Put aside what was prepared, and go on with one's own answers."""
    session = writes.database()
    found = get_proposal_of(session, person.id, proposal_id)
    keep_own_numbers(session, person.actor, proposal=found, now=writes.now())
    flash(gettext("Your own answers stand again."), "success")
    return redirect(url_for("borrower.proposal", proposal_id=proposal_id), 303)


def _plan(choice: dict[str, object] | None, situation: Situation) -> Plan | None:
    """As of today; None where nothing was chosen, or what was is not possible any more."""
    if not choice:
        return None
    try:
        return price_choice(choice, situation.standing).plan
    except DomainError:
        return None


def _staff_number(session: Session, kept: SupportDraft) -> str:
    call = session.get_one(SupportCall, kept.call_id)
    return session.get_one(StaffMember, call.staff_id).number
