"""A row in every table: what the stories of the tests leave empty is filled by what the models say of their columns."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import CheckConstraint, Column, String, Table, TypeDecorator, func, select
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.types import TypeEngine

from portal.domain.policy import HardshipReason
from portal.models import Base
from portal.models.sealing import SealedBytes, SealedJson
from tests.people import NOW, TODAY, add_cast, add_loan
from tests.stories import Story

SAID: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "call_task": {"call_id": 1, "amount_minor": 100},
        "contact_wish": {"first_hour": 8, "last_hour": 20, "channels": ["sms"]},
        "demo_message": {"channel": "sms", "mobile": "+8613800138001"},
        "incident": {"kinds": ["names"]},
        "message": {"author": "borrower"},
        "staff_absence": {"until_at": NOW + timedelta(days=1)},
        "staff_invitation": {"roles": ["approver"]},
        "staff_change": {"roles": ["approver"], "roles_before": []},
        "support_reveal": {"until": NOW + timedelta(minutes=5)},
        "support_reading": {"drawn": 0},
        "thread": {"proposal_id": 1},
    }
)
"""What no rule of a single column tells."""
_ONE_OF: Final = re.compile(r"\b(\w+) IN \(((?:'[^']*'(?:, )?)+)\)")


def fill(session: Session) -> Mapping[str, int]:
    """Over a migrated, empty database: how many rows each table has, none 0."""
    cast = add_cast(session)
    Story(session, cast.li_na, add_loan(session, cast.li_na)).submit()
    other = Story(session, cast.wang_qiang, add_loan(session, cast.wang_qiang, ref="L-2"))
    other.submit(reason=HardshipReason.ILLNESS)
    session.flush()
    mappers = {mapper.local_table: mapper for mapper in Base.registry.mappers}
    for table in Base.metadata.sorted_tables:
        if not _count(session, table):
            session.add(_row(session, mappers[table]))
            session.flush()
    return {table.name: _count(session, table) for table in Base.metadata.sorted_tables}


def _count(session: Session, table: Table) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def _row(session: Session, mapper: Mapper[Any]) -> Base:
    """With what has to be there, and each sealed text that may be."""
    table, model = mapper.local_table, mapper.class_
    assert isinstance(table, Table)
    values = {**dict(_values(session, table)), **SAID.get(table.name, {})}
    texts = {
        name: _text(model, name) for name in getattr(model, "SEALED", ()) if table.name != "figure_report"
    }
    row: Base = model(**values, **texts)
    return row


def _text(model: type[Base], name: str) -> Any:
    kind = type(vars(model)[name])
    return {SealedJson: {"field": "typed"}, SealedBytes: b"%PDF-1.7 kept"}.get(kind, f"words of {name}")


def _values(session: Session, table: Table) -> Iterator[tuple[str, Any]]:
    choices = dict(_choices(table))
    for column in table.columns:
        if column.nullable or column.default is not None or (column.primary_key and column.name == "id"):
            continue
        for key in column.foreign_keys:
            yield column.name, session.scalar(select(key.column).order_by(key.column).limit(1))
        if not column.foreign_keys:
            yield column.name, choices.get(column.name) or _value(column, column.type)


def _choices(table: Table) -> Iterator[tuple[str, str]]:
    """The first word of those that a rule allows."""
    for rule in table.constraints:
        if isinstance(rule, CheckConstraint):
            for name, words in _ONE_OF.findall(str(rule.sqltext)):
                yield name, words.split("'")[1]


def _value(column: Column[Any], kind: TypeEngine[Any]) -> Any:
    length = getattr(kind, "length", None)
    if isinstance(kind, String):
        return f"{column.name} of {column.table.name}"[:length]
    values: Mapping[type, Any] = {
        int: 1, bool: False, date: TODAY, datetime: NOW, str: Decimal("3.1"), object: {}, bytes: b"\x01" * 32,
    }  # fmt: skip
    return values[(kind.impl_instance if isinstance(kind, TypeDecorator) else kind).python_type]
