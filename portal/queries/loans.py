"""Loans, loaded through their owner, and their facts as the rules need them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.loans import Components, InstallmentFacts, LenderType, LoanFacts, LoanStatus, Pause
from portal.models import DelinquencyPause, Installment, Loan, Payment

_INSTALLMENTS = Installment.__table__
_LOANS = Loan.__table__


def get_loan_of(session: Session, borrower_id: int, public_id: str) -> Loan:
    """A borrower's loan; a stranger's raises the same ``NotFound`` as nobody's."""
    found = session.scalar(select(Loan).where(Loan.public_id == public_id, Loan.borrower_id == borrower_id))
    if found is None:
        raise NotFound("not_found")
    return found


def loans_of(session: Session, borrower_id: int) -> Sequence[Loan]:
    """All loans of a borrower, closed ones included, the oldest first."""
    return session.scalars(
        select(Loan).where(Loan.borrower_id == borrower_id).order_by(Loan.disbursed_on, Loan.id)
    ).all()


def loan_facts(session: Session, loan_id: int) -> LoanFacts:
    """The facts of one loan, its pauses and the payments that were not reversed; ``NotFound`` where there is none."""
    found = facts_of_loans(session, [loan_id])
    if not found:
        raise NotFound("not_found")
    return found[loan_id]


def facts_of_loans(session: Session, loan_ids: Collection[int]) -> Mapping[int, LoanFacts]:
    """The facts of many loans by id, in four reads whatever their number."""
    loans = session.execute(select(_LOANS).where(_LOANS.c.id.in_(loan_ids))).all()
    installments = _installments(session, loan_ids)
    payments = _payments(session, loan_ids)
    pauses = _pauses(session, loan_ids)
    return {
        loan.id: facts_from(loan, installments[loan.id], payments[loan.id], pauses[loan.id]) for loan in loans
    }


def _installments(session: Session, loan_ids: Collection[int]) -> Mapping[int, list[InstallmentFacts]]:
    rows = session.execute(
        select(_INSTALLMENTS)
        .where(_INSTALLMENTS.c.loan_id.in_(loan_ids))
        .order_by(_INSTALLMENTS.c.loan_id, _INSTALLMENTS.c.number)
    )
    return installments_by_loan(rows)


def installments_by_loan(rows: Iterable[Sequence[Any]]) -> Mapping[int, list[InstallmentFacts]]:
    """Of rows with all columns of ``installment``, in the order given."""
    found: defaultdict[int, list[InstallmentFacts]] = defaultdict(list)
    for loan_id, number, due_on, p_due, i_due, f_due, n_due, p_paid, i_paid, f_paid, n_paid in rows:
        due, paid = Components(p_due, i_due, f_due, n_due), Components(p_paid, i_paid, f_paid, n_paid)
        found[loan_id].append(InstallmentFacts(number, due_on, due, paid))
    return found


def _payments(session: Session, loan_ids: Collection[int]) -> Mapping[int, list[tuple[str, date, int]]]:
    found: defaultdict[int, list[tuple[str, date, int]]] = defaultdict(list)
    rows = session.execute(
        select(Payment.loan_id, Payment.payment_ref, Payment.paid_on, Payment.amount_minor)
        .where(Payment.loan_id.in_(loan_ids), Payment.is_reversed.is_(False))
        .order_by(Payment.paid_on, Payment.payment_ref)
    )
    for loan_id, payment_ref, paid_on, amount in rows:
        found[loan_id].append((payment_ref, paid_on, amount))
    return found


def _pauses(session: Session, loan_ids: Collection[int]) -> Mapping[int, list[Pause]]:
    rows = session.execute(
        select(DelinquencyPause.loan_id, DelinquencyPause.starts_on, DelinquencyPause.ends_on)
        .where(DelinquencyPause.loan_id.in_(loan_ids))
        .order_by(DelinquencyPause.starts_on)
    )
    return pauses_by_loan(rows)


def pauses_by_loan(rows: Iterable[Sequence[Any]]) -> Mapping[int, list[Pause]]:
    """Of rows of loan, first and last day, in the order given."""
    found: defaultdict[int, list[Pause]] = defaultdict(list)
    for loan_id, start, end in rows:
        found[loan_id].append(Pause(start, end))
    return found


def facts_from(
    loan: Row[Any],
    installments: Sequence[InstallmentFacts],
    payments: Sequence[tuple[str, date, int]],
    pauses: Sequence[Pause],
) -> LoanFacts:
    """Of a row with all columns of ``loan``."""
    return LoanFacts(
        loan_ref=loan.loan_ref,
        currency=loan.currency,
        creditor=loan.creditor,
        product=loan.product,
        lender_type=LenderType(loan.lender_type),
        status=LoanStatus(loan.status),
        disbursed_on=loan.disbursed_on,
        principal=loan.principal_minor,
        annual_rate_pct=loan.annual_rate_pct,
        penalty_rate_pct=loan.penalty_rate_pct,
        amortisation=loan.amortisation,
        interest_method=loan.interest_method,
        day_count=loan.day_count,
        rounding=loan.rounding,
        every=loan.every,
        multiple=loan.multiple,
        has_guarantor=loan.has_guarantor,
        as_of=loan.as_of,
        installments=tuple(installments),
        pauses=tuple(pauses),
        payments=tuple(payments),
    )
