"""Offer other terms: worked out as they are typed, compared with what was signed, frozen when they are sent."""

from flask import render_template, request
from flask_babel import gettext

from portal.domain.counters import first_day_for_counter, price_counter
from portal.domain.decisions import DecisionKind
from portal.domain.errors import DomainError
from portal.domain.permissions import Permission
from portal.domain.plan_differences import plan_difference
from portal.domain.plans import Plan
from portal.domain.proposals import Act
from portal.domain.reasons import LONGEST_TEXT
from portal.messages import text_of
from portal.models import Proposal
from portal.queries.plans import plan_of
from portal.queries.proposals import get_signed_version
from portal.queries.review_cases import get_submitted_proposal
from portal.services.claims import refuse_without_claim
from portal.services.counters import CounterOffer, counter_proposal
from portal.services.deciding import refuse_decided, second_wanted, situation_at_desk
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.freezing import freezing_tools
from portal.web.labels import REFERRALS
from portal.web.people import StaffPerson
from portal.web.plan_differences import figure_lines, payment_lines
from portal.web.review import labels
from portal.web.review.blueprint import blueprint
from portal.web.review.conflicts import Typed
from portal.web.review.counter_form import CounterForm
from portal.web.review.decisions import Page, done, refuse_page, seen_on, show_decision
from portal.web.review.guarantors import guarantor_choice
from portal.web.review.letters import drafted, drafts_asked_for, letter_or_draft

TEMPLATE = "review/counter.html"
RECKON = "reckon"


@blueprint.get("/cases/<public_id>/counter")
@staff_page(Permission.PROPOSAL_DECIDE, looks=True)
def counter(person: StaffPerson, public_id: str) -> Page:
    proposal, form = get_submitted_proposal(writes.database(), public_id), CounterForm()
    signed = plan_of(get_signed_version(writes.database(), proposal))
    form.fill_in(signed.request, signed.currency)
    return _page(person, proposal, form)


@blueprint.post("/cases/<public_id>/counter")
@staff_page(Permission.PROPOSAL_DECIDE)
def send_counter(person: StaffPerson, public_id: str) -> Page:
    proposal, form = get_submitted_proposal(writes.database(), public_id), CounterForm()
    form.validate()
    try:
        if drafts_asked_for():
            form.letter.data = drafted(proposal, DecisionKind.COUNTER, form.why())
        elif request.form.get("step") != RECKON:
            return _send(person, proposal, form)
    except DomainError as error:
        refused = refuse_page(person, proposal, Act.COUNTER, error, form, _typed(form))
        if refused is not None:
            return refused
    return _page(person, proposal, form)


@blueprint.post("/cases/<public_id>/counter/reckoned")
@staff_page(Permission.PROPOSAL_DECIDE)
def reckoned_counter(person: StaffPerson, public_id: str) -> dict[str, str]:
    """The differences alone, for the open page that asks while one types: figures, nothing of the person."""
    session = writes.database()
    proposal, form = get_submitted_proposal(session, public_id), CounterForm()
    refuse_decided(session, proposal)
    refuse_without_claim(session, person.actor, proposal_id=proposal.id, now=writes.now())
    values = _reckoned(proposal, form)
    return {"html": render_template("review/counter_difference.html", form=form, labels=labels, **values)}


def _page(person: StaffPerson, proposal: Proposal, form: CounterForm) -> tuple[str, int]:
    values = _reckoned(proposal, form)
    typed = _typed(form) if form.is_submitted() else None
    return show_decision(person, proposal.public_id, form, TEMPLATE, typed=typed, **values)


def _reckoned(proposal: Proposal, form: CounterForm) -> dict[str, object]:
    """The offer and its differences; where it cannot be worked out, why, on its field."""
    signed = plan_of(get_signed_version(writes.database(), proposal))
    situation = situation_at_desk(writes.database(), proposal, writes.today())
    form.fit_count(signed.request, situation.rules.policy)
    values: dict[str, object] = {"earliest": first_day_for_counter(situation.rules), "offered": None}
    try:
        offer = price_counter(form.request(signed.currency), signed, situation.standing)
    except DomainError as error:
        if form.is_submitted():
            put_on_form(form, error)
        return {**values, "not_yet": text_of(error)}
    return {
        **values,
        **_compared(signed, offer.plan),
        "findings": [REFERRALS[reason] for reason in offer.assessment.reasons],
        "because": [labels.SECOND_REASONS[reason] for reason in second_wanted(offer.plan, situation)],
    }


def _compared(signed: Plan, offered: Plan) -> dict[str, object]:
    difference = plan_difference(signed, offered)
    return {
        "offered": offered,
        "figures": figure_lines(difference, signed.currency),
        "payments": payment_lines(difference, signed.currency),
    }


def _send(person: StaffPerson, proposal: Proposal, form: CounterForm) -> Page:
    with writes.attempt():
        decision = counter_proposal(
            writes.database(),
            person.actor,
            seen=seen_on(form, proposal),
            counter=_offer(proposal, form),
            tools=freezing_tools(),
            today=writes.today(),
            now=writes.now(),
        )
    if decision.needs_second:
        return done(proposal, gettext("Your offer waits for a second approver; nothing goes out before."))
    return done(proposal, gettext("Your offer goes out in a minute. Until then you can undo it."))


def _offer(proposal: Proposal, form: CounterForm) -> CounterOffer:
    signed, reason = plan_of(get_signed_version(writes.database(), proposal)), form.why()
    letter = letter_or_draft(form.letter.data, proposal, DecisionKind.COUNTER, reason)
    return CounterOffer(
        request=form.request(signed.currency),
        reason=reason,
        letter=letter[: LONGEST_TEXT + 1],
        guarantor=guarantor_choice(form.guarantor.data),
    )


def _typed(form: CounterForm) -> Typed:
    terms = {str(part.label.text): part.data or "" for part in form.terms()}
    return {gettext("Letter to the borrower"): form.letter.data or "", **terms}
