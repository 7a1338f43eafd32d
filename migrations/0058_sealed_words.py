"""What people write stands sealed under a key of each row: messages, cases, answers, notes, drafts that are being typed.

Some rows at a time in Python, for the keys lie outside of the database. SQLite overwrites what it lets go of meanwhile; on PostgreSQL
the clear texts are gone from the files with the next ``VACUUM FULL``.
"""

import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from portal.domain.canonical_json import spelt
from portal.models.base import Json, UtcDateTime
from portal.models.keyring import keys_of
from portal.models.sealing import RowKey, key_place

revision = "0058"
down_revision = "0057"

AT_ONCE = 500


@dataclass(frozen=True)
class Sealing:
    """A table: its clear columns with their types, what names a row in seals, and by what the database knows it."""

    table: str
    texts: Mapping[str, sa.types.TypeEngine[Any]]
    named_by: Sequence[str]
    known_by: Sequence[str] = ("id",)
    of_type: tuple[tuple[str, sa.types.TypeEngine[Any]], ...] = ()

    @property
    def clear(self) -> sa.TableClause:
        return self._with(*(sa.column(name, kind) for name, kind in self.texts.items()))

    @property
    def sealed(self) -> sa.TableClause:
        return self._with(sa.column("data_key"), *(sa.column(f"{name}_sealed") for name in self.texts))

    def _with(self, *columns: sa.ColumnClause[Any]) -> sa.TableClause:
        kinds = dict(self.of_type)
        named = dict.fromkeys((*self.known_by, *self.named_by))
        return sa.table(self.table, *(sa.column(name, kinds.get(name)) for name in named), *columns)


SEALED = (
    Sealing("message", {"body": sa.Text()}, ("public_id",)),
    Sealing("attachment", {"name": sa.String(120)}, ("public_id",)),
    Sealing("service_case", {"body": sa.Text()}, ("public_id",)),
    Sealing("case_decision", {"words": sa.Text()}, ("case_id", "review_round")),
    Sealing(
        "correction_request",
        {"is_wrong": sa.Text(), "should_be": sa.Text(), "answer_words": sa.Text()},
        ("reference",),
    ),
    Sealing(
        "visitor_complaint",
        {"body": sa.Text(), "reply_to": sa.String(120), "answer": sa.Text()},
        ("public_id",),
    ),
    Sealing("representative", {"name": sa.String(100), "contact": sa.String(200)}, ("case_id",)),
    Sealing("call", {"note": sa.String(500)}, ("contact_id",)),
    Sealing("call_override", {"explanation": sa.String(300)}, ("public_id",)),
    Sealing("support_wrap_up", {"note": sa.String(500)}, ("call_id",), known_by=("call_id",)),
    Sealing("support_escalation", {"explanation": sa.String(500), "answer": sa.String(500)}, ("public_id",)),
    Sealing("support_reading", {"remark": sa.String(500)}, ("call_id",), known_by=("call_id",)),
    Sealing(
        "decision",
        {"second_note": sa.Text(), "reason_text": sa.Text(), "would_accept": sa.Text()},
        ("proposal_id", "review_round", "decided_at"),
        of_type=(("decided_at", UtcDateTime()),),
    ),
    Sealing("question", {"reply": sa.Text()}, ("decision_id",)),
    Sealing(
        "legal_hold",
        {"note": sa.String(200)},
        ("borrower_id", "loan_id", "started_at"),
        of_type=(("started_at", UtcDateTime()),),
    ),
    Sealing(
        "hold",
        {"note": sa.String(200)},
        ("loan_id", "kind", "started_at"),
        of_type=(("started_at", UtcDateTime()),),
    ),
    Sealing("typed_draft", {"fields": Json}, ("borrower_id", "path"), known_by=("borrower_id", "path")),
)


# A pause that staff set by hand had what they wrote as its reason; what a call set has words of the house there.
BY_HAND = "set by hand"
OF_THE_HOUSE = ("said in a call", "said on the telephone", "said in a support call")
HOLD = sa.table("hold", *map(sa.column, ("reason", "note", "started_by", "evidence")))
IS_NOTE = sa.and_(HOLD.c.started_by.is_not(None), HOLD.c.evidence != "", HOLD.c.reason.not_in(OF_THE_HOUSE))


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.get_bind().connection.cursor().execute("PRAGMA secure_delete = ON")
    _refuse_other_keys()
    # All tables first: whoever uses one of them is met at once, and not after thousands of rows were sealed.
    for each in SEALED:
        op.add_column(each.table, sa.Column("data_key", sa.String(160), nullable=True))
        for name in each.texts:
            op.add_column(each.table, sa.Column(f"{name}_sealed", sa.Text(), nullable=True))
    op.add_column("hold", sa.Column("note", sa.String(200), nullable=True))
    op.execute(sa.update(HOLD).where(IS_NOTE).values(note=HOLD.c.reason, reason=BY_HAND))
    for each in SEALED:
        _fill(each, each.clear, _sealed)
        for name in each.texts:
            op.drop_column(each.table, name)


def downgrade() -> None:
    for each in reversed(SEALED):
        for name, kind in each.texts.items():
            op.add_column(each.table, sa.Column(name, kind, nullable=True))
        _fill(each, each.sealed, _opened)
        if each.table == "hold":
            op.execute(sa.update(HOLD).where(HOLD.c.note != "").values(reason=HOLD.c.note))
            op.drop_column("hold", "note")
        for name in ("data_key", *(f"{text}_sealed" for text in each.texts)):
            op.drop_column(each.table, name)
        # SQLite would build the table anew, and rules of columns become rules of the table: earlier migrations could not go down.
        if op.get_bind().dialect.name != "sqlite" and each.table != "hold":
            for name, kind in each.texts.items():
                op.alter_column(each.table, name, existing_type=kind, nullable=False)


def _refuse_other_keys() -> None:
    """Before the clear texts go: a shell without the service's settings would seal them under a key that nobody keeps."""
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


def _fill(
    each: Sealing,
    asked: sa.TableClause,
    change: Callable[[Sealing, sa.Row[Any]], Mapping[str, Any]],
) -> None:
    """Row by row, some at a time, in the order of what the database knows them by."""
    written = each.sealed if change is _sealed else each.clear
    known = [written.c[name] for name in each.known_by]
    for rows in _rows(each, asked):
        changed = [
            {**{f"of_{name}": getattr(row, name) for name in each.known_by}, **change(each, row)}
            for row in rows
        ]
        names = [name for name in changed[0] if not name.startswith("of_")]
        op.get_bind().execute(
            sa.update(written)
            .where(sa.and_(*(column == sa.bindparam(f"of_{column.name}") for column in known)))
            .values({name: sa.bindparam(name, type_=written.c[name].type) for name in names}),
            changed,
        )


def _rows(each: Sealing, table: sa.TableClause) -> Iterator[Sequence[sa.Row[Any]]]:
    known = [table.c[name] for name in each.known_by]
    after: Sequence[Any] = ()
    while True:
        wanted = sa.select(*table.c).order_by(*known).limit(AT_ONCE)
        if after:
            wanted = wanted.where(sa.tuple_(*known) > sa.tuple_(*map(sa.literal, after)))
        rows = op.get_bind().execute(wanted).all()
        if not rows:
            return
        yield rows
        after = [getattr(rows[-1], name) for name in each.known_by]


def _name_of(each: Sealing, row: sa.Row[Any]) -> str:
    return ":".join(_part(getattr(row, name)) for name in each.named_by)


def _part(value: Any) -> str:
    """Of what may be missing, 0."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value or 0)


def _sealed(each: Sealing, row: sa.Row[Any]) -> Mapping[str, Any]:
    name = _name_of(each, row)
    key = RowKey.fresh(key_place(each.table, name))
    found: dict[str, Any] = {"data_key": key.kept_under(keys_of(op.get_bind().dialect))}
    for text in each.texts:
        plain = _written(getattr(row, text))
        found[f"{text}_sealed"] = key.seal((each.table, text, name), plain) if plain else None
    return found


def _written(value: Any) -> bytes:
    """No words are nothing to seal; JSON is made small."""
    if isinstance(value, str) or value is None:
        return (value or "").encode()
    return zlib.compress(spelt(value).encode(), 1)


def _opened(each: Sealing, row: sa.Row[Any]) -> Mapping[str, Any]:
    """What was erased becomes an empty text."""
    name = _name_of(each, row)
    key = RowKey.loaded(row.data_key, keys_of(op.get_bind().dialect)) if row.data_key else None
    found: dict[str, Any] = {}
    for text, kind in each.texts.items():
        kept = getattr(row, f"{text}_sealed")
        plain = key.open((each.table, text, name), kept) if kept and key else None
        if kind is Json:
            found[text] = json.loads(zlib.decompress(plain)) if plain else {}
        else:
            found[text] = plain.decode() if plain else ""
    return found
