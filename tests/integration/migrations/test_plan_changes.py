"""Plans in force and replaced ones, down and up again: nothing that hangs on a proposal goes with its check."""

from collections.abc import Sequence

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from portal.db import migrate, migrate_down, transaction
from portal.models import Proposal, ProposalVersion
from tests.databases import Database
from tests.people import add_cast, add_loan
from tests.stories import Story


def replaced(database: Database) -> None:
    """One plan is in force, another of the same loan was replaced."""
    with transaction(database.engine) as session:
        cast = add_cast(session)
        loan = add_loan(session, cast.li_na)
        first = Story(session, cast.li_na, loan)
        assert first.submit() == "approved"
        first.proposal.status = "superseded"
        session.flush()
        second = Story(session, cast.li_na, loan)
        assert second.submit({"kind": "catch_up", "installments": 5, "day_of_month": 20}) == "approved"
        second.proposal.replaces_id = first.proposal.id


def statuses(database: Database) -> Sequence[str]:
    with transaction(database.engine, writes=False) as session:
        return list(session.scalars(text("SELECT status FROM proposal ORDER BY id")))


def test_what_was_replaced_goes_down_as_ended_and_its_versions_stay(database: Database) -> None:
    replaced(database)
    migrate_down(database.url, "0006")
    assert statuses(database) == ["terminated", "approved"]
    migrate(database.url)
    assert statuses(database) == ["terminated", "approved"]
    with transaction(database.engine, writes=False) as session:
        assert session.scalar(select(func.count()).select_from(ProposalVersion)) == 2
        assert session.scalars(select(Proposal.replaces_id)).all() == [None, None]


def test_the_check_names_the_new_status_and_still_refuses_any_other(database: Database) -> None:
    replaced(database)
    migrate_down(database.url, "0006")
    migrate(database.url)
    with transaction(database.engine) as session:
        session.execute(text("UPDATE proposal SET status = 'superseded' WHERE status = 'terminated'"))
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(text("UPDATE proposal SET status = 'nonsense'"))
    assert statuses(database) == ["superseded", "approved"]
