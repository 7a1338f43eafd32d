"""When a worker keeps the record: places every five seconds, a checkpoint a minute, and what it does when something is wrong."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine

from portal.commands.record_keeping import RecordBrokenError, RecordKeeper
from portal.commands.record_stamping import CheckpointStamping
from portal.config import Config
from portal.db import transaction
from portal.domain.errors import DomainError
from portal.queries.record_lag import record_lag

log = structlog.get_logger()
PLACE_EVERY = timedelta(seconds=5)
"""How long a new event may stand without a place while a worker runs."""
LONGEST_WAIT = timedelta(hours=1)
"""Between two looks at a record that was found broken: each goes over all of it."""
ALARM_EVERY = timedelta(minutes=1)


class RecordWatch:
    """One worker's turns. Checkpoints are a minute apart (``checkpoint_seconds``): often enough that little can be rewritten behind
    the newest, and seldom enough that a year of them (half a million at most) is gone through at a start.
    """

    def __init__(
        self,
        keeper: RecordKeeper,
        engine: Engine,
        config: Config,
        *,
        stamping: CheckpointStamping | None = None,
    ) -> None:
        self._keeper, self._engine, self._stamping = keeper, engine, stamping
        self._sign_every = timedelta(seconds=config.checkpoint_seconds)
        self._most_lag = config.record_lag_seconds
        self._next: datetime | None = None
        self._signed_at: datetime | None = None
        self._alarmed_at: datetime | None = None
        self._wait = PLACE_EVERY
        self._is_first = True

    def turn(self, now: datetime) -> None:
        """Keep the record where it is time to; what is wrong with the record is told in the log."""
        if self._next is not None and timedelta(0) < self._next - now <= LONGEST_WAIT:
            return
        self._next = now + self._wait
        try:
            self._keep(now)
        except RecordBrokenError as error:
            self._back_off(now, str(error))
        finally:
            self._tell_lag(now)

    def _keep(self, now: datetime) -> None:
        last = self._signed_at
        self._keeper.place()
        if self._is_first:
            self._keeper.store.repeat_newest()
            self._is_first = False  # not before: what could not be written is tried again
        if last is None or self._wait > PLACE_EVERY:
            self._keeper.store.say_broken(None)
        self._wait, self._next = PLACE_EVERY, now + PLACE_EVERY
        if self._keeper.has_news and (last is None or not timedelta(0) <= now - last < self._sign_every):
            self._keeper.sign()
            self._signed_at = now
        self._stamp(now)

    def _stamp(self, now: datetime) -> None:
        """Where the authority does not answer, the record is kept all the same."""
        if self._stamping is None:
            return
        try:
            self._stamping.turn(now)
        except DomainError as error:
            log.error("checkpoint_stamp_failed", why=str(error.details.get("reason", error.code)))  # noqa: TRY400 - an authority outside, no fault of the code

    def _back_off(self, now: datetime, why: str) -> None:
        """Looking again costs reading all of it, and somebody has to look first: each time twice as long."""
        self._keeper.store.say_broken(why)
        self._wait = min(self._wait * 2, LONGEST_WAIT)
        self._next = now + self._wait
        log.error("record_broken", why=why, next_look_in=round(self._wait.total_seconds()))

    def _tell_lag(self, now: datetime) -> None:
        """An alarm a minute while the newest events wait for a checkpoint longer than they may."""
        with transaction(self._engine, writes=False) as session:
            lag = record_lag(session, self._keeper.signed)
        is_told = self._alarmed_at is not None and timedelta(0) <= now - self._alarmed_at < ALARM_EVERY
        if lag.seconds(now) > self._most_lag and not is_told:
            self._alarmed_at = now
            log.error("record_late", events=lag.events, seconds=lag.seconds(now), most=self._most_lag)
