"""Figures of the whole book on a business date: what is overdue, since how many days, in which bucket."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, Select, Subquery, exists, func, select
from sqlalchemy.orm import Session

from portal.domain.arrears import CN_BUCKETS, arrears_of, bucket_of
from portal.domain.loans import Pause
from portal.domain.penalty import paused_days
from portal.models import DelinquencyPause, Installment, Loan
from portal.queries.loans import facts_of_loans

_CHUNK: Final = 500

_OUTSTANDING: Final[ColumnElement[int]] = (
    Installment.principal_due_minor
    + Installment.interest_due_minor
    + Installment.fee_due_minor
    + Installment.penalty_due_minor
    - Installment.principal_paid_minor
    - Installment.interest_paid_minor
    - Installment.fee_paid_minor
    - Installment.penalty_paid_minor
)


@dataclass(slots=True)
class Tally:
    """So many loans with so much overdue, minor units, as the book states it."""

    loans: int = 0
    minor: int = 0

    def add(self, loans: int, minor: int) -> None:
        self.loans += loans
        self.minor += minor


@dataclass(slots=True)
class CurrencyFigures:
    """The loans of one currency. ``grown_penalty`` is what accrued since each loan's ``as_of``, minor units.

    ``by_days`` has days past due as keys; ``by_bucket`` counts delinquent days, paused ones left out; a late loan whose days are all
    paused is in no bucket.
    """

    currency: str
    loans: int
    overdue: Tally = field(default_factory=Tally)
    grown_penalty: int = 0
    by_days: dict[int, Tally] = field(default_factory=lambda: defaultdict(Tally))
    by_bucket: dict[str, Tally] = field(
        default_factory=lambda: {bucket.code: Tally() for bucket in CN_BUCKETS}
    )

    def add(self, days: int, delinquent_days: int, loans: int, minor: int) -> None:
        self.overdue.add(loans, minor)
        self.by_days[days].add(loans, minor)
        bucket = bucket_of(delinquent_days)
        if bucket is not None:
            self.by_bucket[bucket].add(loans, minor)


def book_figures(session: Session, *, on: date) -> Sequence[CurrencyFigures]:
    """One for each currency. The same answer as ``arrears_of`` of every loan, added up by the database."""
    counts = session.execute(
        select(Loan.currency, func.count()).group_by(Loan.currency).order_by(Loan.currency)
    )
    figures = {currency: CurrencyFigures(currency, loans) for currency, loans in counts}
    for currency, oldest, loans, minor in session.execute(_unpaused(on)):
        days = (on - oldest).days
        figures[currency].add(days, days, loans, int(minor))
    for currency, oldest, minor, pauses in _paused(session, on):
        days = (on - oldest).days
        figures[currency].add(days, days - paused_days(oldest, on, pauses), 1, minor)
    for currency, grown in _grown_penalties(session, on):
        figures[currency].grown_penalty += grown
    return list(figures.values())


def _late(on: date) -> Subquery:
    """Each loan with something overdue: its oldest unpaid due date and the sum."""
    return (
        select(
            Installment.loan_id,
            func.min(Installment.due_on).label("oldest"),
            func.sum(_OUTSTANDING).label("minor"),
        )
        .where(Installment.due_on < on, _OUTSTANDING > 0)
        .group_by(Installment.loan_id)
        .subquery()
    )


def _has_pause() -> ColumnElement[bool]:
    return exists().where(DelinquencyPause.loan_id == Loan.id)


def _unpaused(on: date) -> Select[str, date, int, int]:
    late = _late(on)
    return (
        select(Loan.currency, late.c.oldest, func.count(), func.sum(late.c.minor))
        .join(late, late.c.loan_id == Loan.id)
        .where(~_has_pause())
        .group_by(Loan.currency, late.c.oldest)
        .order_by(Loan.currency, late.c.oldest.desc())
    )


def _paused(session: Session, on: date) -> Iterator[tuple[str, date, int, Sequence[Pause]]]:
    """(currency, oldest unpaid due date, minor, pauses) of each late loan that ever had a pause."""
    late = _late(on)
    rows = session.execute(
        select(Loan.currency, late.c.oldest, late.c.minor, Loan.id)
        .join(late, late.c.loan_id == Loan.id)
        .where(_has_pause())
        .execution_options(yield_per=_CHUNK)
    )
    for chunk in rows.partitions(_CHUNK):
        pauses = _pauses(session, [loan_id for *_, loan_id in chunk])
        for currency, oldest, minor, loan_id in chunk:
            yield currency, oldest, int(minor), pauses[loan_id]


def _pauses(session: Session, loan_ids: Sequence[int]) -> Mapping[int, Sequence[Pause]]:
    found: defaultdict[int, list[Pause]] = defaultdict(list)
    rows = session.execute(
        select(DelinquencyPause.loan_id, DelinquencyPause.starts_on, DelinquencyPause.ends_on).where(
            DelinquencyPause.loan_id.in_(loan_ids)
        )
    )
    for loan_id, start, end in rows:
        found[loan_id].append(Pause(start, end))
    return found


def _grown_penalties(session: Session, on: date) -> Iterator[tuple[str, int]]:
    """(currency, penalty) of loans that are late on a day after the book's ``as_of``: by the rules, loan by loan."""
    last = 0
    while ids := session.scalars(_behind(on, last)).all():
        for facts in facts_of_loans(session, ids).values():
            yield facts.currency, arrears_of(facts, on=on).accrued_penalty
        last = ids[-1]


def _behind(on: date, after_id: int) -> Select[int]:
    """The next late loans whose book is older than the day."""
    late = exists().where(
        Installment.loan_id == Loan.id,
        Installment.due_on < on,
        Installment.principal_due_minor > Installment.principal_paid_minor,
    )
    return select(Loan.id).where(Loan.id > after_id, Loan.as_of < on, late).order_by(Loan.id).limit(_CHUNK)
