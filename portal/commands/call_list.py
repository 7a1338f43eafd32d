"""``portal call-list``."""

from dataclasses import dataclass
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
from portal.domain.call_outcomes import TaskState
from portal.domain.permissions import SYSTEM
from portal.i18n import format_count, use_locale
from portal.queries.standings import next_range
from portal.services.call_list import count_listed, list_for_calls
from portal.services.call_promises import settle_promises
from portal.services.calls import end_lapsed_calls

LOANS_AT_A_TIME: Final = 10_000


HELP: Final = """\
Settle what was promised in calls, and list whom the internal team is to call, as the day's run does: for books that are imported later in
the day.

Some loans a transaction; running it again changes nothing, and a run that was stopped is finished by the next. A promise
is never called broken for a day that the lender's book does not reach up to yet.
"""


@click.command("call-list", help=HELP)
def call_list() -> None:
    config = from_environment()
    clock = Clock(ZoneInfo(config.timezone), config.business_date)
    with use_locale(locale_of_shell()), opened_engine(config) as engine:
        done = run_call_list(engine, clock)
        click.echo(
            gettext(
                "On the list: %(listed)s. Promises kept: %(kept)s, not kept: %(broken)s.",
                listed=format_count(done.listed),
                kept=format_count(done.kept),
                broken=format_count(done.broken),
            )
        )


@dataclass
class CallListRun:
    """What a run did."""

    listed: int = 0
    kept: int = 0
    broken: int = 0


def run_call_list(engine: Engine, clock: Clock) -> CallListRun:
    """Some promises and some loans a transaction; run again it changes nothing, and killed it goes on from the beginning."""
    done, now = CallListRun(), clock.now().astimezone(clock.zone)
    with transaction(engine) as session:
        end_lapsed_calls(session, now=now)
    _settle(engine, done, now)
    _list(engine, done, clock.today())
    return done


def _settle(engine: Engine, done: CallListRun, now: datetime) -> None:
    last: int | None = 0
    while last is not None:
        with transaction(engine) as session:
            settled, last = settle_promises(session, SYSTEM, after=last, now=now)
        done.kept += settled[TaskState.KEPT]
        done.broken += settled[TaskState.BROKEN] + settled[TaskState.PARTLY]


def _list(engine: Engine, done: CallListRun, on: date) -> None:
    last = 0
    while True:
        with transaction(engine) as session:
            loans = next_range(session, after=last, limit=LOANS_AT_A_TIME)
            if loans is None:
                return
            list_for_calls(session, loans, on=on)
            done.listed += count_listed(session, loans)
            last = loans.last
