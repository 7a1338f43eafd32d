"""The month, where policy asks for it: what comes in, what goes out; half of what is left is the measure (rule P16)."""

from flask import redirect, render_template, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice

from portal.domain.budgets import MOST_PEOPLE, Budget, Income, Outgoing
from portal.domain.errors import DomainError
from portal.domain.money import format_minor, parse_minor
from portal.i18n import current_locale
from portal.queries.budgets import find_budget_of
from portal.services.budgets import answer_budget
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.leading_on import leads_on
from portal.web.borrower.plans.loading import STEPS, Page, load_journey, missing_answer, next_page
from portal.web.form_errors import put_on_form
from portal.web.journeys import Journey
from portal.web.labels import INCOMES, OUTGOINGS
from portal.web.people import BorrowerPerson
from portal.web.typed import shown_again


class BudgetForm(FlaskForm):
    """One box for each income and each outgoing, by the name of its kind; blank is 0."""

    people = SelectField(
        lazy_gettext("How many people live on this money?"), coerce=int, validate_choice=False
    )


for _kind, _label in (*INCOMES.items(), *OUTGOINGS.items()):
    setattr(BudgetForm, _kind.value, StringField(_label, filters=[shown_again]))


@blueprint.route("/proposals/<proposal_id>/budget", methods=["GET", "POST"])
@borrower_page
@leads_on
def plan_budget(person: BorrowerPerson, proposal_id: str) -> Page:
    journey = load_journey(person, proposal_id)
    missing = missing_answer(journey.proposal)
    if missing is not None:
        return redirect(missing, 303)
    form = _form(person, journey)
    if form.is_submitted():
        budget = _budget(form, journey.loan.currency)
        if not form.errors:
            return _keep(person, journey, budget)
    body = render_template(
        "borrower/plans/budget.html",
        form=form,
        journey=journey,
        incomes=[form[kind.value] for kind in Income],
        outgoings=[form[kind.value] for kind in Outgoing],
        steps=STEPS,
    )
    return body, 422 if form.errors else 200


@blueprint.get("/proposals/<proposal_id>/budget/help")
@borrower_page
@leads_on
def plan_budget_help(person: BorrowerPerson, proposal_id: str) -> Page:
    """Nothing is left over: a person, and help from others; no wall."""
    journey = load_journey(person, proposal_id)
    budget = journey.situation.circumstances.budget
    if budget is None:
        return redirect(next_page(journey.proposal), 303)
    return render_template(
        "borrower/plans/budget_help.html",
        journey=journey,
        budget=budget,
        help=writes.portal().texts.load("independent_help", current_locale(), writes.today()),
        steps=STEPS,
    )


def _form(person: BorrowerPerson, journey: Journey) -> BudgetForm:
    """Prefilled with this proposal's answer, else with what was said the last time."""
    currency = journey.loan.currency
    kept = journey.situation.circumstances.budget
    kept = kept or find_budget_of(writes.database(), person.id, currency=currency)
    sums = (*kept.incomes.items(), *kept.outgoings.items()) if kept else ()
    form = BudgetForm(
        people=kept.people if kept else 1,
        **{kind.value: format_minor(minor, currency) for kind, minor in sums},
    )
    form.people.choices = [
        SelectChoice(count, gettext("%(count)s or more", count=count) if count == MOST_PEOPLE else str(count))
        for count in range(1, MOST_PEOPLE + 1)
    ]
    return form


def _budget(form: BudgetForm, currency: str) -> Budget:
    """As far as it can be read; what cannot is said on its own box, all at once."""
    people = form.people.data
    if form.people.process_errors or people not in range(1, MOST_PEOPLE + 1):
        put_on_form(form, DomainError("people_not_possible", field="people"))
    return Budget(
        people=people or 1,
        incomes={kind: _sum(form, kind.value, currency) for kind in Income},
        outgoings={kind: _sum(form, kind.value, currency) for kind in Outgoing},
    )


def _sum(form: BudgetForm, name: str, currency: str) -> int:
    typed = (form[name].data or "").strip()
    try:
        return parse_minor(typed, currency, field=name) if typed else 0
    except DomainError as error:
        put_on_form(form, error)
        return 0


def _keep(person: BorrowerPerson, journey: Journey, budget: Budget) -> Page:
    answer_budget(
        writes.database(),
        person.actor,
        proposal=journey.proposal,
        budget=budget,
        currency=journey.loan.currency,
        now=writes.now(),
    )
    if budget.left <= 0:
        return redirect(url_for("borrower.plan_budget_help", proposal_id=journey.id), 303)
    return redirect(next_page(journey.proposal), 303)
