"""``portal call-list``: bring the internal team's list of calls up to date with the book: after the day's run, and after an import."""

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
from portal.queries.call_candidates import candidate_batch
from portal.queries.calls import promises_to_settle
from portal.services.call_list import list_loans, unlist_loans
from portal.services.call_promises import settle_promise
from portal.services.calls import end_lapsed_calls

LOANS_AT_A_TIME: Final = 500
PROMISES_AT_A_TIME: Final = 200


HELP: Final = """\
Settle what was promised in calls, and list whom the internal team is to call: after the day's run, and after an import.

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
                "On the list: %(listed)s, taken off it: %(gone)s. Promises kept: %(kept)s, not kept: %(broken)s.",
                listed=format_count(done.listed),
                gone=format_count(done.gone),
                kept=format_count(done.kept),
                broken=format_count(done.broken),
            )
        )


@dataclass
class CallListRun:
    """What a run did."""

    listed: int = 0
    gone: int = 0
    kept: int = 0
    broken: int = 0


def run_call_list(engine: Engine, clock: Clock) -> CallListRun:
    """Some loans and some promises a transaction; run again it changes nothing, and killed it goes on from the beginning."""
    done, now = CallListRun(), clock.now().astimezone(clock.zone)
    with transaction(engine) as session:
        end_lapsed_calls(session, now=now)
    _settle(engine, done, now)
    _list(engine, done, clock.today())
    return done


def _settle(engine: Engine, done: CallListRun, now: datetime) -> None:
    last = 0
    while True:
        with transaction(engine) as session:
            tasks = promises_to_settle(session, after=last, limit=PROMISES_AT_A_TIME)
            states = [settle_promise(session, SYSTEM, task=task, now=now) for task in tasks]
            done.kept += states.count(TaskState.KEPT)
            done.broken += states.count(TaskState.BROKEN) + states.count(TaskState.PARTLY)
            if not tasks:
                return
            last = tasks[-1].id


def _list(engine: Engine, done: CallListRun, on: date) -> None:
    last = 0
    while True:
        with transaction(engine) as session:
            batch = candidate_batch(session, after=last, limit=LOANS_AT_A_TIME, on=on)
            if batch is None:
                return
            list_loans(session, batch.candidates)
            if batch.gone:
                unlist_loans(session, batch.gone)
            done.listed += len(batch.candidates)
            done.gone += len(batch.gone)
            last = batch.last
