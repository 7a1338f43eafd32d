"""Decisions keep all they say when what makes cases alike goes away and comes back."""

from sqlalchemy import select, text

from portal.db import migrate, migrate_down, transaction
from portal.domain.policy import HardshipReason
from portal.models import Decision
from tests.databases import Database
from tests.desk import Approver
from tests.people import add_cast, add_loan
from tests.stories import Story


def test_a_decision_goes_down_and_up_again(database: Database) -> None:
    with transaction(database.engine) as session:
        cast = add_cast(session)
        story = Story(session, cast.li_na, add_loan(session, cast.li_na))
        story.submit(reason=HardshipReason.ILLNESS)
        decision_id = Approver(session, cast.zhou_min, story).take().approve().id
    migrate_down(database.url, "0013")
    with transaction(database.engine, writes=False) as session:
        assert session.execute(text("SELECT id, kind FROM decision")).one() == (decision_id, "approve")
    migrate(database.url)
    with transaction(database.engine, writes=False) as session:
        assert session.scalars(select(Decision.likeness)).all() == [None]
