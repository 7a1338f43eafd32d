"""Taking loans over from the book: each whole or not at all; proposals and agreements are never touched, only flagged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from portal.domain.book_columns import BookFile
from portal.domain.book_loans import BookLoan
from portal.domain.book_rows import Violation
from portal.domain.loans import LoanFacts
from portal.domain.permissions import Actor
from portal.models import Creditor, Installment, Payment
from portal.queries.imports import (
    StandingLoan,
    borrower_ids,
    creditor_names,
    loans_with_open_proposal,
    payers_of,
    standing_loans,
)
from portal.queries.loans import facts_of_loans
from portal.queries.running_plans import loans_with_watched_plan
from portal.services.assignments import NamedAnother, hand_on
from portal.services.book_holds import heed_book
from portal.services.bulk_rows import add_rows, lock_the_book
from portal.services.facts_moved import flag_moved_facts
from portal.services.loan_rows import (
    INSTALLMENT_COLUMNS,
    PAYMENT_COLUMNS,
    add_loans,
    change_loans,
    installment_rows,
    payment_rows,
)
from portal.services.plan_penalties import note_charged_beyond_plan
from portal.services.record import record
from portal.services.running_plans import take_payments
from portal.services.standings import find_limitations_again, look_again

_AHEAD: Final = timedelta(days=1)
_MOST_REFERENCES: Final = 5000
"""In one question to the database: SQLite takes 32,766 values, PostgreSQL 65,535."""


@dataclass(frozen=True, slots=True)
class LandedLoans:
    """What became of a batch; ``moved`` of the changed ones have other facts, ``flagged`` proposals must be signed again. Of those
    ``beyond_plan`` the book charges penalty that the agreement in force does not let be claimed.
    """

    new: Sequence[BookLoan]
    changed: Sequence[BookLoan]
    unchanged: Sequence[BookLoan]
    moved: int
    flagged: int
    violations: Sequence[Violation]
    beyond_plan: int = 0


def import_loans(
    session: Session, actor: Actor, *, loans: Sequence[BookLoan], today: date, now: datetime
) -> LandedLoans:
    """Add the new ones, replace schedule and payments of those that changed, refuse what cannot be.

    ``today``: the lender's business date; a book may stand as of the next day, where its system is ahead, and no later.

    Violations: ``day_to_come``, ``book_is_older``, ``borrower_ref_unknown``, ``loan_changed_hands``, ``currency_changed``,
    ``payment_of_other_loan``.
    """
    lock_the_book(session)
    batch = _Batch(session, loans, today)
    taken = [loan for loan in loans if batch.accepts(loan)]
    _add_creditors(session, taken)
    new = [loan for loan in taken if loan.loan_ref not in batch.standing]
    changed = [loan for loan in taken if loan.loan_ref in batch.standing]
    moved, counted_anew = _moved_ids(session, changed, batch.standing)
    ids = add_loans(session, new, batch.borrower_ids)
    ids |= change_loans(session, changed, batch.standing, moved)
    _replace_rows(session, taken, ids, [batch.standing[loan.loan_ref].id for loan in changed])
    look_again(session, sorted(counted_anew))
    find_limitations_again(session, _noticed_otherwise(changed, batch.standing))
    hand_on(session, actor, list(_handed_on(changed, batch.standing)), today=today, now=now)
    heed_book(session, actor, disputed={ids[loan.loan_ref]: loan.is_disputed for loan in taken}, now=now)
    flagged = _tell_moved(session, actor, changed, batch.standing, moved, now)
    _tell_plans(session, actor, changed, batch.standing, now)
    beyond = note_charged_beyond_plan(session, actor, charged=dict(_charged(changed, ids)), now=now)
    return LandedLoans(new, changed, batch.unchanged, len(moved), flagged, batch.violations, beyond)


class _Batch:
    """What the database says against the loans of one batch."""

    def __init__(self, session: Session, loans: Sequence[BookLoan], today: date) -> None:
        self._today, self._latest = today, today + _AHEAD
        self.standing = standing_loans(session, [loan.loan_ref for loan in loans])
        self.borrower_ids = borrower_ids(session, {loan.borrower_ref for loan in loans})
        self._payers = dict(_payers(session, loans))
        self.unchanged: list[BookLoan] = []
        self.violations: list[Violation] = []

    def accepts(self, loan: BookLoan) -> bool:
        """Whether the loan is to be written; one that is there already word for word is not."""
        standing = self.standing.get(loan.loan_ref)
        if standing is not None and standing.content_digest == loan.digest:
            self.unchanged.append(loan)
            return False
        found = [*self._against_loan(loan, standing), *self._against_payments(loan)]
        self.violations += found
        if not found:
            self._payers.update((payment.payment_ref, loan.loan_ref) for payment in loan.payments)
        return not found

    def _against_loan(self, loan: BookLoan, standing: StandingLoan | None) -> Iterator[Violation]:
        file, line = BookFile.LOANS, loan.line
        if loan.borrower_ref not in self.borrower_ids:
            yield loan.violation(file, line, "borrower_ref", "borrower_ref_unknown")
        elif standing is not None and standing.borrower_ref != loan.borrower_ref:
            yield loan.violation(file, line, "borrower_ref", "loan_changed_hands")
        as_of = loan.terms.as_of
        if as_of > self._latest:
            on, today = as_of.isoformat(), self._today.isoformat()
            yield loan.violation(file, line, "as_of", "day_to_come", on=on, today=today)
        if standing is None:
            return
        if as_of < standing.as_of <= self._latest:
            yield loan.violation(file, line, "as_of", "book_is_older", as_of=standing.as_of.isoformat())
        if standing.currency != loan.terms.currency:
            yield loan.violation(file, line, "currency", "currency_changed", currency=standing.currency)

    def _against_payments(self, loan: BookLoan) -> Iterator[Violation]:
        for payment in loan.payments:
            if self._payers.get(payment.payment_ref, loan.loan_ref) != loan.loan_ref:
                yield loan.violation(BookFile.PAYMENTS, payment.line, "payment_ref", "payment_of_other_loan")


def _payers(session: Session, loans: Sequence[BookLoan]) -> Iterator[tuple[str, str]]:
    references = [payment.payment_ref for loan in loans for payment in loan.payments]
    for start in range(0, len(references), _MOST_REFERENCES):
        yield from payers_of(session, references[start : start + _MOST_REFERENCES]).items()


def _add_creditors(session: Session, loans: Sequence[BookLoan]) -> None:
    """A creditor that nobody knows yet gets a row; how to reach it is for staff to fill in."""
    types = {loan.terms.creditor: loan.terms.lender_type.value for loan in loans}
    known = creditor_names(session, types)
    rows = [
        {"name": name, "lender_type": lender_type, "phone": "", "address": ""}
        for name, lender_type in types.items()
        if name not in known
    ]
    if rows:
        session.execute(insert(Creditor), rows)


def _moved_ids(
    session: Session, loans: Sequence[BookLoan], standing: Mapping[str, StandingLoan]
) -> tuple[frozenset[int], frozenset[int]]:
    """Ids of the loans whose balance, payments, schedule, status or creditor are not what they were; and of those that the day has to
    count anew: these, and where a penalty due or the stage is another.
    """
    ids = {loan.loan_ref: standing[loan.loan_ref].id for loan in loans}
    facts = facts_of_loans(session, ids.values()) if ids else {}
    moved, counted_anew = set[int](), set[int]()
    for loan in loans:
        before, loan_id, stated = standing[loan.loan_ref], ids[loan.loan_ref], loan.facts
        # A signed offer names the creditor and its accounts: nobody decides one that would have another paid.
        is_handed_on = before.creditor != loan.terms.creditor
        if is_handed_on or facts[loan_id].fingerprint() != stated.fingerprint():
            moved.add(loan_id)
        elif (
            facts[loan_id].installments == stated.installments
            and before.collection_stage == loan.collection_stage
        ):
            continue
        counted_anew.add(loan_id)
    return frozenset(moved), frozenset(counted_anew)


def _charged(loans: Sequence[BookLoan], ids: Mapping[str, int]) -> Iterator[tuple[int, LoanFacts]]:
    """What a book says of loans that were there before; one without any penalty is of no interest."""
    for loan in loans:
        if any(row.due.penalty for row in loan.facts.installments):
            yield ids[loan.loan_ref], loan.facts


def _handed_on(loans: Sequence[BookLoan], standing: Mapping[str, StandingLoan]) -> Iterator[NamedAnother]:
    for loan in loans:
        before, terms = standing[loan.loan_ref], loan.terms
        if before.creditor != terms.creditor:
            yield NamedAnother(
                loan_id=before.id,
                borrower_id=before.borrower_id,
                status=terms.status,
                before=before.assignment,
                former_creditor=before.creditor,
                former_until=before.as_of,
                creditor=terms.creditor,
                on=terms.as_of,
            )


def _noticed_otherwise(loans: Sequence[BookLoan], standing: Mapping[str, StandingLoan]) -> Sequence[int]:
    """Ids of loans with another creditor, or paid out on another day: other notices of assignment begin their limitation period anew."""
    before = ((standing[loan.loan_ref], loan.terms) for loan in loans)
    return [
        each.id
        for each, terms in before
        if (each.creditor, each.disbursed_on) != (terms.creditor, terms.disbursed_on)
    ]


def _replace_rows(
    session: Session, loans: Sequence[BookLoan], ids: Mapping[str, int], replaced: Sequence[int]
) -> None:
    if replaced:
        for table in (Installment, Payment):
            session.execute(
                delete(table).where(table.loan_id.in_(replaced)),
                execution_options={"synchronize_session": False},
            )
    add_rows(session, Installment.__tablename__, INSTALLMENT_COLUMNS, list(installment_rows(loans, ids)))
    add_rows(session, Payment.__tablename__, PAYMENT_COLUMNS, list(payment_rows(loans, ids)))


def _tell_moved(
    session: Session,
    actor: Actor,
    loans: Sequence[BookLoan],
    standing: Mapping[str, StandingLoan],
    moved: frozenset[int],
    now: datetime,
) -> int:
    """Record each loan that moved and flag its waiting proposal; how many were flagged."""
    waiting = loans_with_open_proposal(session, moved) if moved else ()
    flagged = 0
    for loan in loans:
        before = standing[loan.loan_ref]
        if before.id not in moved:
            continue
        record(
            session,
            actor,
            "loan:changed",
            now=now,
            borrower_id=before.borrower_id,
            loan_id=before.id,
            facts_version=before.facts_version + 1,
            as_of=loan.terms.as_of.isoformat(),
        )
        if before.id in waiting:
            flagged += flag_moved_facts(session, actor, loan_id=before.id, now=now)
    return flagged


def _tell_plans(
    session: Session,
    actor: Actor,
    loans: Sequence[BookLoan],
    standing: Mapping[str, StandingLoan],
    now: datetime,
) -> None:
    """A plan in force takes what came in: what was out is made good, what is paid in full is completed."""
    ids = {standing[loan.loan_ref].id: loan for loan in loans}
    running = loans_with_watched_plan(session, ids) if ids else ()
    for loan_id in sorted(running):
        take_payments(session, actor, loan_id=loan_id, as_of=ids[loan_id].terms.as_of, now=now)
