"""Up to three ready plans side by side with doing nothing; the way to one's own numbers."""

from flask import flash, redirect, render_template, request
from flask_babel import gettext
from flask_wtf import FlaskForm

from portal.domain.journey import Need, Question
from portal.domain.offers import Offers, choice_of, offers_for
from portal.domain.policy import answer_by
from portal.services.drafts import answer_draft
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.leading_on import leads_on
from portal.web.borrower.plans.limits import at_once_limits
from portal.web.borrower.plans.loading import STEPS, Page, load_journey, next_page
from portal.web.journeys import Journey
from portal.web.people import BorrowerPerson
from portal.web.plan_cards import (
    WITHOUT_PLAN,
    cards_of,
    comparison,
    key_of,
    longest_wait,
)
from portal.web.plan_names import PAY_DAY_KINDS, need_text


@blueprint.get("/proposals/<proposal_id>/plans")
@borrower_page
@leads_on
def plan_choice(person: BorrowerPerson, proposal_id: str) -> Page:
    journey = load_journey(person, proposal_id)
    need = journey.kept(Question.NEED)
    if not need:
        return redirect(next_page(journey.proposal), 303)
    situation, offers = journey.situation, _offers(journey)
    nothing = longest_wait(offers.ready)
    pictures = comparison(offers.ready, nothing)
    return render_template(
        "borrower/plans/choice.html",
        journey=journey,
        offers=offers,
        need=need_text(need, journey.loan.currency),
        is_pause=need["need"] == Need.PAUSE,
        cards=cards_of(offers.ready, journey.kept(Question.CHOICE), pictures, need=need),
        nothing=nothing,
        nothing_picture=pictures.get(WITHOUT_PLAN),
        pay_day_kinds=PAY_DAY_KINDS,
        limits=at_once_limits(situation.policy),
        promised=answer_by(writes.business_now(), situation.policy, situation.calendar),
        form=FlaskForm(),
        steps=STEPS,
    )


@blueprint.post("/proposals/<proposal_id>/plans")
@borrower_page
@leads_on
def plan_choose(person: BorrowerPerson, proposal_id: str) -> Page:
    """Keep the ready plan that was chosen; a list that has changed since is shown anew."""
    journey = load_journey(person, proposal_id)
    if not journey.kept(Question.NEED):
        return redirect(next_page(journey.proposal), 303)
    wanted = request.form.get("plan", "")
    offer = next((ready for ready in _offers(journey).ready if key_of(ready.plan) == wanted), None)
    if offer is None:
        flash(gettext("Please choose one of these plans; they are worked out as of today."), "warning")
        return redirect(request.path, 303)
    answer_draft(
        writes.database(),
        person.actor,
        proposal=journey.proposal,
        question=Question.CHOICE,
        answer={**choice_of(offer.plan.request), "source": "ready"},
        now=writes.now(),
    )
    return redirect(next_page(journey.proposal), 303)


def _offers(journey: Journey) -> Offers:
    return offers_for(journey.kept(Question.NEED), journey.situation.standing)
