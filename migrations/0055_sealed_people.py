"""Who borrowers are, and what staff's authenticators are made of, stands sealed under a key of each row; numbers and names are found by hash.

Row by row in Python, for the keys lie outside of the database. SQLite overwrites what it lets go of meanwhile; on PostgreSQL the clear
texts are gone from the files with the next ``VACUUM FULL``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from alembic import op

from portal.domain.person_names import folded_name
from portal.models.keyring import keys_of
from portal.models.sealing import RowKey, key_place

revision = "0055"
down_revision = "0054"

AT_ONCE = 500


@dataclass(frozen=True)
class Sealing:
    """A table: its clear columns with their types, what names a row, and what finds a text."""

    table: str
    texts: Mapping[str, sa.types.TypeEngine[str]]
    named_by: Sequence[str]
    optional: frozenset[str] = frozenset()
    found_by: Mapping[str, Callable[[str], str]] | None = None

    @property
    def indexed(self) -> Mapping[str, Callable[[str], str]]:
        return self.found_by or {}

    @property
    def required(self) -> Mapping[str, sa.types.TypeEngine[str]]:
        return {name: kind for name, kind in self.texts.items() if name not in self.optional}


SEALED = (
    Sealing(
        "borrower",
        {"name": sa.String(200), "mobile": sa.String(20), "id_last4": sa.String(4), "email": sa.String(254)},
        ("public_id",),
        frozenset({"email"}),
        {"name": folded_name, "mobile": str},
    ),
    Sealing("number_change", {"old_mobile": sa.String(20), "new_mobile": sa.String(20)}, ("reference",)),
    Sealing("email_address", {"address": sa.String(254)}, ("borrower_id", "address_hash")),
    Sealing("one_time_code", {"mobile": sa.String(20)}, ("seed",), found_by={"mobile": str}),
    Sealing("staff_member", {"totp_secret": sa.String(64)}, ("number",), frozenset({"totp_secret"})),
    Sealing("staff_invitation", {"totp_secret": sa.String(64)}, ("public_id",), frozenset({"totp_secret"})),
)


def upgrade() -> None:
    _overwrite_what_goes()
    for each in SEALED:
        _add_sealed(each)
        _fill(each, _sealed(each))
    _forget_unfinished()
    op.drop_index("ix_borrower_name", "borrower")
    op.drop_index("ix_borrower_mobile", "borrower")
    _check_invitations_by("totp_secret_sealed")
    for each in SEALED:
        for name in each.texts:
            op.drop_column(each.table, name)
    op.create_index(op.f("ix_borrower_name_index"), "borrower", ["name_index"])
    op.create_index(op.f("ix_borrower_mobile_index"), "borrower", ["mobile_index"])


def downgrade() -> None:
    op.drop_index(op.f("ix_borrower_name_index"), "borrower")
    op.drop_index(op.f("ix_borrower_mobile_index"), "borrower")
    for each in SEALED:
        for name, kind in each.texts.items():
            op.add_column(each.table, sa.Column(name, kind, nullable=True))
        _fill(each, _opened(each))
    op.execute("UPDATE one_time_code SET target = mobile WHERE purpose IN ('sign_in', 'new_number')")
    _check_invitations_by("totp_secret")
    for each in SEALED:
        for name in ("data_key", *(f"{text}_sealed" for text in each.texts)):
            op.drop_column(each.table, name)
        for name in each.indexed:
            op.drop_column(each.table, f"{name}_index")
        # SQLite would build the table anew, and rules of columns become rules of the table: earlier migrations could not go down.
        if op.get_bind().dialect.name != "sqlite":
            for name, kind in each.required.items():
                op.alter_column(each.table, name, existing_type=kind, nullable=False)
    op.create_index("ix_borrower_mobile", "borrower", ["mobile"])
    op.create_index("ix_borrower_name", "borrower", ["name"], postgresql_ops={"name": "text_pattern_ops"})


def _check_invitations_by(column: str) -> None:
    """SQLite builds the table anew for it, and lets no column go that a rule still names."""
    name = op.f("ck_staff_invitation_secret_moved")
    with op.batch_alter_table("staff_invitation") as table:
        table.drop_constraint(name, type_="check")
        table.create_check_constraint(name, f"used_at IS NULL OR {column} IS NULL")


def _overwrite_what_goes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.get_bind().connection.cursor().execute("PRAGMA secure_delete = ON")


def _add_sealed(each: Sealing) -> None:
    op.add_column(each.table, sa.Column("data_key", sa.String(160), nullable=True))
    for name in each.texts:
        op.add_column(each.table, sa.Column(f"{name}_sealed", sa.Text(), nullable=True))
    for name in each.indexed:
        op.add_column(each.table, sa.Column(f"{name}_index", sa.String(64), nullable=True))


def _forget_unfinished() -> None:
    """Whoever is signing in at this moment begins anew: a code was kept by its number, and sessions held it."""
    op.execute("UPDATE one_time_code SET target = seed WHERE purpose IN ('sign_in', 'new_number')")
    op.execute("DELETE FROM web_session WHERE audience = 'borrower' AND person_id IS NULL")


def _fill(each: Sealing, change: Callable[[sa.Row[Any]], Mapping[str, Any]]) -> None:
    """Row by row, some at a time, in the order of ids."""
    bind, table = op.get_bind(), sa.table(each.table, sa.column("id"), *map(sa.column, _columns(each)))
    for rows in _rows(each):
        changed = [{"of_id": row.id, **change(row)} for row in rows]
        names = [name for name in changed[0] if name != "of_id"]
        bind.execute(
            sa.update(table)
            .where(table.c.id == sa.bindparam("of_id"))
            .values({name: sa.bindparam(name) for name in names}),
            changed,
        )


def _columns(each: Sealing) -> Sequence[str]:
    return (
        *each.named_by,
        *each.texts,
        "data_key",
        *(f"{name}_sealed" for name in each.texts),
        *(f"{name}_index" for name in each.indexed),
    )


def _rows(each: Sealing) -> Iterator[Sequence[sa.Row[Any]]]:
    table = sa.table(each.table, sa.column("id"), *map(sa.column, _columns(each)))
    after = 0
    while rows := (
        op.get_bind()
        .execute(sa.select(*table.c).where(table.c.id > after).order_by(table.c.id).limit(AT_ONCE))
        .all()
    ):
        yield rows
        after = rows[-1].id


def _name_of(each: Sealing, row: sa.Row[Any]) -> str:
    return ":".join(str(getattr(row, name)) for name in each.named_by)


def _sealed(each: Sealing) -> Callable[[sa.Row[Any]], Mapping[str, Any]]:
    def change(row: sa.Row[Any]) -> Mapping[str, Any]:
        ring, name = keys_of(op.get_bind().dialect), _name_of(each, row)
        key = RowKey.fresh(key_place(each.table, name))
        found: dict[str, Any] = {"data_key": key.kept_under(ring)}
        for text in each.texts:
            value = getattr(row, text)
            found[f"{text}_sealed"] = None if value is None else key.seal((each.table, text, name), value)
        for text, folded in each.indexed.items():
            # One hash wherever it stands: codes are compared with borrowers.
            found[f"{text}_index"] = ring.digest(f"borrower:{text}", folded(getattr(row, text)))
        return found

    return change


def _opened(each: Sealing) -> Callable[[sa.Row[Any]], Mapping[str, Any]]:
    """What was erased becomes an empty text."""

    def change(row: sa.Row[Any]) -> Mapping[str, Any]:
        ring, name = keys_of(op.get_bind().dialect), _name_of(each, row)
        key = RowKey.loaded(row.data_key, ring) if row.data_key else None
        found: dict[str, Any] = {}
        for text in each.texts:
            kept = getattr(row, f"{text}_sealed")
            if kept is None or key is None:
                found[text] = None if text in each.optional else ""
            else:
                found[text] = key.open((each.table, text, name), kept).decode()
        return found

    return change
