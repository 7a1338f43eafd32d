"""What borrowers sign names them: the content of a plan's version stands sealed under a key of its own row, bound to its hash."""

import json
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from portal.domain.canonical_json import spelt
from portal.models.base import Json
from portal.models.keyring import keys_of
from portal.models.sealing import RowKey, key_place

revision = "0056"
down_revision = "0055"

AT_ONCE = 200
TABLE = "proposal_version"
VERSION = sa.table(
    TABLE,
    sa.column("id"),
    sa.column("content_hash"),
    sa.column("content", Json),
    sa.column("content_sealed"),
    sa.column("data_key"),
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.get_bind().connection.cursor().execute("PRAGMA secure_delete = ON")
    op.add_column(TABLE, sa.Column("data_key", sa.String(160), nullable=True))
    op.add_column(TABLE, sa.Column("content_sealed", sa.Text(), nullable=True))
    ring = keys_of(op.get_bind().dialect)
    for rows in _rows():
        changed = []
        for row in rows:
            key = RowKey.fresh(key_place(TABLE, row.content_hash))
            body = zlib.compress(spelt(row.content).encode(), 1)
            kept = key.seal((TABLE, "content", row.content_hash), body)
            changed.append({"of_id": row.id, "content_sealed": kept, "data_key": key.kept_under(ring)})
        _keep(changed, "content_sealed", "data_key")
    op.drop_column(TABLE, "content")


def downgrade() -> None:
    op.add_column(TABLE, sa.Column("content", Json, nullable=True))
    ring = keys_of(op.get_bind().dialect)
    for rows in _rows():
        _keep([{"of_id": row.id, "content": _opened(row, ring)} for row in rows], "content")
    op.drop_column(TABLE, "content_sealed")
    op.drop_column(TABLE, "data_key")
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column(TABLE, "content", existing_type=Json, nullable=False)


def _opened(row: sa.Row[Any], ring: Any) -> Any:
    """What was erased becomes an empty content."""
    if row.content_sealed is None or row.data_key is None:
        return {}
    key = RowKey.loaded(row.data_key, ring)
    return json.loads(zlib.decompress(key.open((TABLE, "content", row.content_hash), row.content_sealed)))


def _rows() -> Iterator[Sequence[sa.Row[Any]]]:
    after, there = 0, {each["name"] for each in sa.inspect(op.get_bind()).get_columns(TABLE)}
    wanted = [column for column in VERSION.c if column.name in there]
    while rows := (
        op.get_bind()
        .execute(sa.select(*wanted).where(VERSION.c.id > after).order_by(VERSION.c.id).limit(AT_ONCE))
        .all()
    ):
        yield rows
        after = rows[-1].id


def _keep(changed: Sequence[dict[str, Any]], *names: str) -> None:
    values = {name: sa.bindparam(name, type_=VERSION.c[name].type) for name in names}
    op.get_bind().execute(
        sa.update(VERSION).where(VERSION.c.id == sa.bindparam("of_id")).values(values), changed
    )
