"""``portal watch-plans``."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import click
from flask_babel import gettext
from sqlalchemy import Engine

from portal.clock import Clock
from portal.commands.database import opened_engine
from portal.commands.json_lines import locale_of_shell
from portal.config import from_environment
from portal.db import transaction
from portal.domain.permissions import SYSTEM
from portal.domain.plan_course import acts_due
from portal.domain.plan_progress import RowState
from portal.domain.proposals import Act
from portal.i18n import format_count, use_locale
from portal.queries.running_plans import RunningPlan, watched_ids, watched_plans
from portal.services.running_plans import follow_plan

PLANS_AT_A_TIME: Final = 200

HELP: Final = """\
Look through all plans in force on a business date: payments that are out are missed, those that came are made good,
plans past the time to make good are broken, those paid in full are completed.

One transaction a loan; plans that stand where they should are only read. Running it again changes nothing, and a run
that was stopped is finished by the next. A plan is never called late for a day that the lender's book does not reach
up to yet: import the book first.
"""


@click.command(help=HELP)
@click.option(
    "--date",
    "on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The business date to look on; today by default.",
)
@click.option(
    "--trust-book",
    is_flag=True,
    help="What the book does not show was not paid, however old the book is.",
)
def watch_plans(on: datetime | None, *, trust_book: bool) -> None:
    config = from_environment()
    clock = Clock(ZoneInfo(config.timezone), config.business_date)
    with use_locale(locale_of_shell()), opened_engine(config) as engine:
        watch = Watch(engine, on.date() if on else clock.today(), now=clock.now, trusts_book=trust_book)
        watch.run()
        for line in watch.told():
            click.echo(line)


class Watch:
    """One run over every plan in force."""

    def __init__(
        self, engine: Engine, on: date, *, now: Callable[[], datetime], trusts_book: bool = False
    ) -> None:
        self._engine = engine
        self._on = on
        self._now = now
        self._trusts_book = trusts_book
        self.looked_at = 0
        self.awaited = 0
        self.acts: Counter[Act] = Counter()

    def run(self) -> None:
        last = 0
        while batch := self._batch(last):
            last = batch[-1].proposal.id
            for plan in batch:
                self._look_at(plan)

    def _batch(self, last: int) -> Sequence[RunningPlan]:
        with transaction(self._engine, writes=False) as session:
            ids = watched_ids(session, after=last, limit=PLANS_AT_A_TIME)
            return watched_plans(session, ids, on=self._on, is_book_trusted=self._trusts_book)

    def _look_at(self, plan: RunningPlan) -> None:
        self.looked_at += 1
        self.awaited += any(row.state is RowState.AWAITED for row in plan.progress.rows)
        if next(acts_due(plan.status, plan.progress), None) is None:
            return
        with transaction(self._engine) as session:
            self.acts.update(
                follow_plan(
                    session,
                    SYSTEM,
                    proposal_id=plan.proposal.id,
                    on=self._on,
                    now=self._now(),
                    is_book_trusted=self._trusts_book,
                )
            )

    def told(self) -> Iterator[str]:
        """What the run did, for people: one line a subject."""
        yield gettext(
            "Plans in force on %(date)s: %(count)s",
            date=self._on.isoformat(),
            count=format_count(self.looked_at),
        )
        yield gettext(
            "Missed: %(missed)s, made good: %(paid)s, broken: %(broken)s, completed: %(completed)s",
            missed=format_count(self.acts[Act.MISS]),
            paid=format_count(self.acts[Act.PAY]),
            broken=format_count(self.acts[Act.BREAK]),
            completed=format_count(self.acts[Act.COMPLETE]),
        )
        if self.awaited:
            yield gettext(
                "Waiting for the lender's book to reach a payment's date: %(count)s. Import a newer book.",
                count=format_count(self.awaited),
            )
