"""``portal retention``: what is kept only for so long."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

import click
from flask_babel import LazyString, gettext, lazy_gettext, ngettext

from portal.clock import Clock
from portal.commands.database import opened_engine
from portal.commands.json_lines import locale_of_shell
from portal.commands.retention_run import RetentionRunner
from portal.commands.shown_progress import shown_progress
from portal.config import Config, from_environment
from portal.desk_words import KEPT_BECAUSE
from portal.domain.retention import RETENTIONS, DataClass, Retention, Stays
from portal.i18n import format_count, use_locale
from portal.models import RetentionRun
from portal.queries.retention import Counted
from portal.services.retention import NotErased

CLASSES: Final[Mapping[DataClass, LazyString]] = {
    DataClass.TYPED_DRAFTS: lazy_gettext("What was being typed and not sent"),
    DataClass.CODES: lazy_gettext("One-time codes that are over"),
    DataClass.SESSIONS: lazy_gettext("Sessions that are over"),
    DataClass.DEVICES: lazy_gettext("Known devices"),
    DataClass.TRIES: lazy_gettext("Counts of tries"),
    DataClass.FIGURES: lazy_gettext("Monthly figures kept for the next plan"),
    DataClass.FILES: lazy_gettext("Files that borrowers attached"),
    DataClass.CONTACTS: lazy_gettext("Numbers and words of contacts"),
    DataClass.SUPPORT_CALLS: lazy_gettext("Notes and numbers of calls"),
    DataClass.CONVERSATIONS: lazy_gettext("Messages, cases and letters"),
    DataClass.VISITORS: lazy_gettext("Complaints of people who were not signed in"),
    DataClass.LOOKS: lazy_gettext("Records of looks"),
    DataClass.PERSONS: lazy_gettext("Borrowers with their agreements and payments"),
}


@click.group()
def retention() -> None:
    """What is kept only for so long: see what would go, and let it go.

    Each class has a term and the rule that it follows; nothing goes that a rule wants kept.
    """


@retention.command()
@click.option("--json", "as_json", is_flag=True, help="One object: the day, and each class with its counts.")
def preview(*, as_json: bool) -> None:
    """Say what a run would erase today, whom it is about, and why the rest stays. Nothing is changed."""
    config = from_environment()
    clock = _clock(config)
    with use_locale(locale_of_shell()), opened_engine(config) as engine:
        counted = RetentionRunner(engine, clock).preview()
        if as_json:
            told = {"on": clock.today().isoformat(), "classes": [_as_data(each) for each in counted]}
            click.echo(json.dumps(told, ensure_ascii=False, indent=2))
            return
        click.echo(gettext("On %(on)s; nothing is changed.", on=clock.today().isoformat()))
        for each in counted:
            for line in _lines(each):
                click.echo(line)


@retention.command()
def run() -> None:
    """Erase what may not be kept any longer, in steps.

    A run that was stopped is gone on with by the next; running it again erases nothing twice. Status 1 where something could not be
    erased: each is named, and everything else went.
    """
    config = from_environment()
    clock = _clock(config)
    with use_locale(locale_of_shell()), opened_engine(config) as engine:
        due = sum(each.rows for each in RetentionRunner(engine, clock).preview())
        with shown_progress(due, label=gettext("Erased"), line=_progress) as tell:
            runner = RetentionRunner(engine, clock, tell=tell)
            finished = runner.run()
        for line in _told(finished):
            click.echo(line)
        for each in runner.failed:
            click.echo(_not_erased(each), err=True)
        if runner.failed:
            sys.exit(1)


def _lines(counted: Counted) -> Iterator[str]:
    term = RETENTIONS[counted.data]
    yield f"{CLASSES[counted.data]} ({term.rule}; {_term(term)})"
    yield f"  {_gone(counted)}"
    for reason in Stays:
        if counted.stays.get(reason):
            rows = format_count(counted.stays[reason])
            yield "  " + gettext("stay: %(rows)s (%(reason)s)", rows=rows, reason=KEPT_BECAUSE[reason])


def _gone(counted: Counted) -> str:
    rows, persons = format_count(counted.rows), format_count(counted.persons)
    return str(gettext("go: %(rows)s, of %(persons)s people", rows=rows, persons=persons))


def _term(term: Retention) -> str:
    years = ngettext("%(num)s year", "%(num)s years", term.years)
    length = years if term.years else ngettext("%(num)s day", "%(num)s days", term.days)
    if term.after_settlement:
        return str(gettext("%(length)s, and not before settlement", length=length))
    return str(length)


def _as_data(counted: Counted) -> Mapping[str, Any]:
    term = RETENTIONS[counted.data]
    return {
        "data": counted.data.value,
        "rule": term.rule,
        "years": term.years,
        "days": term.days,
        "starts": term.starts.value,
        "after_settlement": term.after_settlement,
        "leaves": term.leaves.value,
        "rows": counted.rows,
        "persons": counted.persons,
        "stays": {reason.value: counted.stays.get(reason, 0) for reason in Stays},
    }


def _told(finished: RetentionRun) -> Sequence[str]:
    counts = {DataClass(name): int(count) for name, count in finished.counts.items()}
    if not counts:
        return [gettext("Nothing was due.")]
    return [f"{CLASSES[data]}: {format_count(counts[data])}" for data in RETENTIONS if data in counts]


def _not_erased(failed: NotErased) -> str:
    return str(
        gettext(
            "Not erased: %(what)s, number %(number)s (%(error)s).",
            what=CLASSES[failed.data],
            number=failed.row_id,
            error=failed.error,
        )
    )


def _progress(done: int, due: int) -> str:
    return str(gettext("%(done)s of %(due)s erased", done=format_count(done), due=format_count(due)))


def _clock(config: Config) -> Clock:
    return Clock(ZoneInfo(config.timezone), config.business_date)
