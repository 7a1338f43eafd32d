"""How to pay: the lender's verified accounts (C22), the reference to give, the sums. No payment is made here."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import render_template, request
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField

from portal.domain.allocation import refuse_nothing
from portal.domain.early_payment import early_payment, is_exact_for
from portal.domain.errors import DomainError
from portal.domain.money import format_minor, parse_minor
from portal.domain.plan_progress import PlanProgress
from portal.domain.receipts import Receipt, after_paying
from portal.i18n import format_date
from portal.queries.borrower_home import LoanStanding, standing_of
from portal.queries.creditors import accounts_of
from portal.queries.loans import get_loan_of
from portal.queries.running_plans import left_by_plan
from portal.queries.situations import situation_of
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.loading import Page
from portal.web.form_errors import put_on_form
from portal.web.loan_texts import TEXTS
from portal.web.people import BorrowerPerson
from portal.web.typed import shown_again


class AnotherSumForm(FlaskForm):
    """A sum of one's own, to see what it would do."""

    class Meta:
        csrf = False  # it only reads

    sum = StringField(lazy_gettext("Another sum"), filters=[shown_again])


@dataclass(frozen=True, slots=True)
class PaySum:
    """One sum that somebody may want to pay; ``plain`` are the digits that a bank's app takes."""

    label: str
    minor: int
    plain: str


@blueprint.get("/loans/<loan_id>/pay")
@borrower_page
def pay(person: BorrowerPerson, loan_id: str) -> Page:
    session = writes.database()
    found = get_loan_of(session, person.id, loan_id)
    standing = standing_of(session, found, on=writes.today())
    situation = situation_of(session, found, on=writes.today(), zone=writes.clock().zone, answers={})
    form = AnotherSumForm(request.args)
    another = _another(form, standing)
    body = render_template(
        "borrower/loans/pay.html",
        form=form,
        standing=standing,
        sums=list(_sums(standing)),
        another=another,
        another_plain=format_minor(another.amount, found.currency) if another else None,
        accounts=accounts_of(session, found.creditor, currency=found.currency, on=writes.today()),
        is_time_barred=situation.circumstances.is_time_barred,
        texts=TEXTS,
    )
    return body, 422 if form.errors else 200


def _sums(standing: LoanStanding) -> Iterator[PaySum]:
    """What is due under the plan, the arrears, the next usual installment, everything: those that there are, and of a plan for
    everything its own alone.
    """
    if standing.running:
        yield from _of_plan(standing.running.progress, standing)
    if standing.is_replaced:
        yield _everything(standing)
        return
    if standing.arrears.is_overdue:
        is_planned = standing.running is not None
        label = gettext("Overdue by the book") if is_planned else gettext("Overdue as of today")
        yield _sum(label, standing.arrears.total, standing)
    if installment := standing.next_installment:
        day = format_date(installment.due_on)
        label = gettext("Next usual installment, due on %(date)s", date=day)
        yield _sum(label, installment.outstanding.total, standing)
    yield _everything(standing)


def _of_plan(progress: PlanProgress, standing: LoanStanding) -> Iterator[PaySum]:
    """What is late is the next payment, too: named twice it would be paid twice."""
    if progress.is_kept_by_out_anew and progress.cure_until:
        day = format_date(progress.cure_until)
        label = gettext("What keeps your plan going, paid by %(date)s", date=day)
        yield _sum(label, progress.out_anew, standing)
        if progress.due_since:
            label = gettext("All that is out under your plan, the sum above included")
            yield _sum(label, progress.due_now, standing)
    elif progress.late:
        yield _sum(gettext("What is out under your plan"), progress.due_now, standing)
    elif progress.next:
        day = format_date(progress.next.row.due_on)
        label = gettext("Next payment of your plan, due on %(date)s", date=day)
        yield _sum(label, progress.next_sum, standing)


def _everything(standing: LoanStanding) -> PaySum:
    """To the cent as of today; where only a person can tell, what is left to the end as planned."""
    running = standing.running
    if running is None:
        return _sum(
            gettext("All of it, paid today"), early_payment(standing.facts, writes.today()).total, standing
        )
    if not is_exact_for(running.plan, running.progress):
        return _sum(gettext("All that is left of the plan, at most"), running.progress.left, standing)
    left = left_by_plan(writes.database(), running.proposal.id, standing.facts, on=writes.today())
    return _sum(gettext("All of it, paid today"), early_payment(left, writes.today()).total, standing)


def _sum(label: str, minor: int, standing: LoanStanding) -> PaySum:
    return PaySum(label, minor, format_minor(minor, standing.loan.currency))


def _another(form: AnotherSumForm, standing: LoanStanding) -> Receipt | None:
    """What the sum that was typed would do; None where none was, or where it is no sum."""
    if not form.sum.data:
        return None
    progress = standing.running.progress if standing.running else None
    try:
        minor = parse_minor(form.sum.data, standing.loan.currency, field="sum")
        refuse_nothing(minor, field="sum")
        return after_paying(standing.facts, minor, on=writes.today(), progress=progress)
    except DomainError as error:
        put_on_form(form, error)
        return None
