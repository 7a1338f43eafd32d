"""Drafting together: the borrower's own questions and calculator, at the desk; then to the borrower's phone, where alone it is signed."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.domain.errors import Conflict, DomainError
from portal.domain.journey import Question
from portal.domain.offers import Offer, Offers, choice_of, offer_of, offers_for, price_choice
from portal.domain.permissions import Permission
from portal.domain.policy import answer_by
from portal.domain.support_calls import Level, SupportPage
from portal.messages import text_of
from portal.queries.loans import get_loan_of
from portal.queries.proposals import get_proposal_of
from portal.queries.situations import situation_for, situation_of
from portal.services.support_calls import OnSupportCall, look_in_support_call
from portal.services.support_drafts import (
    answer_in_support_call,
    begin_support_draft,
    get_draft_in_call,
    hand_draft_over,
)
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.journeys import Journey
from portal.web.need_form import NeedForm, need_form, need_values, typed_need
from portal.web.own_form import OwnForm, not_exactly, own_form, own_values, plan_of_form
from portal.web.people import StaffPerson
from portal.web.plan_cards import cards_of, comparison, key_of, longest_wait
from portal.web.plan_names import NOTES, PAY_DAY_KINDS, WHY_A_PERSON, name_of, need_text
from portal.web.review.blueprint import blueprint
from portal.web.review.support.within import Page, within
from portal.web.review.support_desk.call_card import beside


@blueprint.post("/support/<call_id>/loans/<loan_id>/draft")
@staff_page(Permission.SUPPORT_CALL)
@within("draft", least=Level.CONSENTED)
def support_begin(person: StaffPerson, on: OnSupportCall, loan_id: str) -> Response:
    """Take their draft in hand, or begin one."""
    del person
    session = writes.database()
    loan = get_loan_of(session, on.borrower_id, loan_id)
    situation = situation_of(session, loan, on=writes.today(), answers={})
    draft = begin_support_draft(session, on, situation=situation, now=writes.now())
    return _to_draft(on, draft.public_id)


@blueprint.get("/support/<call_id>/drafts/<proposal_id>")
@staff_page(Permission.SUPPORT_CALL, looks=True)
@within("draft", least=Level.CONSENTED, is_locked=False)
def support_draft(person: StaffPerson, on: OnSupportCall, proposal_id: str) -> Page:
    journey = _journey(on, proposal_id)
    _look(on, journey)
    return _page(person, on, journey, need_form(journey))


@blueprint.post("/support/<call_id>/drafts/<proposal_id>/need")
@staff_page(Permission.SUPPORT_CALL)
@within("draft", least=Level.CONSENTED)
def support_need(person: StaffPerson, on: OnSupportCall, proposal_id: str) -> Page:
    """What would help, as the borrower says it on the telephone."""
    journey = _journey(on, proposal_id)
    form = need_form(journey)
    try:
        with writes.attempt():
            _answer(on, journey, Question.NEED, dict(typed_need(form, journey)))
    except DomainError as error:
        put_on_form(form, error)
        return _page(person, on, journey, form), 422
    return _to_draft(on, proposal_id, "plans")


@blueprint.post("/support/<call_id>/drafts/<proposal_id>/choice")
@staff_page(Permission.SUPPORT_CALL)
@within("draft", least=Level.CONSENTED)
def support_choose(person: StaffPerson, on: OnSupportCall, proposal_id: str) -> Page:
    """One of the ready plans; a list that has changed since is shown anew."""
    del person
    journey, wanted = _journey(on, proposal_id), request.form.get("plan", "")
    offers = _offers(journey)
    chosen = next((ready for ready in offers.ready if key_of(ready.plan) == wanted), None) if offers else None
    if chosen is None:
        flash(gettext("Please choose one of these plans; they are worked out as of today."), "warning")
        return _to_draft(on, proposal_id)
    _answer(on, journey, Question.CHOICE, {**choice_of(chosen.plan.request), "source": "ready"})
    return _to_draft(on, proposal_id, "chosen")


@blueprint.route("/support/<call_id>/drafts/<proposal_id>/own", methods=["GET", "POST"])
@staff_page(Permission.SUPPORT_CALL, looks=True)
@within("draft", least=Level.CONSENTED)
def support_own(person: StaffPerson, on: OnSupportCall, proposal_id: str) -> Page:
    """The borrower's own numbers."""
    journey = _journey(on, proposal_id)
    if not journey.kept(Question.NEED):
        return _to_draft(on, proposal_id)
    form, error = own_form(journey), None
    if form.is_submitted():
        try:
            _keep_own(on, journey, form)
            return _to_draft(on, proposal_id, "chosen")
        except DomainError as refused:
            put_on_form(form, error := refused)
    else:
        _look(on, journey)
    body = render_template(
        "review/support/own.html",
        on=on,
        journey=journey,
        form=form,
        **own_values(journey, form, error),
        **beside(person, on.call, journey.loan),
    )
    return body, 422 if error else 200


@blueprint.post("/support/<call_id>/drafts/<proposal_id>/hand-over")
@staff_page(Permission.SUPPORT_CALL)
@within("hand_over", least=Level.CONSENTED)
def support_hand_over(person: StaffPerson, on: OnSupportCall, proposal_id: str) -> Page:
    del person
    journey = _journey(on, proposal_id)
    try:
        with writes.attempt():
            hand_draft_over(
                writes.database(),
                on,
                proposal=journey.proposal,
                situation=journey.situation,
                now=writes.business_now(),
            )
        flash(gettext("It is on its way to the borrower's phone."), "success")
    except Conflict:
        raise
    except DomainError as error:
        flash(text_of(error), "problem")
    return _to_draft(on, proposal_id)


def _journey(on: OnSupportCall, proposal_id: str) -> Journey:
    """A draft of this call; raises what ``get_draft_in_call`` does, and ``NotFound`` for somebody else's."""
    session = writes.database()
    proposal = get_proposal_of(session, on.borrower_id, proposal_id)
    get_draft_in_call(session, on, proposal)
    situation = situation_for(session, proposal, on=writes.today())
    return Journey(proposal, situation.loan, situation)


def _look(on: OnSupportCall, journey: Journey) -> None:
    look_in_support_call(
        writes.database(), on, page=SupportPage.DRAFT, loan_id=journey.loan.id, now=writes.now()
    )


def _keep_own(on: OnSupportCall, journey: Journey, form: OwnForm) -> None:
    found = plan_of_form(journey, form)
    offer_of(found.plan, journey.situation.standing)
    with writes.attempt():
        _answer(on, journey, Question.CHOICE, {**choice_of(found.plan.request), "source": "own"})
    if said := not_exactly(found, journey.loan.currency):
        flash(said)


def _answer(on: OnSupportCall, journey: Journey, question: Question, answer: dict[str, object]) -> None:
    answer_in_support_call(
        writes.database(),
        on,
        proposal=journey.proposal,
        question=question,
        answer=answer,
        now=writes.now(),
    )


def _offers(journey: Journey) -> Offers | None:
    need = journey.kept(Question.NEED)
    return offers_for(need, journey.situation.standing) if need else None


def _chosen(journey: Journey) -> Offer | None:
    """As of today; None where nothing is chosen, or what was is not possible any more."""
    choice = journey.kept(Question.CHOICE)
    try:
        return price_choice(choice, journey.situation.standing) if choice else None
    except DomainError:
        return None


def _page(person: StaffPerson, on: OnSupportCall, journey: Journey, form: NeedForm) -> str:
    need, offers, chosen = journey.kept(Question.NEED), _offers(journey), _chosen(journey)
    pictures = comparison(offers.ready, longest_wait(offers.ready)) if offers else {}
    return render_template(
        "review/support/draft.html",
        on=on,
        journey=journey,
        kept=get_draft_in_call(writes.database(), on, journey.proposal),
        form=form,
        at_desk=True,
        need=need_text(need, journey.loan.currency) if need else None,
        cards=cards_of(offers.ready, journey.kept(Question.CHOICE), pictures, need=need) if offers else (),
        is_affordable=offers.is_affordable if offers else True,
        chosen=chosen,
        chosen_name=name_of(chosen.plan) if chosen else None,
        notes=[NOTES[code] for code in chosen.plan.notes] if chosen else [],
        why=[WHY_A_PERSON[reason] for reason in chosen.assessment.reasons] if chosen else [],
        pay_day_kinds=PAY_DAY_KINDS,
        promised=answer_by(writes.business_now(), journey.situation.policy, journey.situation.calendar),
        cooling=journey.situation.policy.cooling_minutes,
        **need_values(journey),
        **beside(person, on.call, journey.loan, at=_address(on, journey.proposal.public_id)),
    )


def _to_draft(on: OnSupportCall, proposal_id: str, anchor: str | None = None) -> Response:
    return redirect(_address(on, proposal_id, anchor), 303)


def _address(on: OnSupportCall, proposal_id: str, anchor: str | None = None) -> str:
    return url_for("review.support_draft", call_id=on.call.public_id, proposal_id=proposal_id, _anchor=anchor)
