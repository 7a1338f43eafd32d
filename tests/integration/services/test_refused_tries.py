"""Refused sign-ins are told to whoever has the login, and to administrators where somebody tries hard."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.db import transaction
from portal.models import RateCount
from portal.services.refused_tries import (
    HARD,
    RefusedTries,
    TriedAccount,
    accounts_tried_hard,
    note_refused,
    take_refused,
)
from tests.databases import Database
from tests.people import NOW, Cast

LATER = NOW + timedelta(hours=3)


def test_they_are_counted_with_their_places_and_told_once(session: Session, cast: Cast) -> None:
    for number in range(7):
        note_refused(session, login=" Zhou.Min", site_key=f"place {number % 3}", now=NOW)
    note_refused(session, login="wu.yan", site_key="place 1", now=NOW)
    assert take_refused(session, login="zhou.min", now=LATER) == RefusedTries(7, 3, NOW)
    assert take_refused(session, login="zhou.min", now=LATER) is None
    note_refused(session, login="zhou.min", site_key="place 1", now=LATER)
    assert take_refused(session, login="zhou.min", now=LATER) == RefusedTries(1, 1, LATER)
    assert take_refused(session, login="wu.yan", now=LATER) == RefusedTries(1, 1, NOW)


def test_after_two_days_they_are_forgotten(session: Session, cast: Cast) -> None:
    note_refused(session, login="zhou.min", site_key="here", now=NOW)
    assert take_refused(session, login="zhou.min", now=NOW + timedelta(days=2)) is None


def test_an_account_that_is_tried_hard_is_named_until_its_owner_signs_in(
    session: Session, cast: Cast
) -> None:
    for number in range(HARD):
        assert accounts_tried_hard(session, now=LATER) == []
        note_refused(session, login="zhou.min", site_key=f"place {number % 2}", now=NOW)
        note_refused(session, login="nobody", site_key="here", now=NOW)
    assert accounts_tried_hard(session, now=LATER) == [
        TriedAccount(cast.zhou_min.number, RefusedTries(HARD, 2, NOW))
    ]
    take_refused(session, login="zhou.min", now=LATER)
    assert accounts_tried_hard(session, now=LATER) == []


def test_of_an_account_that_has_ended_nothing_is_said(session: Session, cast: Cast) -> None:
    for _ in range(HARD):
        note_refused(session, login="zhou.min", site_key="here", now=NOW)
    cast.zhou_min.disabled_at = NOW
    session.merge(cast.zhou_min)
    session.flush()
    assert accounts_tried_hard(session, now=LATER) == []


def test_a_login_that_nobody_has_leaves_the_same_rows(session: Session, cast: Cast) -> None:
    def rows() -> int:
        return session.scalar(select(func.count()).select_from(RateCount)) or 0

    note_refused(session, login="zhou.min", site_key="here", now=NOW)
    known = rows()
    note_refused(session, login="nobody", site_key="here", now=NOW)
    assert rows() == 2 * known == 6


@pytest.mark.postgresql
def test_who_takes_them_waits_at_the_row_of_the_login_and_holds_no_other_meanwhile(
    postgresql_database: Database,
) -> None:
    """Else a refused try and a sign-in by a key would each have a row that the other waits for."""
    engine = postgresql_database.engine
    with transaction(engine) as session:
        note_refused(session, login="zhou.min", site_key="here", now=NOW)
    with transaction(engine) as other:
        note_refused(other, login="zhou.min", site_key="here", now=NOW)
        with transaction(engine) as session:
            session.execute(text("SET LOCAL lock_timeout = '300ms'"))
            with pytest.raises(OperationalError, match="lock timeout") as stopped, session.begin_nested():
                take_refused(session, login="zhou.min", now=LATER)
            assert "FOR UPDATE" in str(stopped.value.statement)
