"""Decisions keep all they say when the database stops asking for reasons and asks again; and it refuses what has none."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from portal.db import migrate, migrate_down, transaction
from portal.domain.policy import HardshipReason
from portal.models import Decision
from tests.databases import Database
from tests.desk import THREE_MONTHS, Approver
from tests.people import add_cast, add_loan
from tests.stories import Story


def test_a_decision_goes_down_and_up_again(database: Database) -> None:
    with transaction(database.engine) as session:
        cast = add_cast(session)
        story = Story(session, cast.li_na, add_loan(session, cast.li_na))
        story.submit(reason=HardshipReason.ILLNESS)
        Approver(session, cast.zhou_min, story).take().counter(THREE_MONTHS)
    migrate_down(database.url, "0018")
    migrate(database.url)
    with transaction(database.engine, writes=False) as session:
        decision = session.scalars(select(Decision)).one()
        assert decision.needs_second
        assert decision.second_because


@pytest.mark.parametrize("change", ["needs_second = FALSE", "second_because = '[]'"])
def test_a_second_without_a_reason_or_the_reverse_is_refused(database: Database, change: str) -> None:
    with transaction(database.engine) as session:
        cast = add_cast(session)
        story = Story(session, cast.li_na, add_loan(session, cast.li_na))
        story.submit(reason=HardshipReason.ILLNESS)
        Approver(session, cast.zhou_min, story).take().counter(THREE_MONTHS)
    with (
        pytest.raises(IntegrityError, match="second_has_reasons"),
        transaction(database.engine) as session,
    ):
        session.execute(text(f"UPDATE decision SET {change}"))
