"""Putting rows' keys under the present data key, and making anew what numbers and names are found by: in steps, each a transaction."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import and_, bindparam, select, update
from sqlalchemy.orm import Session

from portal.models.keyring import Keyring, keys_of
from portal.models.sealing import SealedRow, key_place
from portal.queries.key_uses import indexes_of, is_stale, row_order

AT_ONCE: Final = 500
_OF: Final = "of "
"""How parameters begin that name a row; no column does."""


def rotate_some(session: Session, model: Any, *, at_once: int = AT_ONCE) -> int:
    """Some rows of one table that stand under another key; how many. What was done is not found again, so this may end anywhere.

    Texts stay as they are: only what their row's key is wrapped in changes. Raises ``SealBrokenError``.
    """
    ring = keys_of(session.get_bind().dialect)
    rows = session.scalars(
        select(model)
        .where(is_stale(model, ring))
        .order_by(*row_order(model))
        .limit(at_once)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if not rows:
        return 0
    changed = [_renewed(model, row, ring) for row in rows]
    table, names = model.__table__, [name for name in changed[0] if not name.startswith(_OF)]
    session.connection().execute(
        update(table)
        .where(and_(*(column == bindparam(f"{_OF}{column.name}") for column in table.primary_key)))
        .values({name: bindparam(name, type_=table.c[name].type) for name in names}),
        changed,
    )
    session.expunge_all()
    return len(rows)


def _renewed(model: Any, row: Any, ring: Keyring) -> Mapping[str, Any]:
    place = key_place(model.__tablename__, model.row_name(row))
    found = {f"{text}_index": _found_by(model, text, row, ring) for text in indexes_of(model)}
    named = {f"{_OF}{column.name}": getattr(row, column.name) for column in model.__table__.primary_key}
    return {**named, "data_key": row.data_key.wrapped_anew(place, ring), **found}


def _found_by(model: type[SealedRow], text: str, row: Any, ring: Keyring) -> str | None:
    """A hash of the present key stays; only for another is the text opened."""
    kept: str | None = getattr(row, f"{text}_index")
    if kept is not None and kept.startswith(f"{ring.index[0]}."):
        return kept
    found: str | None = getattr(model, text).looked_for(row)
    return found
