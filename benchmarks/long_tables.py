"""Makes the tables of a small world long, on PostgreSQL: a synthetic book beside its loans, and copies of what hangs on them."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import String, Table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from benchmarks.synthetic_book import fill, tidy
from portal.db import transaction
from portal.models import Base
from portal.queries.standings import LoanRange
from portal.services.standings import take_up_loans
from tests.databases import Database

AHEAD: Final = 10_000_000
"""Ids of what is made here begin behind it."""
MOST_COPIES: Final = 100_000
_BOOK: Final = frozenset(
    {"borrower", "loan", "installment", "payment", "loan_standing", "event", "record_leaf", "document"}
)
_OWNERS: Final = frozenset({"borrower", "loan", "proposal"})


def multiply(database: Database, loans: int) -> None:
    """So many loans; of everything else that there is something of, a copy a loan, 100,000 at most; as many events as loans."""
    fill(database.url, loans, ahead=AHEAD)
    copies = min(loans, MOST_COPIES)
    with transaction(database.engine) as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        take_up_loans(session, LoanRange(AHEAD, AHEAD + loans))
        for table in Base.metadata.sorted_tables:
            if table.name not in _BOOK:
                _copied(session, table, copies)
        copy_events(session, loans)
    tidy(database.engine)


def _copied(session: Session, table: Table, copies: int) -> None:
    """What is one of its kind by a rule of the table stays short."""
    names, values = zip(*_values(table), strict=True)
    key = ", ".join(column.name for column in table.primary_key.columns)
    statement = (
        f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {', '.join(values)} FROM"
        f" (SELECT * FROM {table.name} ORDER BY {key} DESC LIMIT 1) t, generate_series(1, {copies}) n"
    )
    try:
        with session.begin_nested():
            session.execute(text(statement))
    except DBAPIError:
        return


def _values(table: Table) -> Iterator[tuple[str, str]]:
    for column in table.columns:
        owner = next((key.column.table.name for key in column.foreign_keys), "")
        if (column.name == "id" and column.primary_key) or owner in _OWNERS:
            yield column.name, f"CASE WHEN t.{column.name} IS NULL THEN NULL ELSE {AHEAD} + n END"
        elif column.unique and isinstance(column.type, String):
            yield column.name, f"left(md5('{column.name}' || n), {column.type.length or 32})"
        elif column.unique:
            yield column.name, "NULL" if column.nullable else f"t.{column.name}"
        else:
            yield column.name, f"t.{column.name}"


def copy_events(session: Session, count: int) -> None:
    """What events there are again and again, ten a proposal, each round a minute earlier."""
    session.execute(
        text(
            f"""
    INSERT INTO event (id, name, at, actor_kind, actor_id, request_id, borrower_id, loan_id, proposal_id, fields, salt)
    SELECT {AHEAD} + n, name, at - interval '1 minute' * (n / 1000), actor_kind, actor_id, left(md5('r' || n), 16),
        {AHEAD} + n, {AHEAD} + n, CASE WHEN proposal_id IS NULL THEN NULL ELSE {AHEAD} + n / 10 END, fields, salt
    FROM generate_series(1, {count}) n
    JOIN (SELECT row_number() OVER (ORDER BY id) - 1 AS place, e.* FROM event e) e ON e.place = n % :there"""
        ),
        {"there": session.scalar(text("SELECT count(*) FROM event"))},
    )
