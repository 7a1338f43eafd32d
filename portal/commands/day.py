"""``portal day``."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import click
from flask_babel import gettext
from sqlalchemy import Engine, func, select

from portal.clock import Clock
from portal.commands.database import opened_engine
from portal.commands.day_lock import day_lock
from portal.commands.day_report import report_lines
from portal.commands.day_run import LOANS_AT_A_TIME, DayRunner
from portal.commands.json_lines import locale_of_shell
from portal.commands.shown_progress import shown_progress
from portal.config import from_environment
from portal.db import transaction
from portal.domain.errors import DomainError
from portal.i18n import format_count, use_locale
from portal.messages import text_of
from portal.models import DayRun, Loan
from portal.queries.agencies import agency_lines
from portal.services.day_runs import find_day

HELP: Final = """\
Run a business date: what runs out ends, plans in force are followed, arrears, buckets and stages of loans are counted where something
happens to them, messages are asked for, what may not be kept longer is erased. Import the lender's book first.

Each date is run once; running it again changes nothing and tells what it did. A run that was stopped is finished by the next, and dates
that nobody ran are caught up on. One at a time: who comes while another runs waits ten seconds, and is refused then.

Exit status: 0 the date is run, 1 it cannot be (an earlier one than the last, one to come, another run is under way).
"""


class Refused(click.ClickException):
    exit_code = 1


@click.command(help=HELP)
@click.option(
    "--date",
    "on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The business date to run; today by default.",
)
@click.option(
    "--report",
    "only_tells",
    is_flag=True,
    help="Run nothing; tell what the last run, or the one of --date, did.",
)
@click.option(
    "--trust-book",
    is_flag=True,
    help="What the book does not show was not paid, however old the book is.",
)
@click.option(
    "--count-all",
    "counts_all",
    is_flag=True,
    help="Count each loan, also those that nothing is known to happen to; after changes to the database by hand.",
)
@click.option(
    "--wait", "seconds", type=float, default=10, show_default=True, help="Seconds to wait for another run."
)
@click.option(
    "--loans-at-a-time",
    "step",
    type=click.IntRange(min=1),
    default=LOANS_AT_A_TIME,
    show_default=True,
    help="Loans in one transaction.",
)
def day(
    on: datetime | None, *, only_tells: bool, trust_book: bool, counts_all: bool, seconds: float, step: int
) -> None:
    config = from_environment()
    clock = Clock(ZoneInfo(config.timezone), config.business_date)
    with use_locale(locale_of_shell()), opened_engine(config) as engine:
        if only_tells:
            run = _kept(engine, on.date() if on else None)
        else:
            wanted = on.date() if on else clock.today()
            with _alone(engine, seconds), _shown(engine) as tell:
                runner = DayRunner(
                    engine,
                    clock,
                    tell=tell,
                    is_book_trusted=trust_book,
                    loans_at_a_time=step,
                    counts_all=counts_all,
                )
                run = _run(runner, wanted)
        for line in report_lines(run):
            click.echo(line)
        for line in _about_agencies(engine, clock.today()):
            click.echo(line)


def _about_agencies(engine: Engine, on: date) -> Iterator[str]:
    """What of the register of agencies wants somebody's attention (rule C20)."""
    with transaction(engine, writes=False) as session:
        for line in agency_lines(session, on=on):
            name = line.agency.name
            if line.due is not None:
                by = line.due.by.isoformat()
                yield gettext("Agency %(name)s is to be evaluated by %(by)s.", name=name, by=by)
            if line.is_finding:
                count = format_count(line.loans)
                yield gettext(
                    "Agency %(name)s has no running contract, and %(count)s loans stand with it.",
                    name=name,
                    count=count,
                )


def _kept(engine: Engine, on: date | None) -> DayRun:
    with transaction(engine, writes=False) as session:
        run = find_day(session, on)
    if run is None:
        raise Refused(gettext("No such day was run."))
    return run


@contextmanager
def _alone(engine: Engine, seconds: float) -> Iterator[None]:
    with day_lock(engine, seconds=seconds) as is_held:
        if not is_held:
            raise Refused(gettext("Another run of the day is under way."))
        yield


def _run(runner: DayRunner, on: date) -> DayRun:
    try:
        return runner.run(on)
    except DomainError as error:
        raise Refused(text_of(error)) from error


def _shown(engine: Engine) -> AbstractContextManager[Callable[[int], None]]:
    return shown_progress(_newest_loan(engine), label=gettext("Loans"), line=_line)


def _newest_loan(engine: Engine) -> int:
    """Loans are gone through by their number; counting them would read the whole book."""
    with transaction(engine, writes=False) as session:
        return session.scalar(select(func.max(Loan.id))) or 0


def _line(done: int, loans: int) -> str:
    return str(gettext("%(done)s of %(loans)s loans", done=format_count(done), loans=format_count(loans)))
