"""Up to three ready plans side by side with doing nothing; the way to one's own numbers."""

from flask import redirect, render_template, request
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from portal.domain.journey import Need, Question
from portal.domain.offers import Offers, choice_of, offers_for
from portal.domain.policy import answer_by
from portal.services.drafts import answer_draft
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.loading import STEPS, Journey, Page, load_journey, next_page
from portal.web.people import BorrowerPerson


@blueprint.get("/proposals/<proposal_id>/plans")
@borrower_page
def plan_choice(person: BorrowerPerson, proposal_id: str) -> Page:
    journey = load_journey(person, proposal_id)
    if "need" not in journey.proposal.answers:
        return redirect(next_page(journey.proposal), 303)
    offers = _offers(journey)
    return render_template(
        "borrower/plans/choice.html",
        journey=journey,
        offers=offers,
        need=journey.proposal.answers["need"],
        is_pause=journey.proposal.answers["need"]["need"] == Need.PAUSE,
        kept=journey.proposal.answers.get("choice"),
        choices=[choice_of(offer.plan.request) for offer in offers.ready],
        promised=answer_by(writes.business_now(), journey.situation.policy, journey.situation.calendar),
        form=FlaskForm(),
        steps=STEPS,
    )


@blueprint.post("/proposals/<proposal_id>/plans")
@borrower_page
def plan_choose(person: BorrowerPerson, proposal_id: str) -> Response:
    """Keep the ready plan of that place in the list; a list that has changed since is shown anew."""
    journey = load_journey(person, proposal_id)
    if "need" not in journey.proposal.answers:
        return redirect(next_page(journey.proposal), 303)
    ready = _offers(journey).ready
    place = request.form.get("place", "")
    if not place.isascii() or not place.isdigit() or int(place) >= len(ready):
        return redirect(request.path, 303)
    answer_draft(
        writes.database(),
        person.actor,
        proposal=journey.proposal,
        question=Question.CHOICE,
        answer={**choice_of(ready[int(place)].plan.request), "source": "ready"},
        now=writes.now(),
    )
    return redirect(next_page(journey.proposal), 303)


def _offers(journey: Journey) -> Offers:
    return offers_for(journey.proposal.answers["need"], journey.situation.standing)
