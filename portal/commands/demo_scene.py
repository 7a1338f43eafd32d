"""Where the demo's past happens: the real verbs and the real worker, by a clock that is set."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adapters.business_texts import PackagedTexts
from portal.adapters.wording import BabelWording
from portal.commands.demo_book import import_demo_book
from portal.commands.demo_clock import DemoClock
from portal.commands.demo_days import DemoDays
from portal.commands.demo_loans import LenderBook
from portal.commands.demo_press import Press
from portal.commands.work import Workshop
from portal.db import transaction
from portal.domain.proposals import OPEN_STATUSES, ProposalStatus
from portal.models import Loan, OutboxItem, Proposal
from portal.services.freezing import FreezingTools
from portal.services.one_time_codes import CodeDoor

Story = Iterator[datetime]
"""Yields when it goes on; what stands between two yields happens at that moment."""

_EVENING: Final = timedelta(hours=1)
_MAY_BE_DECIDED: Final = (*OPEN_STATUSES, ProposalStatus.DECLINED)


@dataclass(frozen=True, slots=True)
class Scene:
    """``shop`` works by ``clock`` too."""

    shop: Workshop
    clock: DemoClock
    days: DemoDays
    book: LenderBook
    texts: PackagedTexts
    press: Press

    @property
    def door(self) -> CodeDoor:
        config = self.shop.config
        return CodeDoor(key=config.secret_key, hash_key=config.hash_key, address="demo")

    @property
    def tools(self) -> FreezingTools:
        config = self.shop.config
        return FreezingTools(self.texts, BabelWording(), config.support_phone, config.support_hours)

    @property
    def business_now(self) -> datetime:
        return self.clock.now().astimezone(self.clock.zone)

    def writing(self) -> AbstractContextManager[Session]:
        return transaction(self.shop.engine)

    def work(self) -> None:
        """The worker takes up what is due; where it cannot do it, the demo would be a false one, and stops.

        What a rule puts off or calls off did not fail.
        """
        self.press.work(self.shop)
        self.clock.pass_by(seconds=2)
        with transaction(self.shop.engine, writes=False) as session:
            failed = session.scalar(
                select(OutboxItem).where(
                    OutboxItem.last_error.is_not(None),
                    OutboxItem.attempts > 0,
                    OutboxItem.state != "cancelled",
                )
            )
        if failed is not None:
            raise RuntimeError(f"{failed.kind} failed while the demo was made: {failed.last_error}")

    def import_book(self, refs: Iterable[str] | None = None) -> None:
        """The lender's book of the evening before. A loan whose proposal may be decided stands still: a grown penalty
        alone would move its facts.
        """
        if refs is None:
            refs = self._without_proposal()
        import_demo_book(
            self.shop.engine,
            self.clock,
            self.book,
            as_of=self.clock.today() - timedelta(days=1),
            refs=set(refs),
            key=self.shop.config.hash_key,
        )

    def _without_proposal(self) -> set[str]:
        with transaction(self.shop.engine, writes=False) as session:
            waiting = session.scalars(
                select(Loan.loan_ref)
                .join(Proposal, Proposal.loan_id == Loan.id)
                .where(Proposal.status.in_([status.value for status in _MAY_BE_DECIDED]))
            ).all()
        return set(self.book.loans) - set(waiting)


def play(scene: Scene, stories: Iterable[Story]) -> None:
    """Let everything happen in the order of time, whatever story it belongs to: the record reads as a real one.

    Documents are waited for before the next part of a day begins.
    """
    numbers = count()
    waiting = [(next(story), next(numbers), story) for story in stories]
    heapify(waiting)
    while waiting:
        at, _, story = heappop(waiting)
        if at - scene.clock.now() > _EVENING:
            scene.press.wait()
        scene.clock.set(max(at, scene.clock.now()))
        following = next(story, None)
        if following is not None:
            heappush(waiting, (following, next(numbers), story))
    scene.press.wait()
