"""One loan of the book with its schedule and payments: read, checked, and taken whole or not at all."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from portal.domain.arrears import arrears_of
from portal.domain.book_columns import COLUMNS, BookFile, BookRow
from portal.domain.book_loans import BookLoan, BookPayment, ScheduleRow
from portal.domain.book_readers import installment_readers, loan_readers, payment_readers
from portal.domain.book_rows import RowGroup, RowReading, Violation
from portal.domain.book_schedules import quick_payments, quick_schedule
from portal.domain.loans import LoanFacts
from portal.domain.money import EXPONENTS, format_minor

_CURRENCY: Final = COLUMNS[BookFile.LOANS].index("currency")
_PAYMENT_REF: Final = COLUMNS[BookFile.PAYMENTS].index("payment_ref")


def read_loan(group: RowGroup, digest: str) -> BookLoan | Sequence[Violation]:
    """The loan of a group, or everything that is wrong with it."""
    reading = _LoanReading(group)
    loan = reading.loan(digest)
    return reading.violations if loan is None or reading.violations else loan


class _LoanReading(RowReading):
    def __init__(self, group: RowGroup) -> None:
        super().__init__(group.reference)
        self._group = group
        self._loans = group.of(BookFile.LOANS)

    def loan(self, digest: str) -> BookLoan | None:
        if not self._loans:
            self._refuse_orphans()
            return None
        row = self._loans[0]
        for other in self._loans[1:]:
            self.refuse(BookFile.LOANS, other.line, "loan_ref", "reference_repeated")
        code = row.cells[_CURRENCY]
        values = self.values(BookFile.LOANS, row, loan_readers(code if code in EXPONENTS else "CNY"))
        if code not in EXPONENTS:
            return None
        schedule, payments = self._schedule(code), self._payments(code)
        if values is None or self.violations:
            return None
        stated = dict(zip(COLUMNS[BookFile.LOANS], values, strict=True))
        loan = BookLoan(
            borrower_ref=stated["borrower_ref"],
            terms=_terms(stated),
            schedule=schedule,
            payments=payments,
            allocation=stated["allocation"],
            collection_stage=stated["collection_stage"],
            stage_basis=stated["stage_basis"],
            is_disputed=stated["disputed"],
            plan_ref=stated["plan_ref"],
            digest=digest,
            line=row.line,
        )
        self._check_against(loan, stated["dpd"])
        return loan

    def _refuse_orphans(self) -> None:
        for file in (BookFile.INSTALLMENTS, BookFile.PAYMENTS):
            for row in self._group.of(file):
                code = "loan_ref_unknown" if self.reference else "value_missing"
                self.refuse(file, row.line, "loan_ref", code)

    def _schedule(self, currency: str) -> Sequence[ScheduleRow]:
        """In the order of their numbers; what is wrong between rows is told only where each can be read."""
        lines = self._group.lines.get(BookFile.INSTALLMENTS)
        if lines is None:
            return ()
        quick = quick_schedule(lines, currency)
        return self._schedule_by_row(lines.rows, currency) if quick is None else quick

    def _schedule_by_row(self, rows: Sequence[BookRow], currency: str) -> Sequence[ScheduleRow]:
        file, readers, known = BookFile.INSTALLMENTS, installment_readers(currency), len(self.violations)
        self.refuse_too_many(file, rows)
        found = [
            (_schedule_row(values), row.line)
            for row in rows
            if (values := self.values(file, row, readers)) is not None
        ]
        found.sort(key=lambda pair: pair[0].number)
        if len(self.violations) == known:
            self._check_schedule(found)
        return [row for row, _ in found]

    def _check_schedule(self, rows: Sequence[tuple[ScheduleRow, int]]) -> None:
        file = BookFile.INSTALLMENTS
        for expected, (row, line) in enumerate(rows, start=1):
            if row.number != expected:
                code = "number_repeated" if row.number < expected else "number_missing"
                self.refuse(file, line, "number", code, number=min(row.number, expected))
                break
        for (earlier, _), (later, line) in pairwise(rows):
            if later.due_on <= earlier.due_on:
                self.refuse(file, line, "due_on", "dates_not_rising")
                break
        for row, line in rows:
            self._check_paid(row, line)

    def _check_paid(self, row: ScheduleRow, line: int) -> None:
        for name in ("principal", "interest", "fee", "penalty"):
            if getattr(row, f"{name}_paid") > getattr(row, f"{name}_due"):
                self.refuse(BookFile.INSTALLMENTS, line, f"{name}_paid", "paid_above_due")

    def _payments(self, currency: str) -> Sequence[BookPayment]:
        """Each reference once; the same row twice is one payment, another row with its reference is a fault."""
        lines = self._group.lines.get(BookFile.PAYMENTS)
        if lines is None:
            return ()
        quick = quick_payments(lines, currency)
        return self._payments_by_row(lines.rows, currency) if quick is None else quick

    def _payments_by_row(self, rows: Sequence[BookRow], currency: str) -> Sequence[BookPayment]:
        file = BookFile.PAYMENTS
        self.refuse_too_many(file, rows)
        first: dict[str, BookRow] = {}
        found = []
        for row in rows:
            earlier = first.setdefault(row.cells[_PAYMENT_REF], row)
            if earlier is not row and earlier.cells == row.cells and row.is_whole:
                continue
            if earlier is not row:
                self.refuse(file, row.line, "payment_ref", "reference_repeated")
            elif (values := self.values(file, row, payment_readers(currency))) is not None:
                found.append(_payment(values, row.line))
        return found

    def _check_against(self, loan: BookLoan, stated_dpd: int | None) -> None:
        """Σ principal due is the principal; nothing was paid after ``as_of``; a stated DPD is the one that the rows give on that day."""
        terms, principal = loan.terms, sum(row.principal_due for row in loan.schedule)
        if principal != terms.principal:
            self.refuse(
                BookFile.LOANS,
                loan.line,
                "principal",
                "principal_not_the_sum",
                currency=terms.currency,
                stated=format_minor(terms.principal, terms.currency),
                found=format_minor(principal, terms.currency),
            )
        as_of = terms.as_of.isoformat()
        for payment in loan.payments:
            if payment.paid_on > as_of:
                self.refuse(
                    BookFile.PAYMENTS,
                    payment.line,
                    "paid_on",
                    "payment_after_book",
                    paid_on=payment.paid_on,
                    as_of=as_of,
                )
        if stated_dpd is None:
            return
        days = arrears_of(loan.facts, on=terms.as_of).days_past_due
        if days != stated_dpd:
            self.refuse(BookFile.LOANS, loan.line, "dpd", "dpd_differs", stated=stated_dpd, found=days)


def _schedule_row(values: Sequence[Any]) -> ScheduleRow:
    _, number, due_on, *amounts = values
    return ScheduleRow(number, due_on.isoformat(), *amounts)


def _payment(values: Sequence[Any], line: int) -> BookPayment:
    payment_ref, _, paid_on, amount, channel, is_reversed = values
    return BookPayment(payment_ref, paid_on.isoformat(), amount, channel, is_reversed, line)


def _terms(stated: Mapping[str, Any]) -> LoanFacts:
    return LoanFacts(
        loan_ref=stated["loan_ref"],
        currency=stated["currency"],
        creditor=stated["creditor"],
        product=stated["product"],
        lender_type=stated["lender_type"],
        status=stated["status"],
        disbursed_on=stated["disbursed_on"],
        principal=stated["principal"],
        annual_rate_pct=stated["annual_rate_pct"],
        penalty_rate_pct=stated["penalty_rate_pct"],
        amortisation=stated["amortisation"].value,
        interest_method=stated["interest_method"].value,
        day_count=stated["day_count"].value,
        rounding=stated["rounding"].value,
        every=stated["every"],
        multiple=stated["multiple"],
        has_guarantor=stated["has_guarantor"],
        as_of=stated["as_of"],
        installments=(),
    )
