"""What would help, and how: a sum each time and how often, smaller first, interest first, a pause, or all by a day."""

from flask import redirect, render_template

from portal.domain.errors import DomainError
from portal.domain.journey import Question
from portal.services.drafts import answer_draft
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.leading_on import leads_on
from portal.web.borrower.plans.loading import STEPS, Page, load_journey, next_page
from portal.web.form_errors import put_on_form
from portal.web.journeys import Journey
from portal.web.need_form import NeedForm, need_form, need_values, typed_need
from portal.web.people import BorrowerPerson


@blueprint.route("/proposals/<proposal_id>/need", methods=["GET", "POST"])
@borrower_page
@leads_on
def plan_need(person: BorrowerPerson, proposal_id: str) -> Page:
    journey = load_journey(person, proposal_id)
    form = need_form(journey)
    if form.is_submitted():
        try:
            _keep(person, journey, form)
            return redirect(next_page(journey.proposal), 303)
        except DomainError as error:
            put_on_form(form, error)
    return _page(journey, form), 422 if form.errors else 200


def _keep(person: BorrowerPerson, journey: Journey, form: NeedForm) -> None:
    answer = typed_need(form, journey)
    with writes.attempt():
        answer_draft(
            writes.database(),
            person.actor,
            proposal=journey.proposal,
            question=Question.NEED,
            answer=answer,
            now=writes.now(),
        )


def _page(journey: Journey, form: NeedForm) -> str:
    return render_template(
        "borrower/plans/need.html", form=form, journey=journey, steps=STEPS, **need_values(journey)
    )
