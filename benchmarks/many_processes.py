"""Three servers and three workers over one PostgreSQL beside one and one, on this machine (``bin/bench fleet``).

Borrowers sign, each by two taps at two servers at once; approvers decide, each case by three forms at once, two to approve and one to
decline; workers send the messages, carry out the decisions and seal the agreements. Afterwards nothing may be signed or decided twice, no
piece of work undone or done twice, and nothing lost.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from benchmarks.borrowers import add_borrowers_of_one_loan
from benchmarks.databases import made_on
from benchmarks.fleet import Fleet, fleet, wait_until_empty
from benchmarks.results import Result, compared
from benchmarks.serving import served_now
from benchmarks.signing import make_signers
from benchmarks.sizes import Asked
from benchmarks.worlds import World, world_over
from portal.commands.sending import MESSAGES
from portal.db import make_engine, migrate, transaction
from portal.domain.decisions import LIVE_STATES
from portal.domain.permissions import Actor, ActorKind, Role
from portal.domain.policy import HardshipReason
from portal.domain.reasons import ApproveReason
from portal.models import Agreement, Decision, DemoMessage, Event, OutboxItem, StaffMember
from portal.services.claims import claim_case
from tests.checked_client import form_of
from tests.databases import Database
from tests.people import add_staff
from tests.postgresql_server import DURABLE, running_server
from tests.stories import Story

SIGNERS, CASES, QUICK_SIGNERS, QUICK_CASES = 120, 60, 24, 12
ROUNDS, QUICK_ROUNDS = 3, 1
SIZES: Final = (3, 1)
CLIENTS: Final = 8
"""Races at once; each is two or three requests."""
_APPROVERS: Final = 3
_DECLINE: Final = {"reason": "term_too_long", "would_accept": "分 12 期"}


@dataclass(frozen=True, slots=True)
class Form:
    path: str
    cookie: str
    fields: dict[str, str]


Race = Sequence[Form]
"""Forms that are sent in the same moment, each to another server where there are several; one of them wins."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a run did; ``faults`` empty is well."""

    requests: int
    jobs: int
    seconds: float
    connections: int
    answers: Counter[int]
    faults: Sequence[str]

    @property
    def per_second(self) -> float:
        return (self.requests + self.jobs) / self.seconds


def measure(asked: Asked) -> Sequence[Result]:
    """Milliseconds for a request or a piece of work, by three and three beside one and one."""
    if "postgresql" not in asked.databases:
        return []
    signers, cases = (QUICK_SIGNERS, QUICK_CASES) if asked.quick else (SIGNERS, CASES)
    kept: dict[int, list[Told]] = {size: [] for size in SIZES}
    with running_server(DURABLE) as server:
        migrate(made_on(server, "fleet"))
        for number in range(QUICK_ROUNDS if asked.quick else ROUNDS):
            for size in SIZES if number % 2 else reversed(SIZES):
                url = made_on(server, f"fleet_{number}_{size}", like="fleet")
                kept[size].append(run(url, size, signers=signers, cases=cases))
    return [_result(kept)]


def _result(kept: dict[int, list[Told]]) -> Result:
    many, one = (kept[size] for size in SIZES)
    faults = [fault for told in [*many, *one] for fault in told.faults]
    pairs = [(1000 / a.per_second, 1000 / b.per_second) for a, b in zip(many, one, strict=True)]
    gain = median(b / a for a, b in pairs)
    result = compared("3 servers and 3 workers beside 1 and 1 (postgresql)", pairs, unit="ms")
    said = (
        f"{gain:.2f} x the requests and jobs a second, at most {max(told.connections for told in many)} connections;"
        f" {'WRONG: ' + '; '.join(faults) if faults else 'nothing twice, nothing lost: kept'}"
    )
    return replace(result, more=said)


def run(url: str, size: int, *, signers: int, cases: int) -> Told:
    """``size`` servers and as many workers over a migrated, empty database."""
    with TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with _world(url, folder) as made:
            races = laid_out(made, signers, cases)
            made.database.engine.dispose()
            with fleet(made.database, folder, servers=size, workers=size) as running:
                begun = time.perf_counter()
                answers = race_all(running, races)
                _let_the_minute_pass(made.database)
                wait_until_empty(made.database)
                seconds = time.perf_counter() - begun
            jobs = _count_done(made.database)
            found = [*faults(made.database, signers, cases), *_odd_answers(answers)]
            return Told(sum(map(len, races)), jobs, seconds, running.most_connections, answers, found)


@contextmanager
def _world(url: str, folder: Path) -> Iterator[World]:
    engine = make_engine(url)
    try:
        with world_over(Database("postgresql", url, engine), folder) as made:
            yield made
    finally:
        engine.dispose()


def laid_out(made: World, signers: int, cases: int) -> Sequence[Race]:
    """Borrowers with the code in hand, and cases that somebody has claimed, mixed."""
    now = served_now()
    made.clock.move_on(seconds=(now - made.clock.now()).total_seconds())
    signing = [
        [Form(each.path, each.browser.cookie, each.form)] * 2
        for each in make_signers(made, signers, first=0, now=now)
    ]
    deciding = _claimed_cases(made, cases, signers, now)
    step = max(1, len(signing) // max(1, len(deciding)))
    for place, race in enumerate(deciding):
        signing.insert(min(place * (step + 1), len(signing)), race)
    return signing


def _claimed_cases(made: World, count: int, first: int, now: datetime) -> list[list[Form]]:
    with transaction(made.database.engine) as session:
        members = [
            add_staff(session, f"4{place:03}", f"fleet.{place}", f"审批{place}", Role.APPROVER)
            for place in range(_APPROVERS)
        ]
        people = add_borrowers_of_one_loan(session, count, first=first)
        waiting = []
        for place, (borrower, loan) in enumerate(people):
            member, story = members[place % _APPROVERS], Story(session, borrower, loan, now=now)
            story.submit(reason=HardshipReason.ILLNESS)
            waiting.append((member.id, *_claimed(session, member, story, now)))
    sittings = {member.id: _sitting(made, member.id, now) for member in members}
    return [_three_forms(*sittings[whose], path, fields) for whose, path, fields in waiting]


def _claimed(
    session: Session, member: StaffMember, story: Story, now: datetime
) -> tuple[str, dict[str, str]]:
    actor = Actor(ActorKind.STAFF, member.id, frozenset(map(Role, member.roles)))
    claim_case(session, actor, proposal=story.proposal, now=now)
    session.refresh(story.proposal)
    fields = {"row_version": str(story.proposal.row_version), "content_hash": story.version.content_hash}
    return f"/desk/cases/{story.proposal.public_id}", fields


def _sitting(made: World, staff_id: int, now: datetime) -> tuple[str, dict[str, str]]:
    browser = made.browser("staff", staff_id, now=now)
    _, fields = form_of(browser.get("/desk/me").body.decode(), "/desk/sign-out")
    return browser.cookie, fields


def _three_forms(cookie: str, token: dict[str, str], path: str, fields: dict[str, str]) -> list[Form]:
    approve = {**token, **fields, "reason": next(iter(ApproveReason)).value}
    decline = {**token, **fields, **_DECLINE}
    return [
        Form(f"{path}/approve", cookie, approve),
        Form(f"{path}/approve", cookie, approve),
        Form(f"{path}/decline", cookie, decline),
    ]


def race_all(running: Fleet, races: Sequence[Race]) -> Counter[int]:
    """Statuses of all answers."""
    answers: Counter[int] = Counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        for found in clients.map(lambda asked: _raced(running, *asked), enumerate(races)):
            answers.update(found)
    return answers


def _raced(running: Fleet, place: int, race: Race) -> list[int]:
    together, statuses = threading.Barrier(len(race)), []

    def send(number: int, form: Form) -> None:
        together.wait()
        url = running.urls[(place + number) % len(running.urls)]
        statuses.append(_sent(url, form))

    threads = [threading.Thread(target=send, args=each) for each in enumerate(race)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def _sent(url: str, form: Form) -> int:
    parts = urlsplit(url)
    line = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        headers = {"Cookie": form.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        line.request("POST", form.path, urlencode(form.fields), headers)
        answer = line.getresponse()
        answer.read()
        return answer.status
    finally:
        line.close()


def _let_the_minute_pass(database: Database) -> None:
    """What was decided goes out a minute later: here at once."""
    with transaction(database.engine) as session:
        session.execute(
            text("UPDATE decision SET goes_out_at = goes_out_at - interval '2 minutes' WHERE state = 'held'")
        )
        earlier = "UPDATE outbox SET due_at = due_at - interval '2 minutes' WHERE state = 'open'"
        session.execute(text(f"{earlier} AND kind = 'decision:dispatch'"))


def _count_done(database: Database) -> int:
    with transaction(database.engine, writes=False) as session:
        return (
            session.scalar(select(func.count()).select_from(OutboxItem).where(OutboxItem.state == "done"))
            or 0
        )


def faults(database: Database, signers: int, cases: int) -> Sequence[str]:
    """What must not be, of everything that is left. Nothing is well."""
    with transaction(database.engine, writes=False) as session:
        found = [
            _counted("signed", _events(session, "plan:submitted"), signers + cases),
            _counted(
                "decided",
                _of_proposals(
                    session, Decision.proposal_id, Decision.state.in_([s.value for s in LIVE_STATES])
                ),
                cases,
            ),
            _counted("taken effect", _events(session, "plan:approved", "plan:declined"), cases),
            _counted("agreements", _of_proposals(session, Agreement.proposal_id), _approved(session)),
            _counted("sealed", _events(session, "agreement:sealed"), _approved(session)),
            *_outbox_faults(session),
        ]
    return [fault for fault in found if fault]


def _counted(what: str, counts: Sequence[int], wanted: int) -> str:
    """Each of so many exactly once."""
    if len(counts) == wanted and set(counts) <= {1}:
        return ""
    return f"{what}: {len(counts)} of {wanted}, most often {max(counts, default=0)} times"


def _events(session: Session, *names: str) -> Sequence[int]:
    return _of_proposals(session, Event.proposal_id, Event.name.in_(names))


def _of_proposals(session: Session, key: Any, *where: Any) -> Sequence[int]:
    """How often each key is there."""
    return session.scalars(select(func.count()).where(key.is_not(None), *where).group_by(key)).all()


def _approved(session: Session) -> int:
    return session.scalar(select(func.count()).where(Event.name == "plan:approved")) or 0


def _outbox_faults(session: Session) -> Iterator[str]:
    """Everything is done at the first try, or put off until a later hour of contact; what was sent was sent once."""
    rows = session.execute(
        select(OutboxItem.kind, OutboxItem.state, OutboxItem.attempts, OutboxItem.due_at)
    ).all()
    now = served_now()
    for kind, state, attempts, due_at in rows:
        if state == "open" and due_at > now:
            continue
        if state not in {"done", "cancelled"}:
            yield f"{kind} is {state}"
        elif attempts != 1:
            yield f"{kind} took {attempts} tries"
    sent = sum(state == "done" and kind in MESSAGES for kind, state, _, _ in rows)
    shown = session.scalar(select(func.count()).select_from(DemoMessage)) or 0
    if sent != shown:
        yield f"{sent} messages done, {shown} sent"


def _odd_answers(answers: Counter[int]) -> Iterator[str]:
    """Whoever is too late is told so (409) or shown where the first tap led (303)."""
    for status, count in answers.items():
        if status not in {303, 409}:
            yield f"{count} answers {status}"
