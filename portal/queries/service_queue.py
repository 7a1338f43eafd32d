"""The queue of what borrowers and visitors bring up: by promised time, a page at a time, never by counting pages."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    and_,
    func,
    literal,
    not_,
    null,
    select,
    tuple_,
    union_all,
)
from sqlalchemy import (
    case as sql_case,
)
from sqlalchemy import (
    cast as sql_cast,
)
from sqlalchemy.orm import Session, aliased

from portal.domain.case_handling import ACKNOWLEDGE_WITHIN, Work
from portal.domain.cases import CaseTopic
from portal.domain.permissions import Actor, Permission
from portal.domain.queue_choices import NEAR, Due, Whose
from portal.domain.service_choices import Standing, Turn
from portal.models import ServiceCase, StaffMember, Thread, VisitorComplaint
from portal.models.base import UtcDateTime
from portal.queries.service_cases import decided_before_by, no_business_of, seen_by

PAGE: Final = 50
COUNTED: Final = 100
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER: Final = CaseTopic.NUMBER_CHANGED.value


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """After (or before) the row with this promised time; a borrower's case stands before a visitor's complaint of the same moment."""

    micros: int
    is_visitors: bool
    id: int
    is_backwards: bool = False

    def __str__(self) -> str:
        return f"{self.micros}-{int(self.is_visitors)}-{self.id}"

    @classmethod
    def parse(cls, text: str | None, *, is_backwards: bool = False) -> "ServiceKey | None":
        """What ``str`` gave; None for anything else."""
        parts = (text or "").split("-")
        is_key = len(parts) == 3 and all(part.isascii() and part.isdigit() for part in parts)
        if not is_key or len(parts[0]) > 17 or parts[1] not in {"0", "1"} or len(parts[2]) > 18:
            return None
        return cls(int(parts[0]), parts[1] == "1", int(parts[2]), is_backwards)

    @property
    def at(self) -> datetime:
        return _EPOCH + timedelta(microseconds=self.micros)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFilter:
    """Who looks, when, and at what. ``today_ends`` is the end of the business day."""

    actor: Actor
    now: datetime
    today_ends: datetime
    work: Work | None = None
    due: Due | None = None
    whose: Whose = Whose.ALL
    turn: Turn | None = None
    standing: Standing = Standing.OPEN

    @property
    def is_narrowed(self) -> bool:
        return self.whose is not Whose.ALL or any((self.work, self.due, self.turn))

    @property
    def sees_visitors(self) -> bool:
        """Complaints of visitors are for those who see everything."""
        return self.actor.may(Permission.SERVICE_SEE_ALL)


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """One line; nothing of the person. ``owner`` is a staff number."""

    public_id: str
    reference: str
    work: Work
    topic: str
    opened_at: datetime
    answer_by: datetime
    due: Due
    status: str
    waits_for: str
    is_late_to_acknowledge: bool
    is_acknowledged: bool
    has_message: bool
    is_second_look: bool
    owner: str | None
    is_mine: bool
    is_visitors: bool

    @property
    def is_breached(self) -> bool:
        return self.status == "open" and self.due is Due.OVERDUE


@dataclass(frozen=True, slots=True)
class ServicePage:
    """One page, and the keys of its neighbours where there are any."""

    rows: Sequence[ServiceRow]
    before: ServiceKey | None
    after: ServiceKey | None


@dataclass(frozen=True, slots=True)
class ServiceCounts:
    """Capped: more than ``COUNTED`` is one more."""

    found: int
    breached: int
    unacknowledged: int
    mine: int


def service_page(
    session: Session, wanted: ServiceFilter, *, key: ServiceKey | None = None, size: int = PAGE
) -> ServicePage:
    """The page after (or before) a key, whatever lies before it: each branch reads one page of its index."""
    is_back = key is not None and key.is_backwards
    found = session.execute(_rows(wanted, key, size + 1)).all()
    has_more, shown = len(found) > size, found[:size]
    if not shown:
        return ServicePage((), None, None)
    rows = list(reversed(shown)) if is_back else list(shown)
    has_before = has_more if is_back else key is not None
    return ServicePage(
        [_row(row, wanted) for row in rows],
        _key_of(rows[0], is_backwards=True) if has_before else None,
        _key_of(rows[-1]) if is_back or has_more else None,
    )


def service_counts(session: Session, wanted: ServiceFilter) -> ServiceCounts:
    """Of what is open, as far as it is found; in one statement."""
    everything = ServiceFilter(actor=wanted.actor, now=wanted.now, today_ends=wanted.today_ends)
    columns = (
        _capped(wanted),
        _capped(replace(everything, due=Due.OVERDUE)),
        _capped(replace(everything, turn=Turn.UNACKNOWLEDGED)),
        _capped(replace(everything, whose=Whose.MINE)),
    )
    return ServiceCounts(*session.execute(select(*columns)).one())


def next_free(actor: Actor, *, tried: Sequence[int]) -> Select[Any]:
    """The borrower's case with the earliest promise that nobody owns and that this person may handle; a row that somebody else is taking
    is skipped.
    """
    assert actor.id is not None
    return (
        select(ServiceCase)
        .where(
            ServiceCase.status == "open",
            ServiceCase.owner_id.is_(None),
            seen_by(actor),
            not_(no_business_of(actor.id)),
            not_(decided_before_by(actor.id)),
            ServiceCase.id.not_in(tried),
        )
        .order_by(ServiceCase.answer_by, ServiceCase.id)
        .limit(1)
        .with_for_update(of=ServiceCase, skip_locked=True)
        .execution_options(populate_existing=True)
    )


def _rows(wanted: ServiceFilter, key: ServiceKey | None, limit: int) -> Select[Any]:
    is_down = (wanted.standing is Standing.CLOSED) != (key is not None and key.is_backwards)
    branches = [
        _ordered(branch, model, key, is_down).limit(limit).subquery() for branch, model in _branches(wanted)
    ]
    both = union_all(*(select(branch) for branch in branches)).subquery()
    owner = aliased(StaffMember)
    order = (both.c.answer_by, both.c.is_visitors, both.c.id)
    return (
        select(both, owner.number.label("owner"))
        .outerjoin(owner, owner.id == both.c.owner_id)
        .order_by(*(column.desc() if is_down else column for column in order))
        .limit(limit)
    )


def _branches(wanted: ServiceFilter) -> list[tuple[Select[Any], type[Any]]]:
    found: list[tuple[Select[Any], type[Any]]] = []
    if wanted.work is not Work.VISITOR:
        found.append((_cases(wanted), ServiceCase))
    if wanted.work in {None, Work.VISITOR} and wanted.turn in {None, Turn.US} and wanted.sees_visitors:
        found.append((_visitors(wanted), VisitorComplaint))
    return found or [(_cases(wanted).where(literal(value=False)), ServiceCase)]


def _ordered(statement: Select[Any], model: type[Any], key: ServiceKey | None, is_down: bool) -> Select[Any]:  # noqa: FBT001
    if key is not None:
        statement = statement.where(_beyond(model, key, is_down))
    columns = (model.answer_by, model.id)
    return statement.order_by(*(column.desc() if is_down else column for column in columns))


def _beyond(model: type[Any], key: ServiceKey, is_down: bool) -> ColumnElement[bool]:  # noqa: FBT001
    """What lies beyond a place: of the place's own kind by id; of the other kind the same moment counts where it stands on that side."""
    at = literal(key.at, model.answer_by.type)
    is_own = (model is VisitorComplaint) == key.is_visitors
    if is_own:
        bound, place = tuple_(at, literal(key.id, BigInteger())), tuple_(model.answer_by, model.id)
        found: ColumnElement[bool] = place < bound if is_down else place > bound
        return found
    is_equal_beyond = (model is VisitorComplaint) != is_down
    if is_down:
        return model.answer_by <= at if is_equal_beyond else model.answer_by < at  # type: ignore[no-any-return]
    return model.answer_by >= at if is_equal_beyond else model.answer_by > at  # type: ignore[no-any-return]


def _cases(wanted: ServiceFilter) -> Select[Any]:
    assert wanted.actor.id is not None
    is_number = ServiceCase.topic == _NUMBER
    found = (
        select(
            ServiceCase.id,
            ServiceCase.public_id,
            ServiceCase.reference,
            sql_case((is_number, Work.NUMBER.value), else_=ServiceCase.kind).label("work"),
            ServiceCase.topic,
            ServiceCase.status,
            ServiceCase.opened_at,
            ServiceCase.answer_by,
            ServiceCase.acknowledged_at,
            ServiceCase.owner_id,
            ServiceCase.waits_for,
            ServiceCase.review_round,
            Thread.waits_since,
            literal(0).label("is_visitors"),
        )
        .outerjoin(Thread, Thread.case_id == ServiceCase.id)
        .where(
            *_common(ServiceCase, wanted),
            *_of_cases(wanted),
            seen_by(wanted.actor),
            not_(no_business_of(wanted.actor.id)),
        )
    )
    return cast("Select[Any]", found)


def _of_cases(wanted: ServiceFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.work is Work.NUMBER:
        found.append(ServiceCase.topic == _NUMBER)
    elif wanted.work is not None:
        found += [ServiceCase.kind == wanted.work.value, ServiceCase.topic != _NUMBER]
    if wanted.turn is Turn.UNACKNOWLEDGED:
        found.append(ServiceCase.acknowledged_at.is_(None))
    elif wanted.turn is not None:
        found.append(ServiceCase.waits_for == wanted.turn.value)
    return found


def _visitors(wanted: ServiceFilter) -> Select[Any]:
    found = select(
        VisitorComplaint.id,
        VisitorComplaint.public_id,
        VisitorComplaint.reference,
        literal(Work.VISITOR.value).label("work"),
        VisitorComplaint.topic,
        VisitorComplaint.status,
        VisitorComplaint.opened_at,
        VisitorComplaint.answer_by,
        VisitorComplaint.opened_at.label("acknowledged_at"),
        VisitorComplaint.owner_id,
        literal("us").label("waits_for"),
        literal(1).label("review_round"),
        sql_cast(null(), UtcDateTime()).label("waits_since"),
        literal(1).label("is_visitors"),
    ).where(
        *_common(VisitorComplaint, wanted),
        VisitorComplaint.about_staff_id.is_distinct_from(wanted.actor.id),
    )
    return cast("Select[Any]", found)


def _common(model: type[Any], wanted: ServiceFilter) -> list[ColumnElement[bool]]:
    found = [model.status == wanted.standing.value]
    due = {
        Due.OVERDUE: model.answer_by < wanted.now,
        Due.NEAR: and_(model.answer_by >= wanted.now, model.answer_by < wanted.now + NEAR),
        Due.TODAY: and_(model.answer_by >= wanted.now, model.answer_by < wanted.today_ends),
        Due.LATER: model.answer_by >= wanted.today_ends,
    }
    whose = {
        Whose.FREE: model.owner_id.is_(None),
        Whose.MINE: model.owner_id == wanted.actor.id,
        Whose.OTHERS: and_(model.owner_id.is_not(None), model.owner_id != wanted.actor.id),
    }
    if wanted.due is not None:
        found.append(due[wanted.due])
    if wanted.whose is not Whose.ALL:
        found.append(whose[wanted.whose])
    return found


def _capped(wanted: ServiceFilter) -> ColumnElement[int]:
    parts = [
        select(func.count()).select_from(
            _ordered(branch, model, None, is_down=False).limit(COUNTED + 1).subquery()
        )
        for branch, model in _branches(wanted)
    ]
    total: ColumnElement[int] = literal(0)
    for part in parts:
        total = total + part.scalar_subquery()
    return total


def _row(row: Row[Any], wanted: ServiceFilter) -> ServiceRow:
    is_acknowledged = row.acknowledged_at is not None
    is_late = not is_acknowledged and wanted.now > row.opened_at + ACKNOWLEDGE_WITHIN
    return ServiceRow(
        public_id=row.public_id,
        reference=row.reference,
        work=Work(row.work),
        topic=row.topic,
        opened_at=row.opened_at,
        answer_by=row.answer_by,
        due=_due(row.answer_by, wanted),
        status=row.status,
        waits_for=row.waits_for,
        is_late_to_acknowledge=is_late and row.status == "open",
        is_acknowledged=is_acknowledged,
        has_message=row.waits_since is not None,
        is_second_look=row.review_round > 1,
        owner=row.owner,
        is_mine=row.owner_id == wanted.actor.id,
        is_visitors=bool(row.is_visitors),
    )


def _key_of(row: Row[Any], *, is_backwards: bool = False) -> ServiceKey:
    micros = (row.answer_by - _EPOCH) // timedelta(microseconds=1)
    return ServiceKey(micros, bool(row.is_visitors), row.id, is_backwards)


def _due(answer_by: datetime, wanted: ServiceFilter) -> Due:
    if answer_by < wanted.now:
        return Due.OVERDUE
    if answer_by < wanted.now + NEAR:
        return Due.NEAR
    return Due.TODAY if answer_by < wanted.today_ends else Due.LATER
