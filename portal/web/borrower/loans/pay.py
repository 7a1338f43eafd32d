"""How to pay: the lender's verified accounts, the reference to give, the sums. No payment is made here."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import render_template
from flask_babel import gettext

from portal.domain.money import format_minor
from portal.i18n import format_date
from portal.queries.borrower_home import LoanStanding, standing_of
from portal.queries.creditors import accounts_of
from portal.queries.loans import get_loan_of
from portal.queries.situations import situation_of
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.loans.texts import TEXTS
from portal.web.people import BorrowerPerson


@dataclass(frozen=True, slots=True)
class PaySum:
    """One sum that somebody may want to pay; ``plain`` are the digits that a bank's app takes."""

    label: str
    minor: int
    plain: str


@blueprint.get("/loans/<loan_id>/pay")
@borrower_page
def pay(person: BorrowerPerson, loan_id: str) -> str:
    session = writes.database()
    found = get_loan_of(session, person.id, loan_id)
    standing = standing_of(session, found, on=writes.today())
    situation = situation_of(session, found, on=writes.today(), answers={})
    return render_template(
        "borrower/loans/pay.html",
        standing=standing,
        sums=list(_sums(standing)),
        accounts=accounts_of(session, found.creditor, currency=found.currency, on=writes.today()),
        is_time_barred=situation.circumstances.is_time_barred,
        texts=TEXTS,
    )


def _sums(standing: LoanStanding) -> Iterator[PaySum]:
    """The plan's next payment, the arrears, the next usual installment, everything: those that there are."""
    if standing.running and (row := standing.running.progress.next):
        day = format_date(row.row.due_on)
        yield _sum(gettext("Next payment of your plan, due on %(date)s", date=day), row.left.total, standing)
    if standing.arrears.is_overdue:
        is_planned = standing.running is not None
        label = gettext("Overdue by the book") if is_planned else gettext("Overdue as of today")
        yield _sum(label, standing.arrears.total, standing)
    if installment := standing.next_installment:
        day = format_date(installment.due_on)
        label = gettext("Next usual installment, due on %(date)s", date=day)
        yield _sum(label, installment.outstanding.total, standing)
    yield _sum(gettext("Everything to the end of the contract"), standing.remaining.total, standing)


def _sum(label: str, minor: int, standing: LoanStanding) -> PaySum:
    return PaySum(label, minor, format_minor(minor, standing.loan.currency))
