"""One's own numbers: the kind, how often, how much or how many, from when, a sum first."""

from flask import flash, redirect, render_template

from portal.domain.errors import DomainError
from portal.domain.journey import Question
from portal.domain.offers import choice_of, offer_of
from portal.services.drafts import answer_draft
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.leading_on import leads_on
from portal.web.borrower.plans.loading import STEPS, Page, load_journey, next_page
from portal.web.form_errors import put_on_form
from portal.web.journeys import Journey
from portal.web.own_form import OwnForm, not_exactly, own_form, own_values, plan_of_form
from portal.web.own_numbers import Found
from portal.web.people import BorrowerPerson


@blueprint.route("/proposals/<proposal_id>/own", methods=["GET", "POST"])
@borrower_page
@leads_on
def plan_own(person: BorrowerPerson, proposal_id: str) -> Page:
    journey = load_journey(person, proposal_id)
    if not journey.kept(Question.NEED):
        return redirect(next_page(journey.proposal), 303)
    form, error = own_form(journey), None
    if form.is_submitted():
        try:
            _keep(person, journey, plan_of_form(journey, form))
            return redirect(next_page(journey.proposal), 303)
        except DomainError as refused:
            put_on_form(form, error := refused)
    return _page(journey, form, error), 422 if error else 200


def _page(journey: Journey, form: OwnForm, error: DomainError | None) -> str:
    return render_template(
        "borrower/plans/own.html", form=form, journey=journey, steps=STEPS, **own_values(journey, form, error)
    )


def _keep(person: BorrowerPerson, journey: Journey, found: Found) -> None:
    offer_of(found.plan, journey.situation.standing)
    with writes.attempt():
        answer_draft(
            writes.database(),
            person.actor,
            proposal=journey.proposal,
            question=Question.CHOICE,
            answer={**choice_of(found.plan.request), "source": "own"},
            now=writes.now(),
        )
    if said := not_exactly(found, journey.loan.currency):
        flash(said)
