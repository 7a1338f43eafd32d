"""The second approver: the cases that wait for one, and a page that says exactly what would be agreed to."""

from flask import render_template
from flask_babel import gettext, lazy_gettext
from wtforms import RadioField, StringField

from portal.domain.decisions import ACTS, DecisionKind
from portal.domain.errors import DomainError
from portal.domain.permissions import Permission
from portal.domain.plan_differences import plan_difference
from portal.domain.reasons import LONGEST_TEXT, SecondRefusal
from portal.models import Decision, Proposal
from portal.queries.plans import plan_of
from portal.queries.proposals import version_numbered
from portal.queries.review_cases import get_submitted_proposal
from portal.services.claims import renew_claim
from portal.services.looks import look_at_case
from portal.services.second_looks import Disagreement, confirm_decision, disagree, refuse_not_second
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.plan_differences import figure_lines, payment_lines
from portal.web.review.blueprint import blueprint
from portal.web.review.case_page import CasePage, case_labels, load_case_page
from portal.web.review.conflicts import Typed, conflict_page
from portal.web.review.decisions import DecisionForm, Page, done, refuse_page, seen_on
from portal.web.review.labels import SECOND_REASONS, SECOND_REFUSALS
from portal.web.typed import shown_again


class SecondForm(DecisionForm):
    """To agree nothing is asked; not to agree asks why."""

    reason = RadioField(
        lazy_gettext("Why do you not agree?"),
        choices=[(reason.value, text) for reason, text in SECOND_REFUSALS.items()],
        validate_choice=False,
    )
    reason_text = StringField(lazy_gettext("Note for the colleague"), filters=[shown_again])


@blueprint.get("/cases/<public_id>/second")
@staff_page(Permission.PROPOSAL_DECIDE, looks=True)
def second(person: StaffPerson, public_id: str) -> Page:
    return _page(person, get_submitted_proposal(writes.database(), public_id), SecondForm())


@blueprint.post("/cases/<public_id>/second")
@staff_page(Permission.PROPOSAL_DECIDE)
def send_second(person: StaffPerson, public_id: str) -> Page:
    """Agree."""
    proposal, form = get_submitted_proposal(writes.database(), public_id), SecondForm()
    try:
        with writes.attempt():
            seen, now = seen_on(form, proposal), writes.business_now()
            decision = confirm_decision(writes.database(), person.actor, seen=seen, now=now)
    except DomainError as error:
        return _refused(person, proposal, form, error)
    if decision.kind == DecisionKind.APPROVE:
        return done(proposal, gettext("Approved. The agreement is in force; its document is being made."))
    return done(proposal, gettext("Agreed. The offer goes out in a minute. Until then you can undo it."))


@blueprint.post("/cases/<public_id>/second/no")
@staff_page(Permission.PROPOSAL_DECIDE)
def send_disagreement(person: StaffPerson, public_id: str) -> Page:
    proposal, form = get_submitted_proposal(writes.database(), public_id), SecondForm()
    try:
        with writes.attempt():
            disagree(
                writes.database(),
                person.actor,
                seen=seen_on(form, proposal),
                disagreement=_disagreement(form),
                now=writes.now(),
            )
    except DomainError as error:
        return _refused(person, proposal, form, error)
    return done(
        proposal, gettext("Sent back. The case waits for a decision again; your colleague reads why.")
    )


def _disagreement(form: SecondForm) -> Disagreement:
    if form.reason.data not in set(SecondRefusal):
        raise DomainError("reason_missing", field="reason")
    note = (form.reason_text.data or "")[: LONGEST_TEXT + 1]
    return Disagreement(reason=SecondRefusal(form.reason.data), note=note)


def _refused(person: StaffPerson, proposal: Proposal, form: SecondForm, error: DomainError) -> Page:
    act = ACTS[DecisionKind.APPROVE]
    return refuse_page(person, proposal, act, error, form, _typed(form)) or _page(person, proposal, form)


def _page(person: StaffPerson, proposal: Proposal, form: SecondForm) -> tuple[str, int]:
    session, now = writes.database(), writes.now()
    look_at_case(session, person.actor, proposal=proposal, reason="decision_page", now=now)
    try:
        decision = refuse_not_second(session, person.actor, proposal=proposal, now=now)
    except DomainError as error:
        return conflict_page(proposal, error)
    renew_claim(session, person.actor, proposal=proposal, now=now)
    page = load_case_page(person, proposal)
    form.row_version.data, form.content_hash.data = str(proposal.row_version), decision.content_hash
    body = render_template(
        "review/second.html",
        page=page,
        form=form,
        decision=decision,
        because=[SECOND_REASONS[reason] for reason in decision.second_because],
        **_compared(proposal, page, decision),
        **case_labels(),
    )
    return body, 422 if form.errors else 200


def _compared(proposal: Proposal, page: CasePage, decision: Decision) -> dict[str, object]:
    """Of a counter, what it changes; an approval changes nothing of what was signed."""
    offered = plan_of(version_numbered(writes.database(), proposal.id, decision.version_number))
    if decision.kind != DecisionKind.COUNTER:
        return {"offered": offered, "figures": [], "payments": []}
    difference = plan_difference(page.plan, offered)
    return {
        "offered": offered,
        "figures": figure_lines(difference, offered.currency),
        "payments": payment_lines(difference, offered.currency),
    }


def _typed(form: SecondForm) -> Typed:
    return {gettext("Note for the colleague"): form.reason_text.data or ""}
