"""What a day's run did, for people: one line a subject, from what is kept with the run."""

from collections.abc import Iterator, Mapping
from typing import Final

from flask_babel import LazyString, gettext, lazy_gettext

from portal.domain.day_runs import days_between_runs
from portal.domain.stages import Basis
from portal.i18n import format_count
from portal.models import DayRun
from portal.stage_names import STAGE_BASES

_NOBODY: Final = "-"
STAGES: Final[Mapping[str, LazyString]] = {
    _NOBODY: lazy_gettext("nobody"),
    "reminder": lazy_gettext("reminder"),
    "internal": lazy_gettext("internal team"),
    "agency": lazy_gettext("agency"),
    "legal": lazy_gettext("legal"),
}
OCCASIONS: Final[Mapping[str, LazyString]] = {
    "overdue_reminder": lazy_gettext("reminders"),
    "demand": lazy_gettext("demands"),
    "agency_notice": lazy_gettext("notices of an agency"),
    "plan_due_soon": lazy_gettext("payments of a plan that fall due"),
    "plan_missed": lazy_gettext("missed payments of a plan"),
}


def report_lines(run: DayRun) -> Iterator[str]:
    """A run that is not finished says so first."""
    yield _heading(run)
    skipped = days_between_runs(run.previous_on, run.business_date)
    if skipped:
        yield gettext(
            "Days without a run, caught up by this one: %(days)s",
            days=", ".join(day.isoformat() for day in skipped),
        )
    counts = {name: int(count) for name, count in run.counts.items()}
    yield _loans(counts)
    yield from _moves(counts)
    yield from _plans(counts)
    yield _calls_made(counts)
    yield _calls(counts)
    yield _rest(counts)
    if counts.get("agencies"):
        yield gettext("Contracts with agencies that ended: %(count)s", count=_told(counts, "agencies"))


def _heading(run: DayRun) -> str:
    on = run.business_date.isoformat()
    if run.finished_at is None:
        return str(gettext("Run of %(on)s: not finished; run it again.", on=on))
    seconds = (run.finished_at - run.started_at).total_seconds()
    return str(gettext("Run of %(on)s: finished after %(seconds)s s", on=on, seconds=f"{seconds:.1f}"))


def _loans(counts: Mapping[str, int]) -> str:
    return str(
        gettext(
            "Loans: %(new)s new, %(late)s late, %(changed)s that something happened to",
            new=_told(counts, "new"),
            late=_told(counts, "late"),
            changed=_told(counts, "changed"),
        )
    )


def _moves(counts: Mapping[str, int]) -> Iterator[str]:
    for name, count in sorted(counts.items()):
        kind, *told = name.split(":")
        match kind, told:
            case "bucket", [before, after]:
                yield f"  {before} → {after}: {format_count(count)}"
            case "stage", [before, after, basis]:
                yield f"  {STAGES[before]} → {STAGES[after]}: {format_count(count)} ({STAGE_BASES[Basis(basis)]})"
            case "asked", [occasion]:
                yield gettext(
                    "Messages asked for, %(occasion)s: %(count)s",
                    occasion=OCCASIONS.get(occasion, occasion),
                    count=format_count(count),
                )


def _plans(counts: Mapping[str, int]) -> Iterator[str]:
    yield gettext(
        "Plans in force: %(count)s. Missed: %(missed)s, made good: %(paid)s, broken: %(broken)s, completed: %(completed)s",
        count=_told(counts, "plans"),
        missed=_told(counts, "plans:miss"),
        paid=_told(counts, "plans:pay"),
        broken=_told(counts, "plans:break"),
        completed=_told(counts, "plans:complete"),
    )
    if counts.get("plans:awaited"):
        yield gettext(
            "Waiting for the lender's book to reach a payment's date: %(count)s. Import a newer book.",
            count=_told(counts, "plans:awaited"),
        )


def _calls_made(counts: Mapping[str, int]) -> str:
    return str(
        gettext(
            "Calls since the last run: %(made)s made, %(refused)s refused by a rule",
            made=_told(counts, "calls:made"),
            refused=_told(counts, "calls:refused"),
        )
    )


def _calls(counts: Mapping[str, int]) -> str:
    return str(
        gettext(
            "The internal team's list: %(listed)s loans. Promised in calls: %(kept)s kept, %(partly)s in part, %(broken)s not kept,"
            " %(open)s that the book does not tell yet",
            listed=_told(counts, "calls:listed"),
            kept=_told(counts, "calls:kept"),
            partly=_told(counts, "calls:partly"),
            broken=_told(counts, "calls:broken"),
            open=_told(counts, "calls:open"),
        )
    )


def _rest(counts: Mapping[str, int]) -> str:
    return str(
        gettext(
            "Run out: %(expired)s proposals, %(holds)s holds, %(claims)s claims. Erased: %(files)s files, %(contacts)s records of contact",
            expired=_told(counts, "expired"),
            holds=_told(counts, "holds"),
            claims=_told(counts, "claims"),
            files=_told(counts, "files"),
            contacts=_told(counts, "contacts"),
        )
    )


def _told(counts: Mapping[str, int], name: str) -> str:
    return format_count(counts.get(name, 0))
