"""One's own numbers: a kind, how many payments or how much a month, and from when. The bounds are shown before they are asked."""

from flask import flash, redirect, render_template
from flask_babel import gettext, lazy_gettext, ngettext
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice

from portal.domain.errors import DomainError
from portal.domain.journey import Need, Question
from portal.domain.offers import choice_of, offer_of
from portal.domain.options import payment_bounds
from portal.domain.plan_dates import first_dates
from portal.domain.plans import PlanKind
from portal.i18n import format_money
from portal.services.drafts import answer_draft
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.leading_on import leads_on
from portal.web.borrower.plans.loading import STEPS, Journey, Page, load_journey, next_page
from portal.web.borrower.plans.own_numbers import OwnNumbers, plan_from
from portal.web.form_errors import put_on_form
from portal.web.labels import PLAN_KIND_HINTS, PLAN_KINDS
from portal.web.people import BorrowerPerson


class OwnForm(FlaskForm):
    """All as text: the rules parse it, so that nothing strange gets through."""

    kind = RadioField(
        lazy_gettext("What kind of plan?"),
        choices=[
            SelectChoice(kind.value, text)
            for kind, text in PLAN_KINDS.items()
            if not kind.is_offered_by_staff_alone
        ],
        validate_choice=False,
    )
    monthly = StringField(lazy_gettext("How much a month, at most?"))
    installments = StringField(lazy_gettext("In how many payments?"))
    first_on = StringField(lazy_gettext("First payment on"))
    defer_periods = RadioField(lazy_gettext("Move the dates by how much?"), validate_choice=False)


@blueprint.route("/proposals/<proposal_id>/own", methods=["GET", "POST"])
@borrower_page
@leads_on
def plan_own(person: BorrowerPerson, proposal_id: str) -> Page:
    journey = load_journey(person, proposal_id)
    if not journey.kept(Question.NEED):
        return redirect(next_page(journey.proposal), 303)
    form, error = _form(journey), None
    if form.is_submitted():
        try:
            _keep(person, journey, _typed(form))
            return redirect(next_page(journey.proposal), 303)
        except DomainError as refused:
            put_on_form(form, error := refused)
    return _page(journey, form, error), 422 if error else 200


def _page(journey: Journey, form: OwnForm, error: DomainError | None) -> str:
    standing = journey.situation.standing
    rules = standing.rules
    return render_template(
        "borrower/plans/own.html",
        form=form,
        journey=journey,
        bounds=payment_bounds(standing.facts, rules),
        dates=first_dates(rules.on, rules.policy, rules.calendar),
        kind_hints={kind.value: text for kind, text in PLAN_KIND_HINTS.items()},
        longest=error.details["most"] if error is not None and error.code == "plan_too_long" else None,
        steps=STEPS,
    )


def _form(journey: Journey) -> OwnForm:
    need, kept = journey.kept(Question.NEED), journey.kept(Question.CHOICE)
    usual = PlanKind.DEFER if need["need"] == Need.PAUSE else PlanKind.CATCH_UP
    form = OwnForm(
        kind=kept.get("kind", usual.value),
        first_on=kept.get("first_on") or "",
        defer_periods=str(kept.get("defer_periods") or 1),
    )
    most = journey.situation.policy.max_terms[PlanKind.DEFER]
    form.defer_periods.choices = [
        SelectChoice(str(periods), ngettext("%(num)s period", "%(num)s periods", periods))
        for periods in range(1, most + 1)
    ]
    return form


def _typed(form: OwnForm) -> OwnNumbers:
    return OwnNumbers(
        kind=form.kind.data or "",
        monthly=form.monthly.data or "",
        installments=form.installments.data or "",
        defer_periods=form.defer_periods.data or "",
        first_on=form.first_on.data or "",
    )


def _keep(person: BorrowerPerson, journey: Journey, typed: OwnNumbers) -> None:
    found = plan_from(typed, journey.situation.standing, day_of_month=int(journey.kept(Question.NEED)["day"]))
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
    if found.not_exactly is not None:
        flash(
            gettext(
                "No plan comes to exactly %(asked)s a month. This is the nearest: %(found)s.",
                asked=format_money(found.not_exactly, journey.loan.currency),
                found=format_money(found.plan.most_at_a_time, journey.loan.currency),
            )
        )
