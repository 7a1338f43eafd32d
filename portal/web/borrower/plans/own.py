"""One's own numbers: a kind, how many payments or how much each, and from when. The bounds are shown before they are asked."""

from dataclasses import replace
from datetime import date

from flask import flash, redirect, render_template
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField

from portal.domain.errors import DomainError
from portal.domain.journey import Question
from portal.domain.money import parse_minor
from portal.domain.offers import choice_of, offer_of
from portal.domain.options import payment_bounds, plan_nearest_to, refuse_outside
from portal.domain.plans import Plan, PlanKind, PlanRequest
from portal.domain.pricing import price_plan
from portal.i18n import format_money
from portal.services.drafts import answer_draft
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.loading import STEPS, Journey, Page, load_journey, next_page
from portal.web.form_errors import put_on_form
from portal.web.labels import PLAN_KINDS
from portal.web.people import BorrowerPerson


class OwnForm(FlaskForm):
    """All as text: the rules parse it, so that nothing strange gets through."""

    kind = RadioField(
        lazy_gettext("What kind of plan?"),
        choices=[(kind.value, text) for kind, text in PLAN_KINDS.items()],
        validate_choice=False,
    )
    monthly = StringField(lazy_gettext("How much each time?"))
    installments = StringField(lazy_gettext("In how many months?"))
    first_on = StringField(lazy_gettext("First payment on"))


@blueprint.route("/proposals/<proposal_id>/own", methods=["GET", "POST"])
@borrower_page
def plan_own(person: BorrowerPerson, proposal_id: str) -> Page:
    journey = load_journey(person, proposal_id)
    if "need" not in journey.proposal.answers:
        return redirect(next_page(journey.proposal), 303)
    form = OwnForm()
    if form.is_submitted():
        try:
            _keep(person, journey, form)
            return redirect(next_page(journey.proposal), 303)
        except DomainError as error:
            put_on_form(form, error)
    standing = journey.situation.standing
    body = render_template(
        "borrower/plans/own.html",
        form=form,
        journey=journey,
        bounds=payment_bounds(standing.facts, standing.rules),
        steps=STEPS,
    )
    return body, 422 if form.errors else 200


def _keep(person: BorrowerPerson, journey: Journey, form: OwnForm) -> None:
    plan = _plan(journey, form)
    offer_of(plan, journey.situation.standing)
    with writes.attempt():
        answer_draft(
            writes.database(),
            person.actor,
            proposal=journey.proposal,
            question=Question.CHOICE,
            answer={**choice_of(plan.request), "source": "own"},
            now=writes.now(),
        )


def _plan(journey: Journey, form: OwnForm) -> Plan:
    standing = journey.situation.standing
    request = PlanRequest(
        kind=_kind(form.kind.data),
        day_of_month=int(journey.proposal.answers["need"]["day"]),
        first_on=_first_on(form.first_on.data),
        arrears_treatment=standing.rules.policy.arrears_treatment,
        deferred_interest=standing.rules.policy.deferred_interest,
    )
    if request.kind is PlanKind.DEFER:
        periods = _count(form.installments.data)
        return price_plan(
            standing.facts, replace(request, defer_periods=periods, first_on=None), standing.rules
        )
    if (form.installments.data or "").strip():
        count = _count(form.installments.data)
        return price_plan(standing.facts, replace(request, installments=count), standing.rules)
    return _nearest(journey, request, form.monthly.data or "")


def _nearest(journey: Journey, request: PlanRequest, text: str) -> Plan:
    """The plan nearest to a sum of one's own; said where it is not exactly that."""
    standing = journey.situation.standing
    minor = parse_minor(text, journey.loan.currency, field="monthly")
    bounds = payment_bounds(standing.facts, standing.rules, request=request)
    refuse_outside(bounds, minor, field="monthly")
    plan, is_exact = plan_nearest_to(standing.facts, standing.rules, request, minor)
    if not is_exact:
        flash(
            gettext(
                "No plan comes to exactly %(asked)s a month. This is the nearest: %(found)s.",
                asked=format_money(minor, journey.loan.currency),
                found=format_money(plan.largest_payment, journey.loan.currency),
            )
        )
    return plan


def _kind(text: str | None) -> PlanKind:
    try:
        return PlanKind(text or "")
    except ValueError:
        raise DomainError("kind_missing", field="kind") from None


def _count(text: str | None) -> int:
    plain = (text or "").strip()
    if not plain.isdecimal() or len(plain) > 4:
        raise DomainError("count_not_a_number", field="installments")
    return int(plain)


def _first_on(text: str | None) -> date | None:
    plain = (text or "").strip()
    if not plain:
        return None
    try:
        return date.fromisoformat(plain)
    except ValueError:
        raise DomainError("date_unclear", field="first_on") from None
