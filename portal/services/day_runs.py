"""The run of a business date: begun once, taken further step by step with what each step did, finished."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.day_runs import Part, refuse_day
from portal.domain.errors import Conflict
from portal.domain.permissions import Actor
from portal.models import DayRun
from portal.services.record import record


def find_day(session: Session, on: date | None = None) -> DayRun | None:
    """The run of a date, or the newest."""
    wanted = select(DayRun).order_by(DayRun.business_date.desc()).limit(1)
    return session.scalar(wanted if on is None else wanted.where(DayRun.business_date == on))


def begin_day(session: Session, *, on: date, today: date, now: datetime) -> DayRun:
    """The run of a date: the one that was begun, or a new one. An older one that was not finished comes first, and is returned instead.

    Raises ``day_to_come``; ``Conflict("day_is_over")`` where a later date was run.
    """
    last = find_day(session)
    refuse_day(on, today=today, last=last.business_date if last else None)
    if last is not None and (last.business_date == on or last.finished_at is None):
        return last
    run = DayRun(
        business_date=on,
        previous_on=last.business_date if last else None,
        part=Part.EXPIRY.value,
        after_id=0,
        counts={},
        started_at=now,
    )
    session.add(run)
    session.flush()
    return run


def take_further(
    session: Session, *, run_id: int, part: Part, after_id: int, to: tuple[Part, int], did: Mapping[str, int]
) -> None:
    """Keep how far the run is, and what a step did, in the transaction of that step.

    Raises ``Conflict("day_taken_over")`` where it is not where the caller left it: somebody else runs it.
    """
    run = session.get_one(DayRun, run_id, with_for_update=True, populate_existing=True)
    if (run.part, run.after_id) != (part.value, after_id):
        raise Conflict("day_taken_over")
    run.part, run.after_id = to[0].value, to[1]
    if any(did.values()):
        run.counts = dict(Counter(run.counts) + Counter(did))
    session.flush()


def finish_day(session: Session, actor: Actor, *, run_id: int, now: datetime) -> None:
    """Everything of the date is done."""
    run = session.get_one(DayRun, run_id, with_for_update=True, populate_existing=True)
    if run.finished_at is not None:
        return
    run.finished_at = now
    on = run.business_date.isoformat()
    record(session, actor, "day:finished", now=now, business_date=on, counts=dict(run.counts))
