"""Drawn documents stand sealed under a key of each row: a PDF names who signed. Reports of figures, too, though they name nobody.

Some rows at a time in Python, for the keys lie outside of the database, and in their place. SQLite overwrites what it lets go of
meanwhile; on PostgreSQL the clear bytes are gone from the files with the next ``VACUUM FULL``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from portal.models.keyring import keys_of
from portal.models.sealing import RowKey, key_place

revision = "0059"
down_revision = "0058"

AT_ONCE = 20
NAMED_BY = {"document": "sha256", "figure_report": "public_id"}
"""Tables, and what names a row of theirs in seals."""
Change = Callable[[str, sa.Row[Any]], Mapping[str, Any]]


def upgrade() -> None:
    _overwrite_what_goes()
    _refuse_other_keys()
    # Both tables first: whoever uses one of them is met at once, and not after thousands of rows were sealed.
    for table in NAMED_BY:
        op.add_column(table, sa.Column("data_key", sa.String(160), nullable=True))
        op.alter_column(table, "body", new_column_name="body_sealed")
    for table in NAMED_BY:
        _fill(table, _sealed)


def downgrade() -> None:
    _overwrite_what_goes()
    for table in NAMED_BY:
        _fill(table, _opened)
        op.alter_column(table, "body_sealed", new_column_name="body")
        op.drop_column(table, "data_key")


def _overwrite_what_goes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.get_bind().connection.cursor().execute("PRAGMA secure_delete = ON")


def _refuse_other_keys() -> None:
    """Before the clear bytes go: a shell without the service's settings would seal them under a key that nobody keeps."""
    people = sa.table("borrower", *map(sa.column, ("id", "public_id", "data_key")))
    newest = sa.select(people).where(people.c.data_key.is_not(None)).order_by(people.c.id.desc()).limit(3)
    ring = keys_of(op.get_bind().dialect)
    rows = op.get_bind().execute(newest).all()
    if rows and not any(
        RowKey.loaded(row.data_key, ring).is_openable(key_place("borrower", row.public_id)) for row in rows
    ):
        raise RuntimeError(
            "names and numbers stand sealed under a data key that is not here: nothing was changed. Run it with the settings of"
            " the service (PORTAL_DATA_KEYS, PORTAL_SECRET_KEY, PORTAL_DATA_DIR)."
        )


def _fill(table: str, change: Change) -> None:
    """Row by row, some at a time, in the order of ids."""
    kept = _columns(table)
    for rows in _rows(kept):
        op.get_bind().execute(
            sa.update(kept)
            .where(kept.c.id == sa.bindparam("of_id"))
            .values(
                {name: sa.bindparam(name, type_=kept.c[name].type) for name in ("data_key", "body_sealed")}
            ),
            [{"of_id": row.id, **change(table, row)} for row in rows],
        )


def _columns(table: str) -> sa.TableClause:
    return sa.table(
        table,
        sa.column("id"),
        sa.column(NAMED_BY[table]),
        sa.column("data_key", sa.String()),
        sa.column("body_sealed", sa.LargeBinary()),
    )


def _rows(kept: sa.TableClause) -> Iterator[Sequence[sa.Row[Any]]]:
    after = 0
    while rows := (
        op.get_bind()
        .execute(sa.select(*kept.c).where(kept.c.id > after).order_by(kept.c.id).limit(AT_ONCE))
        .all()
    ):
        yield rows
        after = rows[-1].id


def _sealed(table: str, row: sa.Row[Any]) -> Mapping[str, Any]:
    """An erased document has no bytes, and needs no key; a report that waits to be drawn has none yet, and does."""
    if row.body_sealed == b"":
        return {"data_key": None, "body_sealed": b""}
    name = getattr(row, NAMED_BY[table])
    key = RowKey.fresh(key_place(table, name))
    body = None if row.body_sealed is None else key.seal_bytes((table, "body", name), row.body_sealed)
    return {"data_key": key.kept_under(keys_of(op.get_bind().dialect)), "body_sealed": body}


def _opened(table: str, row: sa.Row[Any]) -> Mapping[str, Any]:
    if not row.body_sealed or row.data_key is None:
        return {"data_key": row.data_key, "body_sealed": row.body_sealed}
    key = RowKey.loaded(row.data_key, keys_of(op.get_bind().dialect))
    body = key.open_bytes((table, "body", getattr(row, NAMED_BY[table])), row.body_sealed)
    return {"data_key": row.data_key, "body_sealed": body}
