"""Some loans, said of the table that they are chosen in and of what is joined to it."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from portal.db import transaction
from portal.models import Loan
from portal.queries.call_candidates import changed_candidates
from portal.queries.standings import LoanRange, Loans, LoanSet
from portal.services.bulk_rows import give_room
from tests.databases import Database
from tests.people import TODAY, add_cast, add_loan


@pytest.mark.parametrize(
    ("loans", "held", "near"),
    [
        (LoanRange(1, 4), [2, 3, 4], [2, 3, 4]),
        (LoanSet([2, 4]), [2, 4], [2, 3, 4]),
        (LoanSet([3]), [3], [3]),
        (LoanSet([]), [], []),
    ],
    ids=["range", "two", "one", "none"],
)
def test_near_some_loans_are_those_and_what_lies_between(
    session: Session, loans: Loans, held: Sequence[int], near: Sequence[int]
) -> None:
    cast = add_cast(session)
    for number in range(1, 6):
        add_loan(session, cast.li_na, ref=f"L-{number}").id = number
    session.flush()
    ids = select(Loan.id).order_by(Loan.id)
    assert session.scalars(ids.where(loans.holds(Loan.id))).all() == held
    assert session.scalars(ids.where(loans.is_near(Loan.id))).all() == near


def test_a_list_of_loans_is_looked_through_for_one_table_of_a_join() -> None:
    """Said of the list of calls as well, PostgreSQL read all of it for each range of loans: half of a day over a million."""
    statement = changed_candidates(LoanSet([1, 2]), on=TODAY)
    assert str(statement.compile(dialect=postgresql.dialect())).count("= ANY (") == 1  # type: ignore[no-untyped-call]


def test_a_range_of_loans_is_gone_over_in_memory_and_without_compiling(postgresql_database: Database) -> None:
    with transaction(postgresql_database.engine) as session:
        give_room(session)
        shown = [session.scalar(text(f"SHOW {name}")) for name in ("work_mem", "jit")]
    assert shown == ["64MB", "off"]
