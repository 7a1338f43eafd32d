"""What the page of a case shows, made of what was signed and of how the loan stands today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import render_template
from flask_wtf import FlaskForm
from wtforms import SelectField

from portal.domain import similar_cases
from portal.domain.agreements import AgreementContent
from portal.domain.budgets import Affordability
from portal.domain.doing_nothing import DoingNothing, doing_nothing
from portal.domain.masking import mask_mobile
from portal.domain.permissions import Permission
from portal.domain.plans import Plan
from portal.domain.policy import HardshipReason, affordability_of
from portal.domain.proposals import Act, ProposalStatus, Who, is_possible
from portal.models import Proposal
from portal.queries.plans import plan_of
from portal.queries.review_cases import ReviewCase, review_case
from portal.role_names import STAFF_ROLES
from portal.stage_names import STAGE_BASES
from portal.web import sessions, writes
from portal.web.labels import (
    DECLINE_REASONS,
    INCOMES,
    OUTGOINGS,
    PLAN_KINDS,
    REFERRALS,
    STAGES,
)
from portal.web.people import StaffPerson
from portal.web.review import labels
from portal.web.review.findings import Finding, findings_of
from portal.web.review.next_case import still_undoable
from portal.web.review.payment_picture import PaymentPicture, payment_picture
from portal.web.review.threads.part import correspondence

REVEALED = "revealed"


class RevealForm(FlaskForm):
    """Why the number is needed: one of a few reasons, kept in the record."""

    reason = SelectField(choices=[], validate_choice=False)


class TakeOverForm(FlaskForm):
    """Why the case is taken from a colleague; its field has an id of its own beside the other form's."""

    reason = SelectField(choices=[], validate_choice=False, id="take-over-reason")


@dataclass(frozen=True, slots=True)
class CasePage:
    """A case with what follows from it for this reader, now."""

    case: ReviewCase
    plan: Plan
    content: AgreementContent
    nothing: DoingNothing | None
    picture: PaymentPicture
    claim_state: str
    """free, mine or other; empty where nothing waits."""
    may_claim: bool
    may_decide: bool
    may_second: bool
    may_undo: bool
    may_decide_broken: bool
    """It broke, and this person may let it go on or end it."""
    may_reveal: bool
    mobile: str
    is_revealed: bool
    hardship: HardshipReason | None
    is_breached: bool

    @property
    def id(self) -> str:
        return self.case.proposal.public_id

    @property
    def affordability(self) -> Affordability | None:
        """The plan held against the month that the borrower stated for it; None where policy asked for none."""
        situation = self.case.situation
        return affordability_of(self.plan, situation.circumstances, situation.policy)

    @property
    def findings(self) -> Sequence[Finding]:
        return findings_of(self.case, self.plan, self.affordability)


def load_case_page(person: StaffPerson, proposal: Proposal) -> CasePage:
    case = review_case(writes.database(), proposal, on=writes.today(), zone=writes.clock().zone)
    plan, now = plan_of(case.version), writes.now()
    claim_state = _claim_state(person, case, now)
    is_open = is_possible(ProposalStatus(proposal.status), Act.APPROVE, Who.APPROVER)
    may_decide = is_open and claim_state == "mine" and person.actor.may(Permission.PROPOSAL_DECIDE)
    stage = case.waiting.stage if case.waiting else ""
    is_revealed = is_number_revealed(proposal.public_id, now)
    return CasePage(
        case=case,
        plan=plan,
        content=AgreementContent.from_data(case.version.content),
        nothing=_nothing(case, plan),
        picture=payment_picture(case.situation.facts, on=writes.today()),
        claim_state=claim_state,
        may_claim=person.actor.may(Permission.CASE_CLAIM) and person.id != case.involved.first_id,
        may_decide=may_decide and stage == "first",
        may_second=may_decide and stage == "second",
        may_undo=case.pending is not None and person.number in {case.pending.by, case.pending.second},
        may_decide_broken=_is_broken(proposal) and person.actor.may(Permission.PROPOSAL_DECIDE),
        may_reveal=person.actor.may(Permission.PERSON_REVEAL),
        mobile=case.borrower.mobile if is_revealed else mask_mobile(case.borrower.mobile),
        is_revealed=is_revealed,
        hardship=_hardship(case),
        is_breached=case.waiting is not None and case.waiting.deadline_at < now,
    )


def render_case(person: StaffPerson, proposal: Proposal) -> str:
    reveal_form = RevealForm(formdata=None)
    reveal_form.reason.choices = [(reason.value, text) for reason, text in labels.REVEAL_REASONS.items()]
    take_over_form = TakeOverForm(formdata=None)
    take_over_form.reason.choices = [
        (reason.value, text) for reason, text in labels.TAKE_OVER_REASONS.items()
    ]
    return render_template(
        "review/case.html",
        page=load_case_page(person, proposal),
        reveal_form=reveal_form,
        take_over_form=take_over_form,
        correspondence=correspondence(person, proposal),
        undoable=still_undoable(person, but=proposal.public_id),
        roles=STAFF_ROLES,
        **case_labels(),
    )


def case_labels() -> dict[str, object]:
    """The names that the parts of a case need."""
    return {
        "labels": labels,
        "plan_kinds": PLAN_KINDS,
        "similar_rules": similar_cases,
        "referrals": REFERRALS,
        "stages": STAGES,
        "stage_bases": STAGE_BASES,
        "decline_reasons": DECLINE_REASONS,
        "incomes": INCOMES,
        "outgoings": OUTGOINGS,
    }


def keep_revealed(public_id: str, until: datetime) -> None:
    """Remember in the session that this case's number is uncovered for a while; the number itself is never kept there."""
    kept = sessions.current()
    kept[REVEALED] = {public_id: until.isoformat()}


def is_number_revealed(public_id: str, now: datetime) -> bool:
    until = sessions.current().get(REVEALED, {}).get(public_id)
    return until is not None and datetime.fromisoformat(until) > now


def _claim_state(person: StaffPerson, case: ReviewCase, now: datetime) -> str:
    if case.waiting is None or case.waiting.stage == "held":
        return ""
    if case.waiting.claim.is_held_by(person.id, now):
        return "mine"
    return "other" if case.waiting.claim.is_live(now) else "free"


def _is_broken(proposal: Proposal) -> bool:
    return is_possible(ProposalStatus(proposal.status), Act.REINSTATE, Who.APPROVER)


def _nothing(case: ReviewCase, plan: Plan) -> DoingNothing | None:
    """What no plan would cost until the plan's own end; None once it is decided, and where nothing is overdue any more."""
    today = writes.today()
    if case.waiting is None or not case.situation.arrears.is_overdue or plan.ends_on <= today:
        return None
    return doing_nothing(case.situation.facts, on=today, until=plan.ends_on)


def _hardship(case: ReviewCase) -> HardshipReason | None:
    """Only with the borrower's consent (rule P17)."""
    reason = HardshipReason(case.proposal.answers.get("reason", {}).get("reason", HardshipReason.NOT_SAID))
    is_said = reason is not HardshipReason.NOT_SAID
    return reason if case.is_hardship_shown and is_said else None
