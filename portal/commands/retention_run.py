"""A run over all classes: what it would do, and doing it, each step in a transaction of its own."""

from collections import Counter
from collections.abc import Callable, Sequence

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.clock import Clock
from portal.db import transaction
from portal.domain.permissions import SYSTEM
from portal.domain.retention import RETENTIONS, DataClass, Stays
from portal.models import RetentionRun
from portal.queries.retention import Counted, count_kept
from portal.services.attachment_retention import Sweep, Swept, erase_due_attachments
from portal.services.retention import (
    NotErased,
    Reached,
    begin_retention,
    erase_some,
    finish_retention,
    note_erased,
)


class RetentionRunner:
    """``tell`` hears how many rows more are gone."""

    def __init__(
        self, engine: Engine, clock: Clock, *, tell: Callable[[int], None] = lambda _more: None
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._tell = tell
        self.failed: list[NotErased] = []
        """Rows of the last run that could not be erased; the others went."""

    def preview(self) -> Sequence[Counted]:
        """Nothing is changed, and no row is locked."""
        return [self._count(data) for data in RETENTIONS]

    def run(self) -> RetentionRun:
        """All that is due now. What a stopped run left is due still, so that it needs no more than to begin again."""
        self.failed = []
        with transaction(self._engine) as session:
            run_id = begin_retention(session, on=self._clock.today(), now=self._clock.now()).id
        for data in RETENTIONS:
            if data is DataClass.FILES:
                self._erase_files(run_id)
            else:
                self._erase(run_id, data)
        with transaction(self._engine) as session:
            return finish_retention(session, SYSTEM, run_id=run_id, now=self._clock.now())

    def _erase(self, run_id: int, data: DataClass) -> None:
        after: Reached | None = Reached()
        while after is not None:
            with transaction(self._engine) as session:
                step = erase_some(
                    session,
                    SYSTEM,
                    run_id=run_id,
                    data=data,
                    zone=self._clock.zone,
                    now=self._clock.now(),
                    after=after,
                )
            self.failed += step.failed
            self._tell(step.rows)
            after = step.reached

    def _erase_files(self, run_id: int) -> None:
        after: int | None = 0
        while after is not None:
            with transaction(self._engine) as session:
                run = session.get_one(RetentionRun, run_id, with_for_update=True, populate_existing=True)
                swept = self._sweep(session, after, is_dry_run=False)
                note_erased(
                    session,
                    SYSTEM,
                    run=run,
                    data=DataClass.FILES,
                    rows=swept.erased,
                    now=self._clock.now(),
                )
            self._tell(swept.erased)
            after = swept.last_id

    def _count(self, data: DataClass) -> Counted:
        with transaction(self._engine, writes=False) as session:
            if data is DataClass.FILES:
                return self._count_files(session)
            return count_kept(session, RETENTIONS[data], on=self._clock.today(), zone=self._clock.zone)

    def _count_files(self, session: Session) -> Counted:
        rows, persons, stays = 0, set[int](), Counter[Stays]()
        after: int | None = 0
        while after is not None:
            swept = self._sweep(session, after, is_dry_run=True)
            rows, after = rows + swept.erased, swept.last_id
            persons |= swept.borrower_ids
            stays += swept.stays
        return Counted(data=DataClass.FILES, rows=rows, persons=len(persons), stays=stays)

    def _sweep(self, session: Session, after: int, *, is_dry_run: bool) -> Swept:
        sweep = Sweep(
            today=self._clock.today(), zone=self._clock.zone, now=self._clock.now(), is_dry_run=is_dry_run
        )
        return erase_due_attachments(session, SYSTEM, after=after, sweep=sweep)
