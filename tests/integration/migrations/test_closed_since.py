"""Loans that were closed before anybody noted since when are so since the day of their book."""

from sqlalchemy import select

from portal.db import migrate, migrate_down, transaction
from portal.models import Loan
from tests.databases import Database
from tests.people import add_cast, add_loan


def test_closed_loans_get_the_day_of_their_book_and_others_none(database: Database) -> None:
    with transaction(database.engine) as session:
        cast = add_cast(session)
        as_of = add_loan(session, cast.li_na, status="closed", late_days=0).as_of
        add_loan(session, cast.wang_qiang, ref="L-2001")
    migrate_down(database.url, "0056")
    migrate(database.url)
    with transaction(database.engine, writes=False) as session:
        known = session.scalars(select(Loan.closed_since).order_by(Loan.loan_ref)).all()
    assert known == [as_of, None]
