"""A decision that is held for its minute, and who carries it out after it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.commands.work import HANDLERS
from portal.domain.policy import HardshipReason
from portal.models import OutboxItem
from portal.queries.wholeness import held_without_work
from tests.desk import Approver
from tests.people import Cast
from tests.stories import Story


def test_what_is_held_is_work_that_a_worker_knows_and_due_when_its_minute_is_over(
    session: Session, cast: Cast, story: Story
) -> None:
    story.submit(reason=HardshipReason.ILLNESS)
    decision = Approver(session, cast.zhou_min, story).take().ask()
    item = session.scalars(select(OutboxItem).where(OutboxItem.due_at == decision.goes_out_at)).one()
    assert item.kind in HANDLERS
    assert (item.state, item.payload) == ("open", {"decision_id": decision.id})
    assert held_without_work(session) == 0
