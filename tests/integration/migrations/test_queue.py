"""What waits goes down and comes up again with what the queue shows of it."""

from sqlalchemy import text

from portal.db import migrate, migrate_down, transaction
from portal.domain.policy import HardshipReason
from portal.models import ReviewItem
from tests.databases import Database
from tests.people import add_cast, add_loan
from tests.stories import Story


def test_what_waits_keeps_its_place_and_gets_since_when_and_by_whom(database: Database) -> None:
    with transaction(database.engine) as session:
        cast = add_cast(session)
        story = Story(session, cast.li_na, add_loan(session, cast.li_na))
        story.submit(reason=HardshipReason.ILLNESS)
        story.proposal.drafted_by_staff_id = cast.chen_chen.id
        proposal_id, submitted_at, drafter = story.proposal.id, story.proposal.submitted_at, cast.chen_chen.id
    migrate_down(database.url, "0014")
    with transaction(database.engine, writes=False) as session:
        assert session.scalar(text("SELECT dpd FROM review_item")) == 42
    migrate(database.url)
    with transaction(database.engine, writes=False) as session:
        item = session.get_one(ReviewItem, proposal_id)
        assert (item.queued_at, item.drafted_by, item.plan_cost_minor) == (submitted_at, drafter, None)
