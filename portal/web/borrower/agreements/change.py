"""Asking to change a running plan: another day, another sum, or a payment left out. Checked and signed like any plan."""

from dataclasses import replace
from datetime import date

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from portal.domain.calendar import Every
from portal.domain.errors import DomainError
from portal.domain.money import parse_minor
from portal.domain.offers import price_choice
from portal.domain.plan_changes import Wish, change_of, wishes_for
from portal.domain.plan_dates import LAST_DAY, promised_date, promised_dates
from portal.domain.plans import PlanKind
from portal.domain.proposals import ProposalStatus
from portal.i18n import format_money
from portal.models import Loan, Proposal
from portal.queries.plan_changes import base_of
from portal.queries.proposals import find_open_proposal, get_proposal_of
from portal.queries.running_plans import RunningPlan
from portal.queries.situations import Situation, situation_of
from portal.services.plan_changes import record_change_refusal, start_change
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.leading_on import leads_on
from portal.web.borrower.plans.loading import Page
from portal.web.form_errors import put_on_form
from portal.web.pay_day_choices import DAYS, WEEKDAYS, month_day_choices, weekday_choices
from portal.web.people import BorrowerPerson
from portal.web.typed import shown_again, typed_day

WISHES = {
    Wish.DATE: lazy_gettext("Pay on another day"),
    Wish.AMOUNT: lazy_gettext("Pay another sum each time"),
    Wish.SKIP: lazy_gettext("Leave the next payment out"),
}


class ChangeForm(FlaskForm):
    """One thing at a time."""

    wish = RadioField(lazy_gettext("What would you like to change?"), validate_choice=False)
    day = SelectField(lazy_gettext("On which day of the month?"), coerce=int, validate_choice=False)
    on = StringField(lazy_gettext("By which day?"), filters=[shown_again])
    monthly = StringField(lazy_gettext("How much can you manage each month?"), filters=[shown_again])


@blueprint.route("/proposals/<proposal_id>/change", methods=["GET", "POST"])
@borrower_page
@leads_on
def plan_change(person: BorrowerPerson, proposal_id: str) -> Page:
    """``proposal_id`` is the running plan's, or that of the change that was begun."""
    session = writes.database()
    asked = get_proposal_of(session, person.id, proposal_id)
    running = base_of(session, asked, on=writes.today())
    open_one = find_open_proposal(session, asked.loan_id)
    if open_one is not None and open_one.status != ProposalStatus.DRAFT:
        return redirect(url_for("borrower.proposal", proposal_id=open_one.public_id), 303)
    situation = _situation(running)
    form = _form(running, open_one)
    if form.is_submitted():
        wish = _wish(form)
        try:
            with writes.attempt():
                return redirect(
                    url_for("borrower.plan_check", proposal_id=_begin(person, running, form)), 303
                )
        except DomainError as error:
            if wish is not None:
                record_change_refusal(
                    session, person.actor, running=running, wish=wish, error=error, now=writes.now()
                )
            put_on_form(form, error)
    body = render_template(
        "borrower/agreements/change.html",
        form=form,
        loan=situation.loan,
        agreement=running.agreement,
        plan=running.plan,
        progress=running.progress,
        wishes=wishes_for(running.plan, running.progress),
        weekly=not _by_month(running),
        promise_dates=promised_dates(situation.on, situation.policy, situation.calendar),
        skips_a_year=situation.policy.deferral_periods_a_year,
        is_time_barred=situation.is_time_barred,
        skips_used=situation.circumstances.deferred_periods_this_year,
    )
    return body, 422 if form.errors else 200


def _situation(running: RunningPlan) -> Situation:
    """The loan as the running plan leaves it."""
    session = writes.database()
    loan = session.get_one(Loan, running.proposal.loan_id)
    return situation_of(
        session,
        loan,
        on=writes.today(),
        zone=writes.clock().zone,
        answers={},
        replaces_id=running.proposal.id,
    )


def _by_month(running: RunningPlan) -> bool:
    return bool(Every.parse(running.plan.request.every).months)


def _form(running: RunningPlan, draft: Proposal | None) -> ChangeForm:
    kept = draft.answers if draft else {}
    first_on, by_month = running.plan.first_on, _by_month(running)
    form = ChangeForm(
        wish=kept.get("change", {}).get("wish"),
        day=kept.get("need", {}).get("day", min(first_on.day, 28)) if by_month else first_on.isoweekday(),
    )
    offered = wishes_for(running.plan, running.progress)
    form.wish.choices = [SelectChoice(wish.value, WISHES[wish]) for wish in offered]
    form.day.choices = month_day_choices() if by_month else weekday_choices()
    return form


def _wish(form: ChangeForm) -> Wish | None:
    return Wish(form.wish.data) if form.wish.data in set(Wish) else None


def _begin(person: BorrowerPerson, running: RunningPlan, form: ChangeForm) -> str:
    """The draft of the change, priced once so that what cannot be is said here."""
    situation, wish = _situation(running), _wish(form)
    if wish is None:
        raise DomainError("wish_missing", field="wish")
    currency = running.plan.currency
    monthly = _monthly(form, currency) if wish is Wish.AMOUNT else running.plan.most_at_a_time
    change, is_exact = change_of(
        wish,
        running.plan,
        running.progress,
        situation.standing,
        day=_day(form, wish, running),
        on=_promised(form, wish, running),
        monthly=monthly,
    )
    plan = price_choice(change.answers(monthly)["choice"], situation.standing).plan
    draft = start_change(
        writes.database(),
        person.actor,
        running=running,
        change=change,
        monthly=monthly,
        keep_days=situation.policy.draft_days,
        now=writes.now(),
    )
    if not is_exact:
        flash(
            gettext(
                "No plan comes to exactly %(asked)s a month. This is the nearest: %(found)s.",
                asked=format_money(monthly, currency),
                found=format_money(plan.most_at_a_time, currency),
            )
        )
    return draft.public_id


def _day(form: ChangeForm, wish: Wish, running: RunningPlan) -> int:
    day, possible = form.day.data, {*DAYS, LAST_DAY} if _by_month(running) else {*WEEKDAYS}
    is_asked = wish is Wish.DATE and not _is_promise(running)
    if is_asked and (form.day.process_errors or day not in possible):
        raise DomainError("day_not_possible", field="day")
    return int(day or 0)


def _is_promise(running: RunningPlan) -> bool:
    return running.plan.kind is PlanKind.PAY_BY_DATE


def _promised(form: ChangeForm, wish: Wish, running: RunningPlan) -> date | None:
    """The day of a promise; what lies out of reach is said on its own field."""
    if wish is not Wish.DATE or not _is_promise(running):
        return None
    on = typed_day(form.on.data, field="on")
    rules = _situation(running).rules
    request = replace(running.plan.request, first_on=on)
    return promised_date(request, on=rules.on, policy=rules.policy, calendar=rules.calendar, field="on")


def _monthly(form: ChangeForm, currency: str) -> int:
    minor = parse_minor(form.monthly.data or "", currency, field="monthly")
    if minor == 0:
        raise DomainError("monthly_zero", field="monthly")
    return minor
