"""A midnight that people, a server and a worker live through: ``python -m tests.faults.turning URL FOLDER``, with the evening's date in
``PORTAL_TESTS_TODAY``; every clock is moved to some minutes before the midnight of that day, and where a leap day begins then, to its own
midnight after that. What takes longer than the forms that are in hand over it is left out: all clocks go on to half a minute before.

Prints what is wrong, a line each; status 1 where anything is.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Final

import click
from sqlalchemy import select

from benchmarks.serving import served_now
from portal.db import make_engine, transaction
from portal.domain.plan_dates import LAST_DAY
from portal.models import CalendarVersion, Event, Loan, LoanStanding, Proposal, ProposalVersion
from tests.data_keys import use_test_keys
from tests.databases import Database
from tests.faults.acts import Act, Cast, Kind
from tests.faults.afterwards import faults_left
from tests.faults.clients import Crowd
from tests.faults.killing import finish, world
from tests.faults.processes import PATIENCE, command, server, worker
from tests.faults.stopping import alive
from tests.journeys.servers import free_port
from tests.moved_clocks import move
from tests.people import NOW, TODAY, add_borrower, add_loan
from tests.stories import CATCH_UP, ZONE

BEFORE: Final = timedelta(minutes=4)
"""Forms that are laid out then are sent after midnight while their codes are still good."""
LAST: Final = timedelta(seconds=30)
"""How long all wait for it together, doing nothing."""
_AT_THE_END: Final = {
    **CATCH_UP,
    "defer_periods": 0,
    "every": "1 month",
    "first_on": None,
    "day_of_month": LAST_DAY,
}
_CHOSEN: Final = 6
_OF_THE_CAST: Final = 2026
_DAY: Final = timedelta(days=1)
_LEAP: Final = (2, 29)
_DUE_ON: Final = (29, 30, 31)
"""Days of the month on which loans of their own are due; the oldest installment that nobody paid is the newest of them that is over."""


def turn(database: Database, folder: Path, cast: Cast, evening: date) -> Sequence[str]:
    """What is wrong after the midnight that ends ``evening``."""
    midnight = datetime.combine(evening + _DAY, datetime.min.time(), ZONE)
    told = folder.with_name("ahead")
    move(midnight - BEFORE, told)
    crowd = Crowd([f"http://127.0.0.1:{free_port()}"])
    programs = [server(database, folder, int(crowd.urls[0].rpartition(":")[2])), worker(database, folder)]
    with alive(programs), crowd.at_it(2):
        _ask(crowd, cast.acts(1))
        crowd.settle()
        in_hand = list(cast.acts(1))
        if served_now() < midnight - LAST:
            move(midnight - LAST, told)
        while served_now() < midnight:
            sleep(0.2)
        _ask(crowd, in_hand)
        _ask(crowd, cast.acts(1))
        crowd.settle()
        _add_loans_due_late_in_the_month(database, evening)
        said = list(_day(database, folder))
    quiet = finish(database, folder)
    late = [act for act in in_hand if act.kind in {Kind.SIGN, Kind.SIGN_AT_ONCE}]
    others = [act for act in crowd.done if act not in late]
    return [
        *said,
        *crowd.odd,
        *faults_left(database, folder, others, quiet),
        *_odd_refusals(database, late),
        *_odd_plans(database),
        *_odd_standings(database, evening),
    ]


def _ask(crowd: Crowd, acts: Iterable[Act]) -> None:
    for act in acts:
        crowd.ask(act)


def _ref(evening: date, day: int) -> str:
    return f"E-{evening}-{day}"


def _due(evening: date, day: int) -> date:
    """Of the last month that has such a day and is over."""
    first = evening.replace(day=1)
    while True:
        first = (first - _DAY).replace(day=1)
        if (due := first + (day - 1) * _DAY).month == first.month:
            return due


def _add_loans_due_late_in_the_month(database: Database, evening: date) -> None:
    with transaction(database.engine) as session:
        for day in _DUE_ON:
            borrower = add_borrower(
                session, f"王芳{day}", mobile=f"+8613700{evening:%m%d}{day}", id_last4="1024"
            )
            late = (evening - _due(evening, day)).days
            add_loan(session, borrower, ref=_ref(evening, day), late_days=late, today=evening)


def _day(database: Database, folder: Path) -> Iterator[str]:
    """The day's run after midnight, as its timer calls it."""
    run = command(database, folder, "day", "--trust-book")
    run.start()
    if not run.wait(PATIENCE) or run.status != 0:
        yield f"the day's run ended with {run.status}: {run.said[-500:]}"


def _odd_refusals(database: Database, late: Sequence[Act]) -> Iterator[str]:
    """A plan that was priced the day before is not signed: it stays a draft, and its borrower is led to it as it is today."""
    with transaction(database.engine, writes=False) as session:
        for act in late:
            status = session.get_one(Proposal, act.proposal_id).status
            asked = select(Event.fields).where(
                Event.proposal_id == act.proposal_id, Event.name == "plan:move_refused"
            )
            codes = [fields["code"] for fields in session.scalars(asked)]
            if (status, codes) != ("draft", ["priced_on_another_day"]):
                yield f"{act.kind} after midnight: {status}, {codes}"


def _odd_plans(database: Database) -> Iterator[str]:
    """Of each plan what is overdue is paid on the last days of six months; the rest stays where it was."""
    with transaction(database.engine, writes=False) as session:
        for version in session.scalars(select(ProposalVersion)):
            dues = [date.fromisoformat(row["due_on"]) for row in version.content["schedule"]]
            ends = {due for due in dues if (due + _DAY).day == 1}
            if len({due.month for due in ends}) < _CHOSEN:
                yield f"payments of {version.id} are due on {', '.join(map(str, dues))}"


def _odd_standings(database: Database, evening: date) -> Iterator[str]:
    with transaction(database.engine, writes=False) as session:
        for day in _DUE_ON:
            asked = select(LoanStanding).join(Loan, Loan.id == LoanStanding.loan_id)
            standing = session.scalars(asked.where(Loan.loan_ref == _ref(evening, day))).one_or_none()
            found = standing and (standing.counted_on, standing.oldest_unpaid_on, standing.delinquent_days)
            due, today = _due(evening, day), evening + _DAY
            if found != (today, due, (today - due).days):
                yield f"a loan due on {due} stands on {today} as {found}"


def _calendar(year: int) -> CalendarVersion:
    """Nothing but weekends."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    return CalendarVersion(
        version=f"CN-{year}",
        first_on=first,
        last_on=last,
        days_off=[],
        working_days=[],
        source="test",
        made_at=NOW,
    )


def _main(url: str, folder: Path) -> int:
    use_test_keys()
    engine = make_engine(url)
    database = Database("sqlite" if url.startswith("sqlite") else "postgresql", url, engine)
    wrong: list[str] = []
    with transaction(engine) as session:
        session.add_all(_calendar(year) for year in (TODAY.year, TODAY.year + 1) if year != _OF_THE_CAST)
    following = TODAY + _DAY
    evenings = (TODAY, following) if (following.month, following.day) == _LEAP else (TODAY,)
    move(datetime.combine(following, datetime.min.time(), ZONE) - BEFORE, folder.with_name("ahead"))
    with world(database, folder) as made:
        cast = Cast(made, _AT_THE_END)
        for evening in evenings:
            begun = monotonic()
            found = turn(database, folder, cast, evening)
            wrong += [f"{evening}: {each}" for each in found]
            click.echo("\n".join([f"{evening} was over after {monotonic() - begun:.0f} s", *found]))
    engine.dispose()
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1], Path(sys.argv[2])))
