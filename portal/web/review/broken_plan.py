"""A plan that broke: let it go on, once; or tell the borrower that it is to be ended, and end it later."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from flask import render_template
from flask_babel import gettext, lazy_gettext
from wtforms import RadioField, StringField

from portal.adapters.wording import BabelWording
from portal.domain.broken_plans import may_end_from, refuse_not_broken, refuse_paid
from portal.domain.errors import Conflict, DomainError
from portal.domain.permissions import Permission
from portal.domain.plan_progress import CURE_DAYS
from portal.domain.proposals import Act, ProposalStatus
from portal.domain.reasons import LONGEST_TEXT, PlanEndReason, ReinstateReason
from portal.messages import text_of
from portal.models import Proposal
from portal.queries.proposals import find_agreement, find_open_proposal
from portal.queries.review_cases import get_submitted_proposal
from portal.queries.running_plans import RunningPlan, plan_under
from portal.queries.threads import is_waiting_for_us
from portal.services.broken_plans import (
    SeenPlan,
    refuse_going_on,
    reinstate_plan,
    stands_told,
    tell_of_end,
    terminate_plan,
)
from portal.services.looks import look_at_case
from portal.services.plan_letters import LetterTools
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.case_page import case_labels, load_case_page
from portal.web.review.conflicts import Typed, conflict_page
from portal.web.review.decisions import DecisionForm, Page, done, refuse_page, seen_on
from portal.web.review.labels import PLAN_END_REASONS, REINSTATE_REASONS
from portal.web.typed import shown_again

Reason = TypeVar("Reason", ReinstateReason, PlanEndReason)


class BrokenPlanForm(DecisionForm):
    """``words`` go to the borrower, inside a letter whose sums and days are filled in by themselves."""

    words = StringField(lazy_gettext("Your own words to the borrower"), filters=[shown_again])

    def seen(self, proposal: Proposal) -> SeenPlan:
        return SeenPlan(
            proposal_id=proposal.id,
            row_version=seen_on(self, proposal).row_version,
            words=(self.words.data or "")[: LONGEST_TEXT + 1],
        )

    def typed(self) -> Typed:
        return {gettext("Your own words to the borrower"): self.words.data or ""}


class ReinstateForm(BrokenPlanForm):
    reason = RadioField(
        lazy_gettext("Why may it go on?"),
        choices=[(reason.value, text) for reason, text in REINSTATE_REASONS.items()],
        validate_choice=False,
    )


class PlanEndForm(BrokenPlanForm):
    reason = RadioField(
        lazy_gettext("Why is it to be ended?"),
        choices=[(reason.value, text) for reason, text in PLAN_END_REASONS.items()],
        validate_choice=False,
    )


@blueprint.get("/cases/<public_id>/reinstate")
@staff_page(Permission.PROPOSAL_DECIDE, looks=True)
def reinstate(person: StaffPerson, public_id: str) -> Page:
    return _reinstate_page(person, public_id, ReinstateForm())


@blueprint.post("/cases/<public_id>/reinstate")
@staff_page(Permission.PROPOSAL_DECIDE)
def send_reinstatement(person: StaffPerson, public_id: str) -> Page:
    proposal, form = get_submitted_proposal(writes.database(), public_id), ReinstateForm()
    try:
        with writes.attempt():
            reinstate_plan(
                writes.database(),
                person.actor,
                seen=form.seen(proposal),
                reason=_chosen(form, ReinstateReason),
                tools=_tools(),
                today=writes.today(),
                now=writes.now(),
            )
    except DomainError as error:
        refused = refuse_page(person, proposal, Act.REINSTATE, error, form, form.typed())
        return refused or _reinstate_page(person, public_id, form)
    return done(proposal, gettext("The plan goes on. The borrower was written to."))


@blueprint.get("/cases/<public_id>/end-plan")
@staff_page(Permission.PROPOSAL_DECIDE, looks=True)
def end_plan(person: StaffPerson, public_id: str) -> Page:
    return _end_page(person, public_id, PlanEndForm())


@blueprint.post("/cases/<public_id>/end-plan")
@staff_page(Permission.PROPOSAL_DECIDE)
def send_plan_end(person: StaffPerson, public_id: str) -> Page:
    """Tell the borrower, with a reason; where that was done and the time is over, end it. A page that is older than that is refused by its
    row version.
    """
    proposal, form = get_submitted_proposal(writes.database(), public_id), PlanEndForm()
    is_told = proposal.end_told_on is not None and not form.reason.data
    try:
        with writes.attempt():
            if is_told:
                _terminate(person, proposal, form)
            else:
                _tell(person, proposal, form)
    except DomainError as error:
        refused = refuse_page(person, proposal, Act.TERMINATE, error, form, form.typed())
        return refused or _end_page(person, public_id, form)
    if is_told:
        return done(proposal, gettext("The plan was ended. The borrower was written to."))
    return done(proposal, gettext("The borrower was told. The plan is not ended yet."))


def _tell(person: StaffPerson, proposal: Proposal, form: PlanEndForm) -> None:
    tell_of_end(
        writes.database(),
        person.actor,
        seen=form.seen(proposal),
        reason=_chosen(form, PlanEndReason),
        tools=_tools(),
        today=writes.today(),
        now=writes.now(),
    )


def _terminate(person: StaffPerson, proposal: Proposal, form: PlanEndForm) -> None:
    terminate_plan(
        writes.database(),
        person.actor,
        seen=form.seen(proposal),
        tools=_tools(),
        today=writes.today(),
        now=writes.now(),
    )


def _reinstate_page(person: StaffPerson, public_id: str, form: ReinstateForm) -> Page:
    found = _open(person, public_id)
    if not isinstance(found, RunningPlan):
        return found
    return _shown(
        person,
        found,
        form,
        "review/reinstate.html",
        refusal=_refusal(lambda: refuse_going_on(writes.database(), found)),
        has_draft=_has_draft(found),
        until=writes.today() + timedelta(days=CURE_DAYS),
        cure_days=CURE_DAYS,
    )


def _end_page(person: StaffPerson, public_id: str, form: PlanEndForm) -> Page:
    found = _open(person, public_id)
    if not isinstance(found, RunningPlan):
        return found
    is_told = stands_told(found)
    told_on = found.proposal.end_told_on
    from_day = may_end_from(told_on if is_told and told_on else writes.today())
    return _shown(
        person,
        found,
        form,
        "review/end_plan.html",
        refusal=_refusal(lambda: refuse_paid(found.progress)),
        told_on=told_on,
        is_told=is_told,
        from_day=from_day,
        may_end=is_told and writes.today() >= from_day,
    )


def _has_draft(found: RunningPlan) -> bool:
    other = find_open_proposal(writes.database(), found.proposal.loan_id)
    return other is not None and other.status == ProposalStatus.DRAFT


def _refusal(asks: Callable[[], None]) -> str:
    """Why the page offers nothing; empty where it may."""
    try:
        asks()
    except DomainError as error:
        return text_of(error)
    return ""


def _open(person: StaffPerson, public_id: str) -> RunningPlan | tuple[str, int]:
    """The broken plan, with the look recorded; a page that says so where it is not broken any more."""
    session = writes.database()
    proposal = get_submitted_proposal(session, public_id)
    look_at_case(session, person.actor, proposal=proposal, reason="decision_page", now=writes.now())
    agreement = find_agreement(session, proposal.id)
    try:
        refuse_not_broken(ProposalStatus(proposal.status))
    except Conflict as error:
        return conflict_page(proposal, error)
    assert agreement is not None
    return plan_under(session, agreement, on=writes.today())


def _shown(
    person: StaffPerson, plan: RunningPlan, form: BrokenPlanForm, template: str, **values: object
) -> tuple[str, int]:
    page = load_case_page(person, plan.proposal)
    form.row_version.data = str(plan.proposal.row_version)
    body = render_template(
        template,
        page=page,
        form=form,
        progress=plan.progress,
        has_answer=is_waiting_for_us(writes.database(), plan.proposal),
        **values,
        **case_labels(),
    )
    return body, 422 if form.errors else 200


def _chosen(form: ReinstateForm | PlanEndForm, kind: type[Reason]) -> Reason:
    try:
        return kind(form.reason.data or "")
    except ValueError:
        raise DomainError("reason_missing", field="reason") from None


def _tools() -> LetterTools:
    return LetterTools(texts=writes.portal().texts, wording=BabelWording())
