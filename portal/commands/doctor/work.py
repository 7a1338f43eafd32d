"""Is the work being done: workers, what waits, the record, backups, the day's run, the calendar?"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final

from flask_babel import gettext, ngettext

from portal.adapters.record_standing import current_standing
from portal.commands.day_lock import is_day_locked
from portal.commands.doctor.findings import Finding, fault, note, warning
from portal.commands.doctor.patient import Patient
from portal.db import transaction
from portal.domain.prime_rates import PUBLISHED_1Y
from portal.domain.record_standing import RecordState
from portal.i18n import format_count, format_date
from portal.models import DayRun
from portal.queries.operations import (
    failing_work,
    given_up_work,
    last_calendar_day,
    newest_backup,
    running_spell,
    waiting_work,
    worker_beats,
)
from portal.queries.policy_versions import in_force_on
from portal.queries.prime_rates import added_rates, newest_private_contract
from portal.queries.record_lag import record_lag
from portal.queries.retention import newest_retention_run
from portal.services.day_runs import find_day
from portal.services.refused_tries import accounts_tried_hard
from portal.services.shared_limits import CODES_TO_NOBODY, WATCHED_FROM, networks_shut_out, shares_spent

SILENT_AFTER: Final = timedelta(minutes=2)
"""A worker says that it is alive every 20 seconds, in the middle of its work, too."""
WAITS_TOO_LONG: Final = timedelta(minutes=10)
FAILS_OFTEN: Final = 5
"""Tries: half a minute of them, for each comes twice as long after the one before."""
UNPLACED_AFTER: Final = timedelta(minutes=1)
BACKUP_AFTER: Final = timedelta(hours=26)
BACKUP_OVERDUE: Final = timedelta(hours=72)
RUN_BY_HOUR: Final = 9
"""By then, in the lender's zone, the day's run should be done."""
RUNS_AT_MOST: Final = timedelta(hours=4)
"""A run of the day over a large book, with each loan counted anew."""
A_YEAR: Final = timedelta(days=365)
RETENTION_AFTER: Final = timedelta(days=3)
RETENTION_LASTS: Final = timedelta(hours=12)
"""It is called each night."""
CALENDAR_ENDS: Final = timedelta(days=45)
LOOKED_BACK: Final = timedelta(days=7)


def workers(patient: Patient) -> Iterator[Finding]:
    with transaction(patient.engine, writes=False) as session:
        beats = worker_beats(session)
    if not beats:
        yield fault(
            gettext("No worker runs: no message, document or decision goes out. Start portal worker.")
        )
        return
    silent = patient.now - beats[0].seen_at
    if silent > SILENT_AFTER:
        yield fault(
            gettext(
                "No worker has been seen for %(minutes)s min; the last was %(worker)s.",
                minutes=round(silent.total_seconds() / 60),
                worker=beats[0].worker,
            )
        )
    for beat in beats[1:] if silent <= SILENT_AFTER else ():
        if patient.now - beat.seen_at > SILENT_AFTER:
            yield warning(gettext("The worker %(worker)s stopped without a word.", worker=beat.worker))


def backlog(patient: Patient) -> Iterator[Finding]:
    with transaction(patient.engine, writes=False) as session:
        waiting = waiting_work(session, patient.now)
        failing = failing_work(session, tries=FAILS_OFTEN)
        given_up = given_up_work(session, patient.now - LOOKED_BACK)
    for kind, waits in sorted(waiting.items()):
        if waits.seconds(patient.now) > WAITS_TOO_LONG.total_seconds():
            yield fault(
                gettext(
                    "%(count)s pieces of work of the kind %(kind)s wait, the oldest for %(minutes)s min.",
                    count=format_count(waits.count),
                    kind=kind,
                    minutes=format_count(waits.seconds(patient.now) // 60),
                )
            )
    for each in failing:
        yield warning(
            gettext(
                "%(count)s pieces of work of the kind %(kind)s fail again and again (%(error)s): see work_failed in the log, and whether "
                "the service behind them answers (text messages, e-mail, time stamps, signing). They are tried again by themselves.",
                count=format_count(each.count),
                kind=each.kind,
                error=each.error or "–",
            )
        )
    if given_up:
        yield warning(
            gettext(
                "%(count)s pieces of work of the last seven days were given up: look for work_failed in "
                "the log.",
                count=format_count(given_up),
            )
        )


def shared_limits(patient: Patient) -> Iterator[Finding]:
    """Where one is full, nobody gets in at a door, and where a network's part of it is, nobody behind that one; that of numbers which
    nobody has shuts none.
    """
    with transaction(patient.engine, writes=False) as session:
        spent, shut_out = shares_spent(session, patient.now), networks_shut_out(session, patient.now)
    for limit, share in spent.items():
        if share >= WATCHED_FROM:
            said = gettext(
                "Of the limit %(limit)s, which all visitors share, %(percent)s %% are used up: see in the proxy's log "
                "where the tries come from.",
                limit=limit,
                percent=int(share * 100),
            )
            yield (fault if share >= 1 and limit != CODES_TO_NOBODY.bucket else warning)(said)
    for limit, networks in shut_out.items():
        if networks:
            yield warning(
                ngettext(
                    "%(num)s network has used up its part of the limit %(limit)s: nobody behind it gets in at that door until the "
                    "window ends. See in the proxy's log where the tries come from.",
                    "%(num)s networks have used up their parts of the limit %(limit)s: nobody behind them gets in at that door until "
                    "the window ends. See in the proxy's log where the tries come from.",
                    networks,
                    limit=limit,
                )
            )


def tried_accounts(patient: Patient) -> Iterator[Finding]:
    """Somebody guesses at the passwords of staff."""
    with transaction(patient.engine, writes=False) as session:
        tried = accounts_tried_hard(session, now=patient.now)
    for each in tried:
        yield warning(
            gettext(
                "Somebody tries the account of %(number)s: %(tries)s refused sign-ins in two days, from %(places)s places. Ask whether "
                "it was them, and see in the proxy's log where the tries come from.",
                number=each.number,
                tries=format_count(each.refused.tries),
                places=format_count(each.refused.places),
            )
        )


def unplaced_events(patient: Patient) -> Iterator[Finding]:
    """Events get their places every five seconds."""
    with transaction(patient.engine, writes=False) as session:
        lag = record_lag(session, covered=1 << 62)
    if lag.seconds(patient.now) > UNPLACED_AFTER.total_seconds():
        yield fault(
            gettext(
                "%(count)s events wait for their place in the record, the oldest for %(seconds)s seconds.",
                count=format_count(lag.events),
                seconds=format_count(lag.seconds(patient.now)),
            )
        )


def checkpoint(patient: Patient) -> Iterator[Finding]:
    with transaction(patient.engine, writes=False) as session:
        found = current_standing(session, patient.config, patient.now)
    match found.state:
        case RecordState.KEPT:
            return
        case RecordState.UNSIGNED:
            yield warning(
                gettext(
                    "The record has no checkpoint yet: %(command)s, then start a worker.",
                    command="portal record create-key",
                )
            )
        case RecordState.LATE:
            yield fault(
                gettext(
                    "The newest checkpoint leaves out %(count)s events, the oldest for %(seconds)s seconds.",
                    count=format_count(found.uncovered),
                    seconds=format_count(found.seconds),
                )
            )
        case RecordState.BROKEN:
            yield fault(
                gettext(
                    "The record is not what was signed for: run %(command)s.", command="portal record verify"
                )
            )


def backup(patient: Patient) -> Iterator[Finding]:
    if patient.is_trial:
        return
    with transaction(patient.engine, writes=False) as session:
        newest = newest_backup(session)
    if newest is None:
        yield warning(gettext("No backup was ever made: %(command)s.", command="portal backup create FOLDER"))
        return
    age = patient.now - newest.began_at
    if age > BACKUP_AFTER:
        said = gettext("The newest backup is %(hours)s hours old.", hours=round(age.total_seconds() / 3600))
        yield (fault if age > BACKUP_OVERDUE else warning)(said)


def day_run(patient: Patient) -> Iterator[Finding]:
    local = patient.now.astimezone(patient.zone)
    due = patient.today if local.hour >= RUN_BY_HOUR else patient.today - timedelta(days=1)
    with transaction(patient.engine, writes=False) as session:
        last = find_day(session)
    if last is None:
        if not patient.is_trial:
            yield warning(gettext("The day's run was never made: set up a timer for portal day."))
    elif last.finished_at is None:
        yield from _unfinished(patient, last)
    elif last.business_date < due:
        yield fault(
            gettext(
                "The last day that was run is %(day)s: call portal day.", day=format_date(last.business_date)
            )
        )


def _unfinished(patient: Patient, run: DayRun) -> Iterator[Finding]:
    lasts, on = patient.now - run.started_at, format_date(run.business_date)
    if not is_day_locked(patient.engine):
        yield fault(gettext("The run of %(day)s was begun and not finished: call portal day.", day=on))
    elif lasts > RUNS_AT_MOST:
        yield fault(
            gettext(
                "The run of %(day)s was begun %(hours)s hours ago and is still under way: see whether it goes on.",
                day=on,
                hours=round(lasts.total_seconds() / 3600),
            )
        )


def retention(patient: Patient) -> Iterator[Finding]:
    """What may not be kept any longer has to go."""
    if patient.is_trial:
        return
    with transaction(patient.engine, writes=False) as session:
        last = newest_retention_run(session)
    if last is None:
        yield warning(
            gettext(
                "What may not be kept any longer was never erased: set up a timer for %(command)s.",
                command="portal retention run",
            )
        )
    elif last.finished_at is None and patient.now - last.started_at > RETENTION_LASTS:
        yield warning(
            gettext(
                "The run of %(day)s over what is to be erased was not finished: call %(command)s.",
                day=format_date(last.business_date),
                command="portal retention run",
            )
        )
    elif patient.now - last.started_at > RETENTION_AFTER:
        yield warning(
            gettext(
                "What may not be kept any longer was last erased on %(day)s: call %(command)s.",
                day=format_date(last.business_date),
                command="portal retention run",
            )
        )


def calendar(patient: Patient) -> Iterator[Finding]:
    """Working days of a year are published in the November before it, so that less than a "
    "year ahead is usual, and a few weeks are not.
    """
    with transaction(patient.engine, writes=False) as session:
        last = last_calendar_day(session)
    if last is None or last < patient.today:
        yield fault(gettext("No calendar of working days covers today: run portal migrate."))
    elif last < patient.today + A_YEAR:
        said = gettext(
            "The calendar of working days ends on %(day)s: once the next year is announced, take a "
            "newer version of the package holidays and run portal migrate.",
            day=format_date(last),
        )
        yield (warning if last < patient.today + CALENDAR_ENDS else note)(said)


def prime_rate(patient: Patient) -> Iterator[Finding]:
    """A contract signed today needs the figure of this month, where a private lender signs any."""
    with transaction(patient.engine, writes=False) as session:
        known = replace(PUBLISHED_1Y, further=added_rates(session))
        contract = newest_private_contract(session)
    if contract is None or known.covers(patient.today):
        return
    said = gettext(
        "The newest known prime rate was published on %(day)s, too long ago for a contract of today: plans for private loans of later days "
        "go to a person. Add the figures since with portal rates add, and restart web processes and workers.",
        day=format_date(known.newest),
    )
    is_needed = contract > known.newest and not known.covers(contract)
    yield (warning if is_needed else note)(said)


def policy(patient: Patient) -> Iterator[Finding]:
    with transaction(patient.engine, writes=False) as session:
        today = in_force_on(session, patient.today)
        in_a_year = in_force_on(session, patient.today + A_YEAR)
    if today is None or in_a_year is None:
        yield fault(gettext("No policy is in force: nobody can be offered a plan. Run portal migrate."))


def read_only(patient: Patient) -> Iterator[Finding]:
    with transaction(patient.engine, writes=False) as session:
        spell = running_spell(session)
    if spell is not None:
        yield warning(
            gettext(
                "The portal is read-only since %(at)s: %(reason)s. End it with %(command)s.",
                at=spell.began_at.astimezone(patient.zone).strftime("%Y-%m-%d %H:%M"),
                reason=spell.reason,
                command="portal readonly off",
            )
        )
