"""Paying everything at once: the sum to the cent for a day that one chooses, and the way to pay it."""

from datetime import date, timedelta

from flask import render_template, request
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField

from portal.domain.early_payment import early_payment, is_exact_for
from portal.domain.errors import DomainError
from portal.domain.money import format_minor
from portal.models import Loan
from portal.queries.creditors import accounts_of
from portal.queries.loans import loan_facts
from portal.queries.proposals import get_agreement_of
from portal.queries.running_plans import left_by_plan, plan_under
from portal.queries.situations import is_time_barred
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.agreements.page import is_in_force
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.loading import Page
from portal.web.form_errors import put_on_form
from portal.web.people import BorrowerPerson
from portal.web.typed import shown_again

_LATEST = timedelta(days=60)


class EarlyForm(FlaskForm):
    """A day."""

    class Meta:
        csrf = False  # it only reads

    on = StringField(lazy_gettext("On which day would you pay?"), filters=[shown_again])


@blueprint.get("/agreements/<agreement_id>/early")
@borrower_page
def agreement_early(person: BorrowerPerson, agreement_id: str) -> Page:
    session, today = writes.database(), writes.today()
    found = get_agreement_of(session, person.id, agreement_id)
    running = plan_under(session, found, on=today)
    loan = session.get_one(Loan, found.loan_id)
    form = EarlyForm(request.args, on=today.isoformat())
    on = _day(form, today)
    facts = left_by_plan(session, found.proposal_id, loan_facts(session, loan.id), on=today)
    is_exact = is_exact_for(running.plan, running.progress)
    quote = early_payment(facts, on) if on and is_in_force(running) and is_exact else None
    body = render_template(
        "borrower/agreements/early.html",
        form=form,
        agreement=found,
        loan=loan,
        progress=running.progress,
        plan=running.plan,
        is_in_force=is_in_force(running),
        is_exact=is_exact,
        quote=quote,
        is_time_barred=is_time_barred(session, [loan], on=today, zone=writes.clock().zone),
        plain=format_minor(quote.total, loan.currency) if quote else None,
        dates=(today, today + _LATEST),
        accounts=accounts_of(session, loan.creditor, currency=loan.currency, on=today),
    )
    return body, 422 if form.errors else 200


def _day(form: EarlyForm, today: date) -> date | None:
    try:
        return _checked(form.on.data or today.isoformat(), today)
    except DomainError as error:
        put_on_form(form, error)
        return None


def _checked(text: str, today: date) -> date:
    try:
        on = date.fromisoformat(text.strip())
    except ValueError:
        raise DomainError("date_unclear", field="on") from None
    if not today <= on <= today + _LATEST:
        raise DomainError(
            "early_day_out_of_range",
            field="on",
            earliest=today.isoformat(),
            latest=(today + _LATEST).isoformat(),
        )
    return on
