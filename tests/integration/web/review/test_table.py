"""Who may do what with a proposal in which state: every role, every act, every state, by real requests, as the tables here say.

A cell is what happened: ``yes`` (done, with its event), ``-`` (nothing to do: a second tap, nothing held), or a refusal by its short
name, whose code stands on the record and whose words stand on the page.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from sqlalchemy import delete, insert, select
from werkzeug.test import TestResponse

from portal.domain.permissions import SYSTEM, Role
from portal.domain.policy import HardshipReason
from portal.domain.proposals import ProposalStatus
from portal.domain.reasons import SecondRefusal
from portal.messages import ERROR_TEXTS
from portal.models import Base, Event, Loan, Proposal
from portal.queries.proposals import find_live_decision, find_signed_version
from portal.services.drafts import discard_draft
from portal.services.facts_moved import flag_moved_facts
from portal.services.proposals import withdraw_proposal
from portal.services.references import new_public_id
from tests.clocks import HandClock
from tests.desk import THREE_MONTHS, Approver
from tests.integration.web.conftest import Writing
from tests.integration.web.worlds import visit
from tests.people import Cast, add_cast, add_loan, add_staff
from tests.stories import Story, send_out

pytestmark = pytest.mark.slow
APPROVER = """
           draft submitted free mine  second seconding held asked countered needs_resign in_force declined over broken
look       404   yes       yes  yes   yes    yes       yes  yes   yes       yes          yes      yes      yes  yes
document   404   yes       yes  yes   yes    yes       yes  yes   yes       yes          yes      yes      yes  yes
claim      404   gone      yes  yes   self   self      gone gone  gone      gone         gone     gone     gone gone
take_over  404   gone      yes  yes   self   self      gone gone  gone      gone         gone     gone     gone gone
release    404   -         -    yes   -      -         -    -     -         -            -        -        -    -
approve    404   gone      hold yes   late   late      late late  late      gone         late     late     gone late
decline    404   gone      hold yes   late   late      late late  late      gone         late     late     gone late
counter    404   gone      hold yes   late   late      late late  late      gone         late     late     gone late
ask        404   gone      hold yes   late   late      late late  late      gone         late     late     gone late
agree      404   gone      gone gone  self   self      late late  late      gone         late     late     gone late
disagree   404   gone      gone gone  self   self      late late  late      gone         late     late     gone late
undo       404   none      none none  yes    yes       yes  none  none      none         none     none     none none
reveal     404   yes       yes  yes   yes    yes       yes  yes   yes       yes          yes      yes      yes  yes
write      404   yes       yes  yes   yes    yes       yes  yes   yes       yes          yes      yes      yes  yes
reinstate  404   not       not  not   not    not       not  not   not       not          not      not      not  yes
end_plan   404   not       not  not   not    not       not  not   not       not          not      not      not  yes
"""
"""The first approver, who holds ``mine`` and has decided ``second``, ``seconding``, ``held`` and what comes after them."""

SUPERVISOR = """
           draft submitted free mine  second seconding held asked countered needs_resign in_force declined over broken
look       404   yes       yes  yes   yes    yes       yes  yes   yes       yes          yes      yes      yes  yes
document   404   yes       yes  yes   yes    yes       yes  yes   yes       yes          yes      yes      yes  yes
claim      404   gone      yes  other yes    yes       gone gone  gone      gone         gone     gone     gone gone
take_over  404   gone      yes  yes   yes    yes       gone gone  gone      gone         gone     gone     gone gone
release    404   -         -    -     -      yes       -    -     -         -            -        -        -    -
approve    404   gone      hold other late   late      late late  late      gone         late     late     gone late
decline    404   gone      hold other late   late      late late  late      gone         late     late     gone late
counter    404   gone      hold other late   late      late late  late      gone         late     late     gone late
ask        404   gone      hold other late   late      late late  late      gone         late     late     gone late
agree      404   gone      gone gone  hold   yes       late late  late      gone         late     late     gone late
disagree   404   gone      gone gone  hold   yes       late late  late      gone         late     late     gone late
undo       404   none      none none  hers   hers      hers none  none      none         none     none     none none
reveal     404   yes       yes  yes   yes    yes       yes  yes   yes       yes          yes      yes      yes  yes
write      404   yes       yes  yes   yes    yes       yes  yes   yes       yes          yes      yes      yes  yes
reinstate  404   not       not  not   not    not       not  not   not       not          not      not      not  yes
end_plan   404   not       not  not   not    not       not  not   not       not          not      not      not  yes
"""
"""The second approver, who holds ``seconding``."""

OWNER = """
           draft discarded submitted free mine  second seconding held asked countered needs_resign in_force declined withdrawn expired
look       yes   yes       yes       yes  yes   yes    yes       yes  yes   yes       yes          yes      yes      yes       yes
write      404   404       yes       yes  yes   yes    yes       yes  yes   yes       yes          yes      yes      yes       yes
withdraw   move  move      yes       yes  yes   yes    yes       yes  yes   yes       yes          move     move     -         move
answer     move  move      move      -    -     -      -         -    yes   move      move         move     move     move      move
refuse     404   404       move      move move  move   move      move move  yes       move         move     move     move      move
sign       sign  sent      sent      sent sent  sent   sent      sent sign  read      sign         sent     sent     sent      sent
review     404   404       move      move move  move   move      move move  move      facts        move     yes      move      move
"""
"""李娜. She signs what is before her: not what was sent, not unread, not unfrozen."""

RIGHTS = """
               look  document other
agent          right right    right
auditor        yes   yes      right
administrator  right right    right
collector      right right    right
caller         right right    right
owner          door  door     door
visitor        door  door     door
"""
"""At the desk, whatever the state: drafts are not found by those who may look."""

STRANGERS = """
           other
stranger   404
visitor    door
approver   door
"""
"""On 李娜's own pages."""

REFUSALS = {
    "facts": "facts_moved",
    "gone": "not_waiting",
    "hers": "decided_by_other",
    "hold": "claim_needed",
    "late": "already_decided",
    "move": "move_not_possible",
    "none": "nothing_to_undo",
    "not": "plan_not_broken",
    "other": "claimed_by_other",
    "read": "disclosure_not_read",
    "right": "permission_missing",
    "self": "decided_first_by_oneself",
    "sent": "not_editable",
    "sign": "terms_not_frozen",
}
STATES_OF: Mapping[str, tuple[str, ...]] = {
    "draft": ("draft", "discarded"),
    "in_force": ("approved", "active", "missed", "broken", "terminated", "completed", "superseded"),
    "over": ("withdrawn", "expired"),
}
"""What a column stands for; any other for itself."""


@dataclass(frozen=True, slots=True)
class People:
    """One member of staff for each role alone: the approver and the supervisor decide."""

    cast: Cast
    staff: Mapping[Role, Any]


@dataclass(frozen=True, slots=True)
class Desk:
    """A story with the two who decide."""

    session: Any
    story: Story
    first: Approver
    second: Approver

    def stand_at(self, status: str) -> None:
        """What no desk leads to: the clock, the book or the borrower does."""
        self.story.proposal.status = status


def _free(_desk: Desk) -> None:
    """Waits in the queue."""


def _mine(desk: Desk) -> None:
    desk.first.take()


def _second(desk: Desk) -> None:
    desk.first.take().counter(THREE_MONTHS)


def _seconding(desk: Desk) -> None:
    _second(desk)
    desk.second.take()


def _held(desk: Desk) -> None:
    desk.first.take().decline()


def _approved(desk: Desk) -> None:
    desk.first.take().approve()


def _as(status: str) -> Callable[[Desk], None]:
    def later(desk: Desk) -> None:
        _approved(desk)
        desk.stand_at(status)

    return later


def _gone_out(act: str) -> Callable[[Desk], None]:
    def out(desk: Desk) -> None:
        getattr(desk.first.take(), act)()
        send_out(desk.session, now=desk.story.now)

    return out


def _moved(desk: Desk) -> None:
    loan = desk.session.get_one(Loan, desk.story.loan.id)
    loan.facts_version += 1
    desk.session.flush()
    flag_moved_facts(desk.session, SYSTEM, loan_id=loan.id, now=desk.story.now)


def _withdrawn(desk: Desk) -> None:
    withdraw_proposal(desk.session, desk.story.actor, proposal=desk.story.proposal, now=desk.story.now)


def _expired(desk: Desk) -> None:
    _withdrawn(desk)
    desk.stand_at("expired")


def _submitted(desk: Desk) -> None:
    """Between two lines of one transaction: nobody ever meets it."""
    _withdrawn(desk)
    desk.stand_at("submitted")


BUILT: Mapping[str, Callable[[Desk], None]] = {
    "submitted": _submitted,
    "free": _free,
    "mine": _mine,
    "second": _second,
    "seconding": _seconding,
    "asked": _gone_out("ask"),
    "countered": _gone_out("counter"),
    "needs_resign": _moved,
    "approved": _approved,
    "active": _as("active"),
    "missed": _as("missed"),
    "broken": _as("broken"),
    "terminated": _as("terminated"),
    "completed": _as("completed"),
    "superseded": _as("superseded"),
    "declined": _gone_out("decline"),
    "withdrawn": _withdrawn,
    "expired": _expired,
    "held": _held,
}
"""Sent offers; what is held comes last, for what goes out takes along all that is held."""
DRAFTS = ("draft", "discarded")


@dataclass(frozen=True, slots=True)
class States:
    people: People
    proposals: Mapping[str, str]
    """Public ids by state."""


@pytest.fixture
def states(writing: Writing) -> States:
    """李娜 has a loan for each state, and a proposal on it that stands there."""
    with writing() as session:
        cast = add_cast(session)
        staff = {
            role: add_staff(session, f"20{place:02}", f"only.{role}", f"只{role}", role)
            for place, role in enumerate(Role)
        }
        people, found = People(cast, staff), {}
        for place, name in enumerate((*DRAFTS, *BUILT)):
            story = Story(session, cast.li_na, add_loan(session, cast.li_na, ref=f"L-{place:04}"))
            if name in DRAFTS:
                story.start().answer()
            else:
                assert story.submit(reason=HardshipReason.ILLNESS) == "in_review"
                first, second = (
                    Approver(session, staff[role], story) for role in (Role.APPROVER, Role.SUPERVISOR)
                )
                BUILT[name](Desk(session, story, first, second))
            if name == "discarded":
                discard_draft(session, story.actor, proposal=story.proposal, now=story.now)
            found[name] = story.proposal.public_id
        return States(people, found)


Acts = Mapping[str, tuple[str, Mapping[str, str]]]
LOOKING: Mapping[str, str] = {}
"""A page that is opened; anything else is a form that is sent."""
AFFORDABLE = {"reason": "affordable"}
DESK: Acts = {
    "look": ("/desk/cases/{}", LOOKING),
    "document": ("/desk/cases/{}/document.pdf", LOOKING),
    "claim": ("/desk/cases/{}/claim", {}),
    "take_over": ("/desk/cases/{}/take-over", {"reason": "agreed"}),
    "release": ("/desk/cases/{}/release", {"act": "release"}),
    "approve": ("/desk/cases/{}/approve", AFFORDABLE),
    "decline": ("/desk/cases/{}/decline", {"reason": "term_too_long", "would_accept": "分 12 期"}),
    "counter": (
        "/desk/cases/{}/counter",
        {
            "reason": "smaller_payments",
            "letter": "您好。",
            "kind": "catch_up",
            "installments": "12",
            "every": "1 month",
            "day_of_month": "20",
            "arrears_treatment": "spread",
            "deferred_interest": "runs",
        },
    ),
    "ask": ("/desk/cases/{}/ask", {"reason": "income", "letter": "您每月的收入大约是多少？"}),
    "agree": ("/desk/cases/{}/second", {}),
    "disagree": ("/desk/cases/{}/second/no", {"reason": SecondRefusal.FACTS_UNCLEAR.value}),
    "undo": ("/desk/cases/{}/undo", {}),
    "reinstate": ("/desk/cases/{}/reinstate", {"reason": "paid_since"}),
    "end_plan": ("/desk/cases/{}/end-plan", {"reason": "asked_for"}),
    "reveal": ("/desk/cases/{}/reveal", {"reason": "call_back"}),
    "write": ("/desk/messages/{}", {"body": "您好。"}),
}
OWN: Acts = {
    "look": ("/proposals/{}", LOOKING),
    "write": ("/proposals/{}/messages", {"body": "您好。", "act": "send"}),
    "withdraw": ("/proposals/{}/withdraw", {}),
    "answer": ("/proposals/{}/answer", {"reply": "每月 5000 元。"}),
    "refuse": ("/proposals/{}/offer/no", {}),
    "sign": ("/proposals/{}/sign", {"code": "000000"}),
    "review": ("/proposals/{}/review", {}),
}
LOOKS = {"look", "document"}
KEEPS = LOOKS | {"reveal", "write", "sign"}
"""Acts that leave the case where it was."""
STILL = {
    "book_import", "borrower", "calendar_version", "consent", "creditor", "document", "event", "installment", "known_device",
    "loan", "payment", "policy_version", "rate_count", "staff_member", "verified_account", "web_session",
}  # fmt: skip
"""Tables that no act here moves; the record only grows."""
_STATUSES = {200: "yes", 303: "door", 403: "right", 404: "404"}
DECIDING = (Role.APPROVER, Role.SUPERVISOR)
TRACES = ("case:looked_at", "case:claim_renewed", "thread:looked_at", "message:read")


class Table:
    """Tries cells and puts back what they changed."""

    def __init__(self, app: Flask, writing: Writing, states: States) -> None:
        self.app, self.writing, self.states = app, writing, states
        self._kept, self._last = self._rows(), 0
        self._pages: dict[tuple[str, bool], Mapping[str, str]] = {}

    def try_all(
        self, who: Mapping[str, int], acts: Acts, *, door: str = "/desk"
    ) -> Iterator[tuple[str, str, str]]:
        """(act, state, outcome), cell by cell, each with the states as they were built."""
        client = self._client(who)
        token = _token(client, door)
        for act, (path, data) in acts.items():
            for state in self.states.proposals:
                outcome = self._cell(client, token, state, path, data)
                yield act, state, outcome
                if outcome == "yes" and act not in KEEPS:
                    self._put_back()

    def refused_all(
        self, who: Mapping[str, int], acts: Acts, *, door: str = "/desk"
    ) -> Iterator[tuple[str, str, str]]:
        """The same for those whom the door or the role refuses: nothing is put back, and the record is read once, at the end."""
        client = self._client(who)
        token, refused = _token(client, door), 0
        self._new_events()
        for act, (path, data) in acts.items():
            for state, public_id in self.states.proposals.items():
                address = path.format(public_id)
                sent = {**data, "csrf_token": token}
                answer = client.get(address) if data is LOOKING else client.post(address, data=sent)
                outcome = _STATUSES.get(answer.status_code, str(answer.status_code))
                refused += outcome == "right"
                yield act, state, outcome
        codes = [fields["code"] for name, fields in self._new_events() if name == "access:refused"]
        assert codes == ["permission_missing"] * refused

    def _client(self, who: Mapping[str, int]) -> FlaskClient:
        """One that reads no page: what is on the pages is tried elsewhere."""
        client: FlaskClient = visit(self.app, **who)
        client.__class__ = FlaskClient
        return client

    def _cell(self, client: FlaskClient, token: str, state: str, path: str, data: Mapping[str, str]) -> str:
        public_id = self.states.proposals[state]
        if data is LOOKING:
            return self._outcome(client.get(path.format(public_id)))
        sent = {**self._seen(public_id, path), **data, "csrf_token": token, "form_key": new_public_id()}
        return self._outcome(client.post(path.format(public_id), data=sent))

    def _seen(self, public_id: str, path: str) -> Mapping[str, str]:
        """What a page drawn a moment ago would have sent along; every cell begins with the same."""
        key = public_id, "second" in path
        if key not in self._pages:
            self._pages[key] = self._drawn(public_id, for_second="second" in path)
        return self._pages[key]

    def _drawn(self, public_id: str, *, for_second: bool) -> Mapping[str, str]:
        with self.writing() as session:
            proposal = session.scalars(select(Proposal).where(Proposal.public_id == public_id)).one()
            live, signed = find_live_decision(session, proposal), find_signed_version(session, proposal)
            hashed = live if for_second and live else signed
            content_hash = hashed.content_hash if hashed else ""
            return {"row_version": str(proposal.row_version), "content_hash": content_hash}

    def _outcome(self, answer: TestResponse) -> str:
        found = self._new_events()
        if answer.status_code == 404:
            return "404"
        if answer.status_code == 303 and "sign-in" in (answer.location or ""):
            return "door"
        codes = [fields["code"] for _, fields in found if "code" in fields]
        if answer.status_code in {403, 409} or codes:
            assert codes, f"{answer.status_code} without an event"
            self._is_said(answer, codes[-1])
            return next((short for short, code in REFUSALS.items() if code == codes[-1]), codes[-1])
        assert answer.status_code in {200, 303}, answer.status_code
        return "yes" if found or answer.request.method == "GET" else "-"

    def _new_events(self) -> list[tuple[str, dict[str, Any]]]:
        with self.writing() as session:
            rows = session.execute(
                select(Event.id, Event.name, Event.fields).where(Event.id > self._last).order_by(Event.id)
            ).all()
        self._last = rows[-1].id if rows else self._last
        return [(name, fields) for _, name, fields in rows if name not in TRACES]

    def _is_said(self, answer: TestResponse, code: str) -> None:
        """In words, where the answer is a page; where it leads on, the next page says it."""
        if answer.status_code == 303:
            return
        with self.app.test_request_context(), force_locale("zh_CN"):
            words = str(ERROR_TEXTS[code]).partition("%")[0]
        assert words in unescape(answer.get_data(as_text=True)), code

    def _rows(self) -> dict[str, list[dict[str, Any]]]:
        """All that an act here may move."""
        with self.writing() as session:
            return {
                table.name: [dict(row) for row in session.execute(select(table)).mappings()]
                for table in Base.metadata.sorted_tables
                if table.name not in STILL
            }

    def _put_back(self) -> None:
        with self.writing() as session:
            tables = [table for table in Base.metadata.sorted_tables if table.name in self._kept]
            for table in reversed(tables):
                session.execute(delete(table))
            for table in tables:
                if self._kept[table.name]:
                    session.execute(insert(table), self._kept[table.name])


def _token(client: FlaskClient, door: str) -> str:
    page = client.get(f"{door}/no-such-page").get_data(as_text=True)
    return page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


def read(table: str) -> Mapping[tuple[str, str], str]:
    """(row, state): cell; a column of several states is spread out."""
    head, *rows = table.strip("\n").splitlines()
    columns = head.split()
    cells = {}
    for row in rows:
        name, *values = row.split()
        for column, value in zip(columns, values, strict=True):
            for state in STATES_OF.get(column, (column,)):
                if state == column or state not in columns:
                    cells[name, state] = value
    return cells


@pytest.fixture
def table(app: Flask, writing: Writing, states: States, clock: HandClock) -> Table:
    clock.move_on(minutes=2)
    return Table(app, writing, states)


ONE_DATABASE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""Refused before a state is read: no database has a say in it."""


def faults(expected: Mapping[tuple[str, str], str], tried: Iterator[tuple[str, str, str]]) -> list[str]:
    found = {(act, state): outcome for act, state, outcome in tried}
    assert found.keys() == expected.keys()
    return [
        f"{act} in {state}: {found[act, state]}, wanted {wanted}"
        for (act, state), wanted in expected.items()
        if found[act, state] != wanted
    ]


@pytest.mark.parametrize(
    ("role", "expected"),
    [(Role.APPROVER, APPROVER), (Role.SUPERVISOR, SUPERVISOR)],
    ids=["approver", "supervisor"],
)
def test_those_who_decide(table: Table, role: Role, expected: str) -> None:
    who = {"staff": table.states.people.staff[role].id}
    assert faults(read(expected), table.try_all(who, DESK)) == []


def test_the_borrower(table: Table) -> None:
    who = {"borrower": table.states.people.cast.li_na.id}
    assert faults(read(OWNER), table.try_all(who, OWN, door="")) == []


@ONE_DATABASE
def test_those_who_decide_nothing_at_the_desk(table: Table) -> None:
    people, expected = table.states.people, read(RIGHTS)
    tried = {str(role): {"staff": people.staff[role].id} for role in Role if role not in DECIDING}
    everybody = {**tried, "owner": {"borrower": people.cast.li_na.id}, "visitor": {}}
    wrong = []
    for name, who in everybody.items():
        for act, state, outcome in table.refused_all(who, DESK):
            wanted = expected[name, act if act in LOOKS else "other"]
            if wanted == "yes" and state in STATES_OF["draft"]:
                wanted = "404"
            wrong += [] if outcome == wanted else [f"{name}: {act} in {state}: {outcome}, wanted {wanted}"]
    assert wrong == []


@ONE_DATABASE
def test_those_who_are_not_the_borrower(table: Table) -> None:
    people, expected = table.states.people, read(STRANGERS)
    everybody = {
        "stranger": {"borrower": people.cast.wang_qiang.id},
        "visitor": {},
        "approver": {"staff": people.staff[Role.APPROVER].id},
    }
    for name, who in everybody.items():
        outcomes = {outcome for _, _, outcome in table.refused_all(who, OWN, door="")}
        assert outcomes == {expected[name, "other"]}, name


NOT_DECIDING = {"heartbeat", "reckoned", "evidence"}
"""Keeps a claim, works terms out, and puts a case's evidence together (the auditor's: ``test_evidence.py``)."""


@ONE_DATABASE
def test_every_state_role_and_way_to_decide_is_in_the_tables(
    states: States, writing: Writing, app: Flask
) -> None:
    with writing() as session:
        assert set(session.scalars(select(Proposal.status))) == set(ProposalStatus)
    assert {name for name, _ in read(RIGHTS)} | {str(role) for role in DECIDING} >= {
        str(role) for role in Role
    }
    assert {path.rpartition("/")[2] for path, _ in DESK.values()} >= {
        rule.rule.rpartition("/")[2]
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/desk/cases/<public_id>/") and "POST" in (rule.methods or ())
    } - NOT_DECIDING
