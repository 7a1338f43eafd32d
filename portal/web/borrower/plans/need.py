"""How much a month, and on which day; or a pause."""

from flask import redirect, render_template
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from portal.domain.errors import DomainError
from portal.domain.journey import Need, Question
from portal.domain.money import format_minor, parse_minor
from portal.services.drafts import answer_draft
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.leading_on import leads_on
from portal.web.borrower.plans.loading import STEPS, Journey, Page, load_journey, next_page
from portal.web.form_errors import put_on_form
from portal.web.people import BorrowerPerson

LAST_DAY = 0
_DAYS = range(1, 29)


class NeedForm(FlaskForm):
    """What would help, and how much can be managed."""

    need = RadioField(
        lazy_gettext("What would help you now?"),
        choices=[
            SelectChoice(Need.MONTHLY.value, lazy_gettext("Paying a smaller sum each month")),
            SelectChoice(Need.PAUSE.value, lazy_gettext("A pause first, paying later")),
        ],
        validate_choice=False,
    )
    monthly = StringField(lazy_gettext("How much can you manage each month?"))
    day = SelectField(lazy_gettext("On which day of the month?"), coerce=int, validate_choice=False)


@blueprint.route("/proposals/<proposal_id>/need", methods=["GET", "POST"])
@borrower_page
@leads_on
def plan_need(person: BorrowerPerson, proposal_id: str) -> Page:
    journey = load_journey(person, proposal_id)
    form = _form(journey)
    if form.is_submitted():
        try:
            answer = _answer(form, journey)
            with writes.attempt():
                answer_draft(
                    writes.database(),
                    person.actor,
                    proposal=journey.proposal,
                    question=Question.NEED,
                    answer=answer,
                    now=writes.now(),
                )
            return redirect(next_page(journey.proposal), 303)
        except DomainError as error:
            put_on_form(form, error)
    body = render_template(
        "borrower/plans/need.html",
        form=form,
        journey=journey,
        usual=_usual_installment(journey),
        steps=STEPS,
    )
    return body, 422 if form.errors else 200


def _form(journey: Journey) -> NeedForm:
    kept = journey.kept(Question.NEED)
    amount = kept.get("monthly_minor")
    form = NeedForm(
        need=kept.get("need"),
        monthly=format_minor(amount, journey.loan.currency) if amount else "",
        day=kept.get("day", _usual_day(journey)),
    )
    form.day.choices = [
        *[SelectChoice(day, gettext("Day %(day)s", day=day)) for day in _DAYS],
        SelectChoice(LAST_DAY, gettext("The last day")),
    ]
    return form


def _usual_day(journey: Journey) -> int:
    """The day on which the loan's own installments fall due, so that nothing new must be remembered."""
    installments = journey.situation.facts.installments
    return min(installments[-1].due_on.day, 28) if installments else 1


def _usual_installment(journey: Journey) -> int:
    """The largest installment still to come, minor units; 0 where none is."""
    facts, today = journey.situation.facts, writes.today()
    coming = (row.outstanding.total for row in facts.installments if row.due_on >= today)
    return max(coming, default=0)


def _answer(form: NeedForm, journey: Journey) -> dict[str, object]:
    try:
        need = Need(form.need.data or "")
    except ValueError:
        raise DomainError("need_missing", field="need") from None
    day = form.day.data
    if form.day.process_errors or day not in {*_DAYS, LAST_DAY}:
        raise DomainError("day_not_possible", field="day")
    if need is Need.PAUSE:
        return {"need": need.value, "day": day}
    minor = parse_minor(form.monthly.data or "", journey.loan.currency, field="monthly")
    if minor == 0:
        raise DomainError("monthly_zero", field="monthly")
    return {"need": need.value, "day": day, "monthly_minor": minor}
