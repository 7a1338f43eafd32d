"""Under which data keys rows stand, and which of them stand under one that is no longer the present one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, String, Table, and_, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from portal.models import (
    Attachment,
    Borrower,
    Call,
    CallOverride,
    CaseDecision,
    CorrectionRequest,
    Decision,
    Document,
    EmailAddress,
    FigureReport,
    Hold,
    LegalHold,
    Message,
    NumberChange,
    OneTimeCode,
    ProposalVersion,
    Question,
    Representative,
    ServiceCase,
    StaffInvitation,
    StaffMember,
    SupportEscalation,
    SupportReading,
    SupportWrapUp,
    TypedDraft,
    VisitorComplaint,
)
from portal.models.keyring import OF_SECRET, Keyring, keys_of
from portal.models.sealing import BlindIndex, key_place

SEALED_TABLES: Final[Sequence[Any]] = (
    Borrower,
    NumberChange,
    EmailAddress,
    OneTimeCode,
    StaffMember,
    StaffInvitation,
    ProposalVersion,
    Document,
    Decision,
    Question,
    Message,
    Attachment,
    ServiceCase,
    CaseDecision,
    CorrectionRequest,
    VisitorComplaint,
    Representative,
    Call,
    CallOverride,
    SupportWrapUp,
    SupportEscalation,
    SupportReading,
    Hold,
    LegalHold,
    TypedDraft,
    FigureReport,
)

_SOME: Final = 3


@dataclass(frozen=True, slots=True)
class KeyUse:
    """``rows`` of one table whose keys stand under the key ``name``; "" where they were erased."""

    table: str
    name: str
    rows: int

    @property
    def is_of_secret(self) -> bool:
        return self.name.startswith(OF_SECRET)


def key_uses(session: Session) -> Sequence[KeyUse]:
    """How much stands under which key, table by table."""
    found: list[KeyUse] = []
    for model in SEALED_TABLES:
        kept = type_coerce(model.data_key, String)
        name = func.coalesce(_before_full_stop(session, kept), "").label("name")
        rows = session.execute(select(name, func.count()).group_by(name).order_by(name))
        found += [KeyUse(model.__tablename__, used, count) for used, count in rows]
    return found


def holds_rows(session: Session) -> bool:
    """Whether anything is sealed here; what borrowers attach comes after them."""
    return any(session.scalar(select(row_order(model)[0]).limit(1)) is not None for model in SEALED_TABLES)


def shut_uses(session: Session) -> Sequence[KeyUse]:
    """Of each table and key one row is tried: those where it does not open, for the key is not here or is another of that name."""
    return [use for use in key_uses(session) if use.name and not _opens(session, use)]


def unfindable_uses(session: Session) -> Sequence[KeyUse]:
    """Rows that number and name do not lead to: what they are found by was made with another index key, whose name is told."""
    present = keys_of(session.get_bind().dialect).index[0]
    found: list[KeyUse] = []
    for model in SEALED_TABLES:
        if kept := [type_coerce(column, String) for column in indexes_of(model).values()]:
            some = func.coalesce(*kept) if len(kept) > 1 else kept[0]
            name = _before_full_stop(session, some).label("name")
            rows = session.execute(
                select(name, func.count())
                .where(model.data_key.is_not(None), some.is_not(None))
                .group_by(name)
                .order_by(name)
            )
            found += [KeyUse(model.__tablename__, used, count) for used, count in rows if used != present]
    return found


def newest_shut(session: Session) -> KeyUse | None:
    """The key of the newest rows of a table where none of these opens; one row that was spoilt is no matter of keys."""
    for model in SEALED_TABLES:
        rows = _newest(session, model)
        if rows and not any(map(_row_opens, rows)):
            return KeyUse(model.__tablename__, rows[0].data_key.is_under, len(rows))
    return None


def newest_unfindable(session: Session) -> KeyUse | None:
    """What the newest row of a table is found by, where that was made with another index key. Rotating does the newest last."""
    present = keys_of(session.get_bind().dialect).index[0]
    for model in SEALED_TABLES:
        for row in _newest(session, model)[:1]:
            names = {
                str(kept).partition(".")[0]
                for text in indexes_of(model)
                if (kept := getattr(row, f"{text}_index"))
            }
            if other := names - {present}:
                return KeyUse(model.__tablename__, min(other), 1)
    return None


def _newest(session: Session, model: Any) -> Sequence[Any]:
    return session.scalars(
        select(model).where(model.data_key.is_not(None)).order_by(*_newest_first(model)).limit(_SOME)
    ).all()


def _opens(session: Session, use: KeyUse) -> bool:
    model = next(each for each in SEALED_TABLES if each.__tablename__ == use.table)
    under = type_coerce(model.data_key, String).startswith(f"{use.name}.", autoescape=True)
    row = session.scalars(select(model).where(under).order_by(*_newest_first(model)).limit(1)).first()
    return row is None or _row_opens(row)


def _row_opens(row: Any) -> bool:
    """Whether its key can be had. A text that was spoilt is no matter of keys, and a row may have none."""
    return bool(row.data_key.is_openable(key_place(row.__tablename__, row.row_name(row))))


def row_order(model: Any) -> Sequence[Any]:
    """What names a row to the database; mostly its number, which rises."""
    return [getattr(model, column.name) for column in model.__table__.primary_key]


def _newest_first(model: Any) -> Sequence[Any]:
    return [column.desc() for column in row_order(model)]


def count_stale(session: Session) -> int:
    """Rows that ``portal keys rotate`` has to do with."""
    ring = keys_of(session.get_bind().dialect)
    return sum(
        session.scalar(select(func.count()).select_from(model).where(is_stale(model, ring))) or 0
        for model in SEALED_TABLES
    )


def is_stale(model: Any, ring: Keyring) -> ColumnElement[bool]:
    """Under another key than the present one, or found by a hash of another key; what was erased is not."""
    wanted = [(model.data_key, ring.current)]
    wanted += [(column, ring.index[0]) for column in indexes_of(model).values()]
    stale = [~type_coerce(column, String).startswith(f"{name}.", autoescape=True) for column, name in wanted]
    return and_(model.data_key.is_not(None), or_(*stale))


def indexes_of(model: Any) -> Mapping[str, Any]:
    """The columns of hashes, by the names of the texts that they find."""
    table: Table = model.__table__
    return {
        column.name.removesuffix("_index"): getattr(model, column.name)
        for column in table.c
        if isinstance(column.type, BlindIndex)
    }


def _before_full_stop(session: Session, kept: ColumnElement[str]) -> ColumnElement[str]:
    if session.get_bind().dialect.name == "sqlite":
        return func.substr(kept, 1, func.instr(kept, ".") - 1)
    return func.split_part(kept, ".", 1)
