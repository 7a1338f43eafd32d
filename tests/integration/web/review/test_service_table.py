"""Who may do what with what a borrower brought up, in which state: every role, every act, every state, by real requests.

Cells are told as in ``test_table.py``: ``yes``, ``-``, or a refusal by its short name, on record and in words.
"""

from collections.abc import Iterator, Mapping

import pytest
from flask import Flask
from sqlalchemy import select

from portal.domain.case_handling import CaseReason, HandOverReason
from portal.domain.cases import CaseKind, CaseTopic
from portal.domain.permissions import Role
from portal.models import ServiceCase
from portal.services.case_decisions import ask_second_look
from portal.services.case_handling import hand_over_service_case
from tests.clocks import HandClock
from tests.integration.web.conftest import Writing
from tests.integration.web.review.test_table import (
    LOOKING,
    ONE_DATABASE,
    Acts,
    People,
    States,
    Table,
    _token,
    faults,
    read,
)
from tests.people import NOW, TODAY, add_cast, add_loan, add_staff
from tests.service_cases import CORRECTION, Handler, bring_up
from tests.stories import ZONE, borrower_actor

pytestmark = pytest.mark.slow
APPROVER = """
            free mine others agents closed second about talk
look        yes  yes  yes    yes    yes    yes    about yes
take        yes  -    owned  owned  closed self   about yes
give_back   -    yes  -      -      -      -      -     -
hand_over   free yes  owned  -      closed self   about free
acknowledge free yes  owned  owned  closed self   about free
lender_page free yes  owned  owned  closed self   about free
lender      free yes  owned  owned  closed self   about free
decide_page free yes  owned  owned  closed self   about free
decide      free yes  owned  owned  closed self   about free
reveal      free yes  owned  owned  closed self   about free
staff       free kind owned  owned  closed self   about free
write       yes  yes  yes    yes    yes    yes    about yes
"""
"""Who owns ``mine``, decided ``closed`` and ``second``, and is complained about in ``about``."""

SUPERVISOR = """
            free mine  others agents closed second about talk
look        yes  yes   yes    yes    yes    yes    yes   yes
take        yes  owned -      owned  closed yes    yes   yes
give_back   -    -     yes    -      -      -      -     -
hand_over   yes  yes   yes    -      closed yes    yes   yes
acknowledge free owned yes    owned  closed free   free  free
lender_page free owned yes    owned  closed free   free  free
lender      free owned yes    owned  closed free   free  free
decide_page free owned yes    owned  closed free   free  free
decide      free owned yes    owned  closed free   free  free
reveal      free owned yes    owned  closed free   free  free
staff       free owned kind   owned  closed free   free  free
write       yes  yes   yes    yes    yes    yes    yes   yes
"""
"""Who owns ``others``, and hands over what is anybody's."""

AGENT = """
            free  mine  others agents closed second about talk
look        404   404   404    yes    404    404    404   yes
take        404   404   404    -      404    404    404   yes
give_back   404   404   404    yes    404    404    404   -
hand_over   404   404   404    -      404    404    404   free
acknowledge 404   404   404    yes    404    404    404   free
lender_page 404   404   404    yes    404    404    404   free
lender      404   404   404    yes    404    404    404   free
decide_page 404   404   404    yes    404    404    404   free
decide      404   404   404    right  404    404    404   free
reveal      404   404   404    yes    404    404    404   free
staff       404   404   404    kind   404    404    404   free
write       right right right  yes    right  right  right right
"""
"""Who owns ``agents``, and takes a free wish to talk."""

SHORT = {
    "case_closed": "closed",
    "case_decided_by_oneself": "self",
    "case_not_taken": "free",
    "case_owned_by_other": "owned",
    "complained_about": "about",
    "not_a_complaint": "kind",
    "permission_missing": "right",
}
ACTS: Acts = {
    "look": ("/desk/service/{}", LOOKING),
    "take": ("/desk/service/{}/take", {}),
    "give_back": ("/desk/service/{}/give-back", {}),
    "hand_over": ("/desk/service/{}/hand-over", {"to": "2000", "reason": "agreed"}),
    "acknowledge": ("/desk/service/{}/acknowledge", {}),
    "lender_page": ("/desk/service/{}/lender", LOOKING),
    "lender": (
        "/desk/service/{}/lender",
        {"what": CORRECTION.what, "is_wrong": CORRECTION.is_wrong, "should_be": CORRECTION.should_be},
    ),
    "decide_page": ("/desk/service/{}/decide", LOOKING),
    "decide": ("/desk/service/{}/decide", {"words": "我们逐笔核对过。"}),
    "reveal": ("/desk/service/{}/reveal", {"reason": "call_back"}),
    "staff": ("/desk/service/{}/staff", {"number": "2001"}),
    "write": ("/desk/messages/{}", {"body": "您好。"}),
}


class ServiceTable(Table):
    """The same over service cases: each cell that did something is put back."""

    def try_acts(self, role: Role) -> Iterator[tuple[str, str, str]]:
        client = self._client({"staff": self.states.people.staff[role].id})
        token = _token(client, "/desk")
        for act, (path, data) in ACTS.items():
            for state in self.states.proposals:
                outcome = self._cell(client, token, state, path, data)
                yield act, state, SHORT.get(outcome, outcome)
                if outcome == "yes" and data is not LOOKING:
                    self._put_back()

    def _drawn(self, public_id: str, *, for_second: bool) -> Mapping[str, str]:
        """What the page to decide on would have sent along."""
        del for_second
        with self.writing() as session:
            case = session.scalars(select(ServiceCase).where(ServiceCase.public_id == public_id)).one()
            ends = {"talk": ("talked", "answered"), "complaint": ("not_upheld", "rules_kept")}
            outcome, reason = ends.get(case.kind, ("not_upheld", "book_right"))
            return {"row_version": str(case.row_version), "outcome": outcome, "reason": reason}


@pytest.fixture
def table(app: Flask, writing: Writing, clock: HandClock) -> ServiceTable:
    """李娜 brought up one thing for each state."""
    with writing() as session:
        cast = add_cast(session)
        staff = {
            role: add_staff(session, f"20{place:02}", f"only.{role}", f"只{role}", role)
            for place, role in enumerate(Role)
        }
        cases = {}
        for place, state in enumerate(
            ("free", "mine", "others", "agents", "closed", "second", "about", "talk")
        ):
            loan = add_loan(session, cast.li_na, ref=f"L-{place:04}")
            if state == "about":
                number = staff[Role.APPROVER].number
                how = {"kind": CaseKind.COMPLAINT, "topic": CaseTopic.SERVICE}
                cases[state] = bring_up(session, cast.li_na, loan, staff_number=number, **how)  # type: ignore[arg-type]
            elif state == "talk":
                cases[state] = bring_up(session, cast.li_na, loan, kind=CaseKind.TALK, topic=CaseTopic.PAYING)
            else:
                cases[state] = bring_up(session, cast.li_na, loan)
        approver, supervisor = (
            Handler(session, staff[role], cases["free"]) for role in (Role.APPROVER, Role.SUPERVISOR)
        )
        for handler, state in (
            (approver, "mine"),
            (supervisor, "others"),
            (supervisor, "agents"),
            (approver, "closed"),
            (approver, "second"),
        ):
            handler.case = cases[state]
            handler.take()
        hand_over_service_case(
            session,
            supervisor.actor,
            case=cases["agents"],
            to=staff[Role.AGENT],
            reason=HandOverReason.AGREED,
            now=NOW,
        )
        for state in ("closed", "second"):
            approver.case = cases[state]
            approver.decide(reason=CaseReason.NOT_SHOWN)
        ask_second_look(
            session, borrower_actor(cast.li_na), case=cases["second"], today=TODAY, zone=ZONE, now=NOW
        )
        states = States(People(cast, staff), {name: case.public_id for name, case in cases.items()})
    clock.move_on(minutes=2)
    return ServiceTable(app, writing, states)


@pytest.mark.parametrize(
    ("role", "expected"),
    [(Role.APPROVER, APPROVER), (Role.SUPERVISOR, SUPERVISOR)],
    ids=["approver", "supervisor"],
)
def test_those_who_decide(table: ServiceTable, role: Role, expected: str) -> None:
    assert faults(read(expected), table.try_acts(role)) == []


@ONE_DATABASE
def test_those_who_handle_and_do_not_decide(table: ServiceTable) -> None:
    assert faults(read(AGENT), table.try_acts(Role.AGENT)) == []


@ONE_DATABASE
@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR, Role.COLLECTOR])
def test_those_who_only_look_or_do_not(table: ServiceTable, role: Role) -> None:
    who = {"staff": table.states.people.staff[role].id}
    looks = "yes" if role is Role.AUDITOR else "right"
    for act, state, outcome in table.refused_all(who, ACTS):
        assert outcome == (looks if act == "look" else "right"), (act, state)


@ONE_DATABASE
def test_every_way_to_handle_is_in_the_tables(table: ServiceTable) -> None:
    tried = {path.rpartition("/")[2] for path, _ in ACTS.values()}
    assert tried >= {
        rule.rule.rpartition("/")[2]
        for rule in table.app.url_map.iter_rules()
        if rule.rule.startswith("/desk/service/<public_id>/") and "POST" in (rule.methods or ())
    }
