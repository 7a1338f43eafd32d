"""A day at the desk: approvers who take the next case, pause, forget, are cut off, and a server that dies under them; then what is left.

The approvers send real requests. What they do is drawn by a seeded generator of their own, the clock is moved by hand, and nothing here
knows more of the queue than its pages tell.
"""

import itertools
import random
import re
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import OperationalError

from portal.db import transaction
from portal.domain.decisions import LIVE_STATES
from portal.domain.permissions import Role
from portal.domain.policy import HardshipReason
from portal.models import Agreement, Decision, Event, Proposal, ReviewItem, WebSession
from portal.queries.proposals import get_signed_version
from portal.web.sessions import LIMITS, token_hash
from tests.people import add_cast, add_loan, add_staff
from tests.stories import Story, send_out

APPROVERS = 10
MIXES = 7919
"""A prime: the promised times lie in no order of making."""
LIVE = [state.value for state in LIVE_STATES]
_HIDDEN = re.compile(r'name="(csrf_token|row_version|content_hash)"[^>]*value="([^"]*)"')
_CASE = re.compile(r"/desk/cases/([0-9a-f]{32})$")
_TAKES_OR_ENDS = (
    "case:claimed",
    "case:released",
    "decision:second_wanted",
    "decision:held",
    "plan:approved",
    "plan:declined",
)
_OFF = (OSError, HTTPException)


@dataclass(frozen=True, slots=True)
class Odds:
    """Of a hundred cases taken, so many are left lying, so many forms are sent into a line that is cut, so many plans are declined."""

    forgotten: int = 5
    cut_off: int = 5
    declined: int = 25


@dataclass(frozen=True, slots=True)
class Own:
    """A case that an approver filled in: theirs to look at, never to decide."""

    public_id: str
    row_version: int
    content_hash: str


@dataclass
class Day:
    """``port`` is where the server listens, ``now`` reads the hand clock."""

    engine: Engine
    port: int
    now: Callable[[], datetime]
    own_tries: int
    odds: Odds = field(default_factory=Odds)
    seed: int = 7
    is_over: threading.Event = field(default_factory=threading.Event)
    answers: Counter[str] = field(default_factory=Counter)

    def note(self, what: str, times: int = 1) -> None:
        with _NOTES:
            self.answers[what] += times


_NOTES = threading.Lock()


def lay_out(engine: Engine, cases: int) -> list[tuple[int, Sequence[Own]]]:
    """Cases that wait, a third of them filled in by one of the approvers; each approver's id with the cases of their own."""
    with transaction(engine) as session:
        cast = add_cast(session)
        members = [
            add_staff(session, f"3{place:03}", f"approver.{place}", f"审批{place}", Role.APPROVER)
            for place in range(APPROVERS)
        ]
        ids, owns = [member.id for member in members], [[] for _ in members]  # type: ignore[var-annotated]
        borrower_id = cast.li_na.id
    for first in range(0, cases, 100):
        with transaction(engine) as session:
            li_na = session.get_one(type(cast.li_na), borrower_id)
            for place in range(first, min(first + 100, cases)):
                story = Story(session, li_na, add_loan(session, li_na, ref=f"L-{place:05}"))
                story.submit(reason=HardshipReason.ILLNESS)
                item = session.get_one(ReviewItem, story.proposal.id)
                item.deadline_at += timedelta(minutes=place * MIXES % cases)
                if place % 3 == 0:
                    whose = (place // 3) % APPROVERS
                    story.proposal.drafted_by_staff_id = ids[whose]
                    item.drafted_by = ids[whose]
                    signed = get_signed_version(session, story.proposal)
                    owns[whose].append(
                        Own(story.proposal.public_id, story.proposal.row_version, signed.content_hash)
                    )
    return list(zip(ids, owns, strict=True))


class AtTheDesk(threading.Thread):
    """One approver from the first case to the end of the day."""

    def __init__(self, day: Day, staff_id: int, own: Sequence[Own]) -> None:
        super().__init__(daemon=True)
        self.day, self.staff_id, self.own = day, staff_id, own
        self.dice = random.Random(day.seed * 1000 + staff_id)
        self.tries = itertools.cycle(own)
        self.left = day.own_tries
        self.token, self.cookie = "", ""

    def run(self) -> None:
        self._sign_in()
        while not self.day.is_over.is_set() or self.left > 0:
            try:
                self._own_case()
                if not self.day.is_over.is_set():
                    self._next()
            except _OFF:
                self.day.note("server away")
                time.sleep(0.05)

    def _next(self) -> None:
        status, place, _ = self._send("POST", "/desk/next", {})
        found = _CASE.search(place)
        if status != 303 or found is None:
            self.day.note("nothing for me")
            time.sleep(0.05)
            return
        if self.dice.randrange(100) < self.day.odds.forgotten:
            self.day.note("left lying")
            return
        self._decide(f"/desk/cases/{found[1]}")

    def _decide(self, case: str) -> None:
        _, _, page = self._send("GET", case)
        if f"{case}/second" in page:
            self._send_form(f"{case}/second", {}, "second")
        elif self.dice.randrange(100) < self.day.odds.declined:
            self._send_form(
                f"{case}/decline", {"reason": "term_too_long", "would_accept": "分 12 期"}, "decline"
            )
        else:
            self._send_form(f"{case}/approve", {"reason": "affordable"}, "approve")
            if "等待第二审批人" in self._send("GET", case)[2]:
                self._never(f"{case}/second", {})

    def _send_form(self, address: str, typed: dict[str, str], what: str) -> None:
        status, _, page = self._send("GET", address)
        if status != 200:
            self.day.note("too late")
            return
        fields = {**dict(_HIDDEN.findall(page)), **typed}
        is_cut = self.dice.randrange(100) < self.day.odds.cut_off
        self.day.note(what)
        status, _, _ = self._send("POST", address, fields, is_cut=is_cut)
        self.day.note({303: "decided", 409: "too late", 0: "cut off"}.get(status, str(status)))

    def _own_case(self) -> None:
        """Now and then somebody tries what nobody may."""
        if self.left <= 0:
            return
        own = next(self.tries)
        act = self.dice.choice(["claim", "approve", "take-over"])
        typed = {
            "row_version": str(own.row_version),
            "content_hash": own.content_hash,
            "reason": "affordable" if act == "approve" else "agreed",
        }
        self.left -= self._never(f"/desk/cases/{own.public_id}/{act}", typed)

    def _never(self, address: str, typed: dict[str, str]) -> int:
        """1 where it was tried: what met a server that was ending is no try."""
        status, _, _ = self._send("POST", address, typed)
        if status not in {303, 403, 409}:
            return 0
        self.day.note("own tries")
        self.day.note("own tries refused", int(status != 303))
        return 1

    def _send(
        self, method: str, path: str, fields: dict[str, str] | None = None, *, is_cut: bool = False
    ) -> tuple[int, str, str]:
        """Status, where it leads, the page; status 0 where the line is cut before the answer. Signs in again where the sitting is over."""
        for _ in range(2):
            line = HTTPConnection("127.0.0.1", self.day.port, timeout=60)
            try:
                headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
                body = None if fields is None else urlencode({"csrf_token": self.token, **fields})
                line.request(method, path, body, headers)
                if is_cut:
                    return 0, "", ""
                answer = line.getresponse()
                place, page = answer.getheader("Location") or "", answer.read().decode()
            finally:
                line.close()
            if "/desk/sign-in" not in place and not (answer.status == 400 and method == "POST"):
                return answer.status, place, page
            self._sign_in()
        return answer.status, place, page

    def _sign_in(self) -> None:
        """As if with password and code: the sign-in itself is another story."""
        while True:
            key, now = secrets.token_urlsafe(32), self.day.now()
            self.cookie = f"__Host-desk={key}"
            with suppress(*_OFF, OperationalError):
                with transaction(self.day.engine) as session:
                    session.add(_session_row(key, self.staff_id, now))
                line = HTTPConnection("127.0.0.1", self.day.port, timeout=60)
                line.request("GET", "/desk/me", headers={"Cookie": self.cookie})
                self.token = dict(_HIDDEN.findall(line.getresponse().read().decode())).get("csrf_token", "")
                line.close()
                if self.token:
                    return
            time.sleep(0.1)


def _session_row(key: str, staff_id: int, now: datetime) -> WebSession:
    return WebSession(
        token_hash=token_hash(key),
        audience="staff",
        person_id=staff_id,
        data={"_user_id": f"staff:{staff_id}", "_fresh": True, "signed_in_at": now.isoformat()},
        created_at=now,
        seen_at=now - timedelta(seconds=5),
        expires_at=now + LIMITS["staff"].absolute,
    )


def go_out(day: Day) -> int:
    """As the worker does: what has been held for its minute takes effect."""
    try:
        with transaction(day.engine) as session:
            return send_out(session, now=day.now())
    except OperationalError:  # SQLite, and another process writes: the worker comes again
        return 0


def waiting(engine: Engine) -> int:
    """Cases that still wait for somebody."""
    with transaction(engine, writes=False) as session:
        some = select(func.count()).select_from(ReviewItem).where(ReviewItem.stage != "held")
        return session.scalar(some) or 0


def promised_times(engine: Engine) -> dict[int, datetime]:
    """By proposal, of all that waits: read before the day begins, for a decided case stands in no queue."""
    with transaction(engine, writes=False) as session:
        return dict(session.execute(select(ReviewItem.proposal_id, ReviewItem.deadline_at)).all())


def passed_over(engine: Engine, promised: Mapping[int, datetime]) -> Counter[int]:
    """How often somebody was given a case with a later promise while this one, by proposal, lay free and was theirs to decide.

    Read from the record in the order of its events. A case whose row a colleague is taking in the same moment counts as free here.
    """
    with transaction(engine, writes=False) as session:
        drafters = dict(session.execute(select(Proposal.id, Proposal.drafted_by_staff_id)).all())
        rows = session.execute(
            select(Event.proposal_id, Event.actor_id, Event.name, Event.at, Event.fields)
            .where(Event.name.in_(_TAKES_OR_ENDS))
            .order_by(Event.id)
        ).all()
    passed: Counter[int] = Counter()
    free_from: dict[int, datetime | None] = dict.fromkeys(promised, datetime.min.replace(tzinfo=UTC))
    first: dict[int, int | None] = {}
    for case, who, name, at, fields in rows:
        if name == "case:claimed":
            passed.update(
                other
                for other, free in free_from.items()
                if free is not None
                and free <= at
                and promised[other] < promised[case]
                and who not in {drafters[other], first.get(other)}
            )
            free_from[case] = datetime.fromisoformat(fields["until"])
        elif name == "decision:second_wanted":
            free_from[case], first[case] = at, who
        else:
            free_from[case] = at if name == "case:released" else None
    return passed


def faults(engine: Engine, cases: int) -> Sequence[str]:
    """What must not be, of everything that is left after the day. Nothing is well."""
    with transaction(engine, writes=False) as session:
        live = dict(
            session.execute(
                select(Decision.proposal_id, func.count())
                .where(Decision.state.in_(LIVE))
                .group_by(Decision.proposal_id)
            ).all()
        )
        proposals = session.scalars(select(Proposal).where(Proposal.version_number > 0)).all()
        agreed = set(session.scalars(select(Agreement.proposal_id)))
        found = [
            _names("undecided", [each.reference for each in proposals if live.get(each.id, 0) == 0]),
            _names(
                "decided more than once", [each.reference for each in proposals if live.get(each.id, 0) > 1]
            ),
            _names(
                "agreement without approval, or the reverse",
                [each.reference for each in proposals if (each.status == "approved") != (each.id in agreed)],
            ),
            _names("approved by event twice or never", _odd_events(session, agreed)),
            _names("by themselves", _by_themselves(session)),
        ]
        counted = [] if len(proposals) == cases else [f"{len(proposals)} of {cases} cases are there"]
        return [*counted, *filter(None, found)]


def _names(what: str, whose: Sequence[Any]) -> str:
    return f"{what}: {len(whose)}, first {whose[0]}" if whose else ""


def _odd_events(session: Any, agreed: set[int]) -> Sequence[int]:
    rows = session.execute(
        select(Event.proposal_id, func.count())
        .where(Event.name == "plan:approved")
        .group_by(Event.proposal_id)
    ).all()
    counts = dict(rows)
    return [each for each in agreed | counts.keys() if counts.get(each) != 1 or each not in agreed]


def _by_themselves(session: Any) -> Sequence[int]:
    rows = session.scalars(select(Decision)).all()
    return [
        each.proposal_id
        for each in rows
        if len({each.drafter_staff_id, each.first_staff_id, each.second_staff_id} - {None})
        != sum(who is not None for who in (each.drafter_staff_id, each.first_staff_id, each.second_staff_id))
    ]


def figures(engine: Engine) -> Counter[str]:
    """How they were decided, and by how many."""
    with transaction(engine, writes=False) as session:
        rows = session.execute(
            select(Decision.kind, func.count()).where(Decision.state.in_(LIVE)).group_by(Decision.kind)
        ).all()
        people = session.scalars(
            select(func.count(Decision.first_staff_id.distinct())).where(Decision.state.in_(LIVE))
        ).one()
        seconds = session.scalars(
            select(func.count()).where(Decision.second_staff_id.is_not(None), Decision.state.in_(LIVE))
        ).one()
        return Counter({**dict(rows), "seconded": seconds, "approvers": people})
