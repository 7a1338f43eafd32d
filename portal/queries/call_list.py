"""The list of whom to call, a page at a time: what was promised and is due first, then in the order that is asked for.

Two parts, each over an index of its own; a page's place says in which part and after which row it begins, never after how many.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Row,
    Select,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session, aliased

from portal.domain.call_choices import CallSort, Promised, Shown
from portal.domain.queue_choices import BUCKETS, SumBand
from portal.models import Borrower, CallItem, Hold, Loan, StaffMember, StaffRelation
from portal.models.base import UtcDateTime
from portal.queries.assignments import awaits_notice
from portal.queries.holds import runs_on
from portal.queries.placements import is_placed

PAGE: Final = 25
COUNTED: Final = 100
"""Counts stop here and say so ("100+")."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIGURES: Final[dict[CallSort, Any]] = {
    CallSort.DAYS: CallItem.late_since,
    CallSort.SUM: CallItem.amount_minor,
    CallSort.LAST: CallItem.last_called_at,
}
_PROMISED, _OTHERS = 0, 1
_LAST_DAY: Final = date.max.toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Who looks, when (in the lender's zone), and at what. ``bucket`` is a code of ``BUCKETS``; ``currency`` goes
    with ``sum`` and with the order by sums.
    """

    staff_id: int
    is_agencys: bool
    """Who looks works for an agency: the list is what stands with it, and else the internal team's."""
    now: datetime
    promised: Promised | None = None
    bucket: str | None = None
    currency: str | None = None
    sum: SumBand | None = None
    shown: Shown = Shown.NOW
    sort: CallSort = CallSort.DAYS

    @property
    def is_narrowed(self) -> bool:
        return any(choice is not None for choice in (self.promised, self.bucket, self.currency, self.sum))


@dataclass(frozen=True, slots=True)
class CallKey:
    """After (or before) the row of a part (0: promised, 1: the others) with this figure and loan.

    Of a moment the figure is its microseconds since 1970, of a date its ordinal.
    """

    part: int
    figure: int
    loan_id: int
    is_backwards: bool = False

    def __str__(self) -> str:
        return f"{self.part}-{self.figure}-{self.loan_id}"

    @classmethod
    def parse(cls, text: str | None, *, is_backwards: bool = False) -> "CallKey | None":
        """What ``str`` gave; None for anything else."""
        parts = (text or "").split("-")
        if len(parts) != 3 or not all(each.isascii() and each.isdigit() and len(each) < 18 for each in parts):
            return None
        part, figure, loan_id = map(int, parts)
        return cls(part, figure, loan_id, is_backwards) if part in {_PROMISED, _OTHERS} else None


@dataclass(frozen=True, slots=True)
class CallRow:
    """One loan of the list. The name is the whole one: pages mask it. ``holder`` is a staff number while somebody is calling."""

    loan_id: int
    public_id: str
    borrower_id: int
    loan_ref: str
    name: str
    mobile: str
    delinquent_days: int
    amount_minor: int
    currency: str
    promised_at: datetime | None
    promised_kind: str | None
    rests_until: datetime
    last_called_at: datetime
    holder: str | None
    is_mine: bool


@dataclass(frozen=True, slots=True)
class CallPage:
    rows: Sequence[CallRow]
    before: CallKey | None
    after: CallKey | None


def call_page(
    session: Session, wanted: CallFilter, *, key: CallKey | None = None, size: int = PAGE
) -> CallPage:
    """The page after (or before) a key: one read for each part that it needs."""
    is_back = key is not None and key.is_backwards
    found: list[tuple[int, Row[Any]]] = []
    for part, place in _parts(key, is_back=is_back):
        rows = session.execute(_placed(_rows(wanted, part), wanted, part, place).limit(size + 1 - len(found)))
        found += [(part, row) for row in rows]
        if len(found) > size:
            break
    has_more, shown = len(found) > size, found[:size]
    if not shown:
        return CallPage((), None, None)
    ordered = list(reversed(shown)) if is_back else shown
    first, last = _key(ordered[0], wanted, is_backwards=True), _key(ordered[-1], wanted)
    has_before = has_more if is_back else key is not None
    return CallPage(
        [_row(row, wanted) for _, row in ordered],
        first if has_before else None,
        last if is_back or has_more else None,
    )


def waiting_counts(session: Session, wanted: CallFilter) -> tuple[int, int]:
    """How many promised ones are due, and how many there are in all; more than ``COUNTED`` is one more."""
    promised, others = (_capped(wanted, part) for part in (_PROMISED, _OTHERS))
    due, rest = session.execute(select(promised, others)).one()
    return due, min(due + rest, COUNTED + 1)


def is_callable_by(staff_id: int, now: datetime) -> ColumnElement[bool]:
    """Not held by a colleague, and not somebody close to this person (rule P18)."""
    is_free = or_(CallItem.leased_by.is_(None), CallItem.leased_until <= now, CallItem.leased_by == staff_id)
    return and_(is_free, ~is_related(staff_id, CallItem.borrower_id))


def is_related(staff_id: int, borrower_id: Any) -> ColumnElement[bool]:
    """Whether a borrower is this person or somebody close to them (rule P18)."""
    return exists().where(StaffRelation.staff_member_id == staff_id, StaffRelation.borrower_id == borrower_id)


def next_items(wanted: CallFilter, *, but: Sequence[int]) -> Iterator[Select[Any]]:
    """For each part in turn: the first item that this person may take; somebody else's taking is passed over."""
    for part in (_PROMISED, _OTHERS):
        free = and_(
            _found(wanted, part), is_callable_by(wanted.staff_id, wanted.now), CallItem.loan_id.not_in(but)
        )
        yield (
            _placed(select(CallItem).where(free), wanted, part, None)
            .limit(1)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )


def _parts(key: CallKey | None, *, is_back: bool) -> Iterator[tuple[int, CallKey | None]]:
    """The parts in the order of reading; the first that is read begins at the key."""
    order = (_OTHERS, _PROMISED) if is_back else (_PROMISED, _OTHERS)
    begins = order.index(key.part) if key is not None else 0
    for place, part in enumerate(order[begins:]):
        if place == 0 and key is not None:
            yield part, key
        else:
            yield part, CallKey(part, 0, 0, is_backwards=True) if is_back else None


def _rows(wanted: CallFilter, part: int) -> Select[Any]:
    holder = aliased(StaffMember)
    return (
        select(
            *CallItem.__table__.c,
            Loan.loan_ref,
            Borrower,
            holder.number.label("holder"),
        )
        .select_from(CallItem)
        .join(Loan, Loan.id == CallItem.loan_id)
        .join(Borrower, Borrower.id == CallItem.borrower_id)
        .outerjoin(holder, holder.id == CallItem.leased_by)
        .where(_found(wanted, part))
    )


def _found(wanted: CallFilter, part: int) -> ColumnElement[bool]:
    today = wanted.now.date()
    not_close = ~is_related(wanted.staff_id, CallItem.borrower_id)
    is_theirs = is_placed(wanted.staff_id, now=wanted.now) if wanted.is_agencys else and_(CallItem.is_listed)
    conditions: list[ColumnElement[bool]] = [is_theirs, _of_part(wanted, part), not_close]
    if wanted.shown is Shown.NOW:
        held = exists().where(Hold.loan_id == CallItem.loan_id, runs_on(today))
        untold = select(Loan.id).where(Loan.id == CallItem.loan_id, awaits_notice()).correlate(CallItem)
        conditions += [CallItem.rests_until <= wanted.now, ~held, ~untold.exists()]
    if wanted.promised is not None:
        conditions.append(_of_promise(wanted.promised))
    if wanted.bucket is not None:
        bucket = BUCKETS[wanted.bucket]
        conditions.append(CallItem.late_since <= today - timedelta(days=bucket.first))
        if bucket.last is not None:
            conditions.append(CallItem.late_since >= today - timedelta(days=bucket.last))
    conditions += _sums(wanted)
    return and_(*conditions)


def _of_part(wanted: CallFilter, part: int) -> ColumnElement[bool]:
    if part == _OTHERS:
        return CallItem.promised_at.is_(None)
    if wanted.shown is Shown.ALL:
        return CallItem.promised_at.is_not(None)
    return and_(CallItem.promised_at.is_not(None), CallItem.promised_at <= wanted.now)


def _of_promise(promised: Promised) -> ColumnElement[bool]:
    if promised is Promised.NOTHING:
        return CallItem.promised_at.is_(None)
    return CallItem.promised_kind == promised.value


def _sums(wanted: CallFilter) -> list[ColumnElement[bool]]:
    if wanted.currency is None:
        return []
    conditions: list[ColumnElement[bool]] = [CallItem.currency == wanted.currency]
    if wanted.sum is not None:
        low, high = wanted.sum.bounds(wanted.currency)
        conditions.append(CallItem.amount_minor >= low)
        if high is not None:
            conditions.append(CallItem.amount_minor < high)
    return conditions


def _placed(statement: Select[Any], wanted: CallFilter, part: int, key: CallKey | None) -> Select[Any]:
    """In the part's order; from a key on, or from the part's end where a key has no loan."""
    is_back = key is not None and key.is_backwards
    figure = CallItem.promised_at if part == _PROMISED else _FIGURES[wanted.sort]
    is_down = (part == _OTHERS and wanted.sort.is_descending) != is_back
    columns = (figure, CallItem.loan_id)
    if key is not None and key.loan_id:
        place, bound = tuple_(*columns), _bound(key, figure)
        statement = statement.where(place < bound if is_down else place > bound)
    return statement.order_by(*(column.desc() if is_down else column for column in columns))


def _bound(key: CallKey, figure: Any) -> ColumnElement[Any]:
    loan_id = literal(key.loan_id, BigInteger())
    if isinstance(figure.type, UtcDateTime):
        return tuple_(literal(_EPOCH + timedelta(microseconds=key.figure), figure.type), loan_id)
    if isinstance(figure.type, Date):
        return tuple_(literal(date.fromordinal(min(max(key.figure, 1), _LAST_DAY))), loan_id)
    return tuple_(literal(key.figure, BigInteger()), loan_id)


def _key(found: tuple[int, Row[Any]], wanted: CallFilter, *, is_backwards: bool = False) -> CallKey:
    part, row = found
    value = row.promised_at if part == _PROMISED else getattr(row, _FIGURES[wanted.sort].key)
    if isinstance(value, datetime):
        value = (value - _EPOCH) // timedelta(microseconds=1)
    elif isinstance(value, date):
        value = value.toordinal()
    return CallKey(part, value, row.loan_id, is_backwards)


def _capped(wanted: CallFilter, part: int) -> ColumnElement[int]:
    some = _placed(select(literal(1)).where(_found(wanted, part)), wanted, part, None).limit(COUNTED + 1)
    return select(func.count()).select_from(some.subquery()).scalar_subquery()


def _row(row: Row[Any], wanted: CallFilter) -> CallRow:
    is_held = row.leased_until is not None and row.leased_until > wanted.now
    return CallRow(
        loan_id=row.loan_id,
        public_id=row.public_id,
        borrower_id=row.borrower_id,
        loan_ref=row.loan_ref,
        name=row.Borrower.name,
        mobile=row.Borrower.mobile,
        delinquent_days=(wanted.now.date() - row.late_since).days,
        amount_minor=row.amount_minor,
        currency=row.currency,
        promised_at=row.promised_at,
        promised_kind=row.promised_kind,
        rests_until=row.rests_until,
        last_called_at=row.last_called_at,
        holder=row.holder if is_held else None,
        is_mine=is_held and row.leased_by == wanted.staff_id,
    )
