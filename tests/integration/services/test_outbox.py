"""A piece of work from its claim to its end."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import OutboxItem
from portal.services.outbox import claim_due, enqueue, mark_done, mark_failed
from tests.people import NOW

LATER = timedelta(minutes=1)


def test_what_is_done_is_leased_to_nobody_and_says_no_error_of_an_earlier_try(session: Session) -> None:
    enqueue(session, kind="plan:preview", dedupe_key="plan:preview:1", payload={"version_id": 1}, now=NOW)
    first = claim_due(session, now=NOW)
    assert first is not None
    mark_failed(session, first.id, attempts=first.attempts, error="no font", now=NOW)
    again = claim_due(session, now=NOW + LATER)
    assert again is first
    assert again.leased_until is not None
    mark_done(session, again.id, now=NOW + LATER)
    session.expire_all()
    item = session.scalars(select(OutboxItem)).one()
    assert (item.state, item.done_at, item.leased_until, item.last_error) == (
        "done",
        NOW + LATER,
        None,
        None,
    )
