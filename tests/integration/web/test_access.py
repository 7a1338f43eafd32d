"""Every view, by every method, was tried by everybody: as declared here, and nothing is undeclared."""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal import create_app
from portal.commands.record_keeping import keeper_of
from portal.config import Config
from portal.domain.permissions import Role
from portal.models import Event, StaffMember
from portal.web import access
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.integration.web.worlds import (
    MISSING,
    World,
    build_world,
    changed,
    form_token,
    snapshot,
    statements,
    visit,
)

ROOT = Path(__file__).resolve().parents[3]

ANYBODYS = frozenset(
    {
        "borrower.forget_this_device",
        "borrower.new_number",
        "borrower.new_number_asked",
        "borrower.new_number_code",
        "borrower.no_code",
        "borrower.not_me",
        "borrower.not_me_done",
        "borrower.sign_in",
        "borrower.sign_in_code",
        "borrower.sign_in_ending",
        "borrower.sign_in_resend",
        "demo.index",
        "demo.messages",
        "demo.people",
        "public.agencies",
        "public.check",
        "public.checker",
        "public.checkpoint",
        "public.checkpoint_of",
        "public.complain",
        "public.complaint_received",
        "public.health",
        "public.message_check",
        "public.message_health",
        "public.privacy",
        "public.ready",
        "public.record_health",
        "public.record_keys",
        "public.set_desk_language",
        "public.set_language",
        "public.set_view",
        "public.time_stamp_of",
        "public.time_stamps",
        "review.join",
        "review.join_picture",
        "review.send_join",
        "review.sign_in",
        "review.ask_key_at_sign_in",
        "review.send_key_at_sign_in",
    }
)
EVERY_BORROWERS = frozenset(
    {
        "borrower.session_keep",
        "borrower.session_left",
        "borrower.session_stay",
        "borrower.home",
        "borrower.inbox",
        "borrower.cases",
        "borrower.complain",
        "borrower.record",
        "borrower.record_forget_budget",
        "borrower.record_consents",
        "borrower.record_remove_representative",
        "borrower.record_representative",
        "borrower.record_wishes",
        "borrower.record_withdraw",
        "borrower.record_data",
        "borrower.record_email",
        "borrower.record_email_code",
        "borrower.record_remove_email",
        "borrower.record_json",
        "borrower.record_end_other_sessions",
        "borrower.record_end_session",
        "borrower.record_messages",
        "borrower.record_sessions",
        "borrower.record_text",
        "borrower.sign_out",
        "borrower.support_allow",
        "borrower.support_call",
        "borrower.support_end",
        "borrower.support_enter",
    }
)
OWNERS: Mapping[str, str] = {
    "borrower.agreement": "agreement",
    "borrower.agreement_calendar": "agreement",
    "borrower.agreement_check_code": "agreement",
    "borrower.agreement_document": "agreement",
    "borrower.attachment": "attachment",
    "borrower.agreement_early": "agreement",
    "borrower.plan_change": "running",
    "borrower.case": "case",
    "borrower.case_second_look": "case",
    "borrower.case_thread": "case",
    "borrower.send_to_case": "case",
    "borrower.proposal_thread": "waiting",
    "borrower.send_to_proposal": "waiting",
    "borrower.counter_refuse": "waiting",
    "borrower.assignment": "loan",
    "borrower.confirm_assignment": "loan",
    "borrower.dispute": "loan",
    "borrower.loan": "loan",
    "borrower.pay": "loan",
    "borrower.receipts": "loan",
    "borrower.plan_begin": "loan",
    "borrower.plan_budget": "draft",
    "borrower.plan_budget_help": "draft",
    "borrower.plan_check": "draft",
    "borrower.plan_decider": "draft",
    "borrower.plan_choice": "draft",
    "borrower.plan_choose": "draft",
    "borrower.plan_discard": "draft",
    "borrower.plan_disclosure": "draft",
    "borrower.plan_explain": "draft",
    "borrower.plan_instead": "draft",
    "borrower.plan_need": "draft",
    "borrower.plan_own": "draft",
    "borrower.plan_own_numbers": "draft",
    "borrower.plan_preview": "draft",
    "borrower.plan_reason": "draft",
    "borrower.plan_sign": "draft",
    "borrower.plan_sign_code": "draft",
    "borrower.plan_start": "loan",
    "borrower.plan_terms": "draft",
    "borrower.proposal": "waiting",
    "borrower.proposal_answer": "waiting",
    "borrower.proposal_review": "waiting",
    "borrower.proposal_withdraw": "waiting",
    "borrower.talk": "loan",
}
"""Pages of one thing, and whose page is opened here: they open to the owner alone."""

OTHERS: Mapping[str, str] = {
    "public.checkpoint_of": "checkpoint",
    "public.time_stamp_of": "checkpoint",
    "review.attachment": "attachment",
    "review.answer_correction": "request",
    **dict.fromkeys(("review.join", "review.join_picture", "review.send_join"), "join"),
    **dict.fromkeys(
        (
            "review.disable_staff",
            "review.enable_staff",
            "review.end_staff_sessions",
            "review.reset_staff",
            "review.set_staff_roles",
            "review.staff_member",
        ),
        "member",
    ),
    **dict.fromkeys(
        (
            "review.answer_incident_notice",
            "review.change_incident_page",
            "review.draft_incident_notice",
            "review.incident",
            "review.incident_notice",
            "review.propose_incident_silence",
            "review.send_incident_change",
            "review.send_incident_close",
        ),
        "incident",
    ),
    **dict.fromkeys(
        ("review.agency", "review.send_evaluation", "review.renew_agency", "review.stop_agency"), "agency"
    ),
    **dict.fromkeys(
        ("review.agree_staff_change", "review.refuse_staff_change", "review.take_staff_change_back"), "change"
    ),
    **dict.fromkeys(("review.renew_invitation", "review.take_invitation_back"), "invitation"),
    "review.guide_text": "guide",
    "review.figures_csv": "table",
    "review.figure_report": "report",
    "review.answer_support_escalation": "escalation",
    "review.send_support_reading": "reading",
    "review.support_reading": "reading",
    "review.write_guide_text": "guide",
    **dict.fromkeys(
        (
            "review.act_on_policy",
            "review.decide_policy",
            "review.policy_difference",
            "review.policy_version",
            "review.replay_policy_draft",
            "review.save_policy",
            "review.write_policy",
        ),
        "policy",
    ),
    "review.answer_policy_trial": "tried",
    "review.end_policy_trial": "tried",
    **dict.fromkeys(
        (
            "review.acknowledge_service",
            "review.ask_lender_page",
            "review.decide_service",
            "review.give_service_back",
            "review.hand_service_over",
            "review.name_service_staff",
            "review.reveal_service",
            "review.send_service_decision",
            "review.send_to_lender",
            "review.service_case",
            "review.take_service",
            "review.taken_down",
        ),
        "case",
    ),
    **dict.fromkeys(
        (
            "review.decide_visitor",
            "review.give_visitor_back",
            "review.name_visitor_staff",
            "review.take_visitor",
            "review.visitor",
        ),
        "visitor",
    ),
    **dict.fromkeys(
        (
            "review.agree_hold_end",
            "review.end_hold",
            "review.end_legal_hold_page",
            "review.holds",
            "review.keep_hold",
            "review.keep_legal_hold_page",
            "review.set_legal_hold",
            "review.start_hold",
            "review.take_down",
            "review.told_of_assignment",
        ),
        "loan",
    ),
    **dict.fromkeys(
        ("review.end_plan", "review.reinstate", "review.send_plan_end", "review.send_reinstatement"), "broken"
    ),
    "review.agree_exception": "exception",
    "review.ask_exception": "call",
    "review.call": "call",
    "review.call_heartbeat": "call",
    "review.call_noted": "call",
    "review.open_one": "call",
    "review.pause_contact": "call",
    "review.refuse_exception": "exception",
    "review.said": "call",
    "review.send_link": "call",
    "review.send_outcome": "call",
    "review.set_next_day": "call",
    "review.skip": "call",
    "review.take_one": "call",
}
"""Pages of one thing that are not its owner's alone."""

IN_SUPPORT_CALL: Mapping[str, str] = {
    "call_id": "support",
    "loan_id": "loan",
    "proposal_id": "assisted",
    "agreement_id": "agreement",
    "act": "act",
}
"""What stands in the addresses of a support call, by its name there."""

_SEEING = frozenset({Role.APPROVER, Role.SUPERVISOR, Role.AUDITOR})
_DECIDING = frozenset({Role.APPROVER, Role.SUPERVISOR})
_HANDLING = _DECIDING | {Role.AGENT}
_CALLING = frozenset({Role.CALLER, Role.COLLECTOR})
_ON_LEAVE = frozenset({Role.CALLER})
_SPEAKING = _CALLING | {Role.AGENT, Role.SUPERVISOR, Role.AUDITOR}
_SUPPORTING = frozenset({Role.AGENT})
_ACCOUNTS = frozenset({Role.ADMINISTRATOR})
_WATCHING = frozenset({Role.SUPERVISOR, Role.AUDITOR})
_OVERSEEING = _WATCHING | _ACCOUNTS
ROLES: Mapping[str, frozenset[Role]] = {
    "review.account": frozenset(Role),
    "review.own_relations": frozenset(Role),
    "review.declare_relation": frozenset(Role),
    "review.confirm_own_relations": frozenset(Role),
    "review.own_keys": frozenset(Role),
    "review.ask_own_key": frozenset(Role),
    "review.add_own_key": frozenset(Role),
    "review.remove_own_key": frozenset(Role),
    "review.ask_key_as_proof": frozenset(Role),
    "review.own_password": frozenset(Role),
    "review.change_own_password": frozenset(Role),
    "review.end_my_session": frozenset(Role),
    "review.end_my_other_sessions": frozenset(Role),
    "review.staff": _OVERSEEING,
    "review.staff_member": _OVERSEEING,
    **dict.fromkeys(
        (
            "review.disable_staff",
            "review.enable_staff",
            "review.end_staff_sessions",
            "review.invite_staff",
            "review.renew_invitation",
            "review.reset_staff",
            "review.send_invitation",
            "review.set_staff_roles",
            "review.take_invitation_back",
            "review.take_staff_change_back",
        ),
        _ACCOUNTS,
    ),
    **dict.fromkeys(("review.agencies", "review.agency"), _OVERSEEING),
    **dict.fromkeys(("review.incidents", "review.incident", "review.incident_notice"), _OVERSEEING),
    **dict.fromkeys(
        (
            "review.answer_incident_notice",
            "review.change_incident_page",
            "review.draft_incident_notice",
            "review.new_incident",
            "review.propose_incident_silence",
            "review.send_incident",
            "review.send_incident_change",
            "review.send_incident_close",
        ),
        _ACCOUNTS | {Role.SUPERVISOR},
    ),
    **dict.fromkeys(
        ("review.send_agency", "review.send_evaluation", "review.renew_agency", "review.stop_agency"),
        _ACCOUNTS | {Role.SUPERVISOR},
    ),
    "review.agree_staff_change": _ACCOUNTS | {Role.SUPERVISOR},
    "review.refuse_staff_change": _ACCOUNTS | {Role.SUPERVISOR},
    "review.answer_support_escalation": frozenset({Role.SUPERVISOR}),
    "review.miss_support_call_back": frozenset({Role.AGENT}),
    "review.reveal_support_field": frozenset({Role.AGENT}),
    "review.send_support_reading": frozenset({Role.SUPERVISOR}),
    "review.send_support_wrap_up": frozenset({Role.AGENT}),
    "review.support_due": frozenset({Role.AGENT, Role.AUDITOR}),
    "review.support_escalations": _WATCHING,
    "review.support_reading": _WATCHING,
    "review.support_readings": _WATCHING,
    "review.support_revealed": frozenset({Role.AGENT}),
    "review.support_unusual": _WATCHING,
    "review.support_wrap_up": frozenset({Role.AGENT}),
    **dict.fromkeys(
        (
            "review.ask_figure_report",
            "review.figure_report",
            "review.figure_reports",
            "review.figures",
            "review.figures_csv",
        ),
        frozenset({Role.SUPERVISOR, Role.AUDITOR}),
    ),
    "review.guide": _SPEAKING,
    "review.guide_text": _SPEAKING,
    "review.write_guide_text": frozenset({Role.SUPERVISOR}),
    **dict.fromkeys(
        (
            "review.act_on_policy",
            "review.answer_policy_trial",
            "review.begin_policy",
            "review.decide_policy",
            "review.end_policy_trial",
            "review.replay_policy_draft",
            "review.save_policy",
            "review.write_policy",
        ),
        frozenset({Role.SUPERVISOR}),
    ),
    **dict.fromkeys(
        ("review.policy", "review.policy_difference", "review.policy_version"),
        frozenset({Role.SUPERVISOR, Role.AUDITOR}),
    ),
    "review.acknowledge_service": _HANDLING,
    "review.agree_hold_end": _DECIDING,
    "review.answer_correction": _DECIDING,
    "review.ask_lender_page": _HANDLING,
    "review.corrections": _SEEING,
    "review.callers": _HANDLING,
    "review.decide_service": _HANDLING,
    "review.decide_visitor": _DECIDING,
    "review.end_hold": _DECIDING,
    "review.end_legal_hold_page": _DECIDING,
    "review.keep_legal_hold_page": _DECIDING,
    "review.set_legal_hold": _DECIDING,
    "review.told_of_assignment": _DECIDING,
    "review.find_caller": _HANDLING,
    "review.give_service_back": _HANDLING,
    "review.give_visitor_back": _DECIDING,
    "review.hand_service_over": _HANDLING,
    "review.holds": _HANDLING | {Role.AUDITOR},
    "review.keep_hold": _DECIDING,
    "review.name_service_staff": _HANDLING,
    "review.name_visitor_staff": _DECIDING,
    "review.next_service_case": _HANDLING,
    "review.reveal_service": _HANDLING,
    "review.send_service_decision": _HANDLING,
    "review.send_to_lender": _HANDLING,
    "review.service_case": _SEEING | {Role.AGENT},
    "review.service_queue": _SEEING | {Role.AGENT},
    "review.start_hold": _HANDLING,
    "review.take_down": _HANDLING,
    "review.take_service": _HANDLING,
    "review.take_visitor": _DECIDING,
    "review.taken_down": _HANDLING,
    "review.visitor": _SEEING,
    **dict.fromkeys(
        (
            "review.support",
            "review.support_agreement",
            "review.support_begin",
            "review.support_call",
            "review.support_choose",
            "review.support_draft",
            "review.support_end",
            "review.support_extend",
            "review.support_hand_over",
            "review.support_loan",
            "review.support_need",
            "review.support_number",
            "review.support_own",
            "review.support_proposal",
            "review.support_said",
            "review.support_situation",
            "review.support_start",
        ),
        _SUPPORTING,
    ),
    "review.support_only_borrower": frozenset(),
    "review.agree_exception": frozenset({Role.SUPERVISOR}),
    "review.ask_exception": frozenset({Role.CALLER}),
    "review.call": _CALLING,
    "review.call_heartbeat": _CALLING,
    "review.call_noted": _CALLING,
    "review.calls": _CALLING | {Role.AUDITOR},
    "review.calls_today": _WATCHING,
    "review.exceptions": _WATCHING,
    "review.next_call": _CALLING,
    "review.open_one": _CALLING,
    "review.pause_contact": _CALLING,
    "review.refuse_exception": frozenset({Role.SUPERVISOR}),
    "review.said": _CALLING,
    "review.send_link": frozenset({Role.CALLER}),
    "review.send_outcome": _CALLING,
    "review.set_next_day": _CALLING,
    "review.skip": _CALLING,
    "review.take_one": _CALLING,
    "review.answer": _DECIDING,
    "review.attachment": _DECIDING,
    "review.messages": _SEEING,
    "review.settle": _DECIDING,
    "review.thread": _SEEING,
    "review.approve": _DECIDING,
    "review.approve_bulk": _DECIDING,
    "review.bulk": _DECIDING,
    "review.bulk_preview": _DECIDING,
    "review.ask": _DECIDING,
    "review.case": _SEEING,
    "review.claim": _DECIDING,
    "review.counter": _DECIDING,
    "review.decline": _DECIDING,
    "review.end_plan": _DECIDING,
    "review.reinstate": _DECIDING,
    "review.send_plan_end": _DECIDING,
    "review.send_reinstatement": _DECIDING,
    "review.document": _SEEING,
    "review.evidence": frozenset({Role.AUDITOR}),
    "review.make_evidence": frozenset({Role.AUDITOR}),
    "review.heartbeat": _DECIDING,
    "review.away": _HANDLING | _ON_LEAVE,
    "review.back": _HANDLING | _ON_LEAVE,
    "review.default": _SEEING,
    "review.delete": _SEEING,
    "review.find_cases": _SEEING,
    "review.keep": _SEEING,
    "review.next_case": _DECIDING,
    "review.rename": _SEEING,
    "review.search": _SEEING,
    "review.views": _SEEING,
    "review.queue": frozenset(Role),
    "review.queue_now": _SEEING,
    "review.release": _DECIDING,
    "review.reckoned_counter": _DECIDING,
    "review.reference": _SEEING | {Role.AGENT, Role.CALLER},
    "review.reveal": _DECIDING,
    "review.second": _DECIDING,
    "review.seconds": _SEEING,
    "review.seconds_now": _SEEING,
    "review.send_approval": _DECIDING,
    "review.send_counter": _DECIDING,
    "review.send_decline": _DECIDING,
    "review.send_disagreement": _DECIDING,
    "review.send_question": _DECIDING,
    "review.send_second": _DECIDING,
    "review.sign_out": frozenset(Role),
    "review.take_over": _DECIDING,
    "review.hand_on": frozenset({Role.SUPERVISOR}),
    "review.hand_all_on": frozenset({Role.SUPERVISOR}),
    "review.send_away": _HANDLING | _ON_LEAVE,
    "review.team_away": frozenset({Role.SUPERVISOR}),
    "review.team_back": frozenset({Role.SUPERVISOR}),
    "review.team_free": frozenset({Role.SUPERVISOR}),
    "review.team_page": _WATCHING,
    "review.undo": _DECIDING,
}
KEYED = frozenset({"public.sms_receipts", "public.metrics"})
"""Only whoever shows a key, in the address or with the request; to everybody else there is no such page."""

DECLARED = KEYED | ANYBODYS | EVERY_BORROWERS | OWNERS.keys() | ROLES.keys()

MAY_CHANGE: Mapping[str, frozenset[str]] = {
    "borrower.plan_disclosure": frozenset({"event", "proposal_version"}),
    "borrower.plan_preview": frozenset({"event"}),
    "borrower.plan_terms": frozenset({"event", "proposal_version"}),
    "borrower.agreement_document": frozenset({"event"}),
    "borrower.attachment": frozenset({"event"}),
    "borrower.proposal_thread": frozenset({"event", "thread"}),
    "borrower.case_thread": frozenset({"event", "thread"}),
    "borrower.record_json": frozenset({"event"}),
    "borrower.record_text": frozenset({"event"}),
    "review.approve": frozenset({"event"}),
    "review.ask": frozenset({"event"}),
    "review.counter": frozenset({"event"}),
    "review.document": frozenset({"event"}),
    "review.second": frozenset({"event"}),
    "review.attachment": frozenset({"event"}),
    "review.case": frozenset({"event", "thread"}),
    "review.thread": frozenset({"event", "thread"}),
    "review.decline": frozenset({"event"}),
    "review.end_plan": frozenset({"event"}),
    "review.reinstate": frozenset({"event"}),
    "review.ask_lender_page": frozenset({"event"}),
    "review.decide_service": frozenset({"event"}),
    "review.holds": frozenset({"event"}),
    "review.service_case": frozenset({"event", "thread"}),
    "review.figure_report": frozenset({"event"}),
    "review.figures_csv": frozenset({"event"}),
    "review.support_reading": frozenset({"event"}),
    "review.visitor": frozenset({"event"}),
    "review.support_agreement": frozenset({"event"}),
    "review.support_draft": frozenset({"event"}),
    "review.support_loan": frozenset({"event"}),
    "review.support_own": frozenset({"event"}),
    "review.support_proposal": frozenset({"event"}),
    "review.support_situation": frozenset({"event"}),
}
"""GETs that leave a trace of what was shown: the look's event, and on the version since when it was seen."""

PEOPLE = ("nobody", "owner", "stranger", *Role)


@dataclass(frozen=True, slots=True)
class Cell:
    """One view asked for by one method."""

    endpoint: str
    method: str
    path: str

    def expected(self, who: str) -> str:
        if who is Role.AGENT and self.is_shut_on_call:
            return "refused"
        if self.endpoint in KEYED:
            return "not found"
        if self.endpoint in ANYBODYS:
            return "in"
        return self._of_staff(who) if self.endpoint in ROLES else self._of_borrowers(who)

    def _of_staff(self, who: str) -> str:
        if not isinstance(who, Role):
            return "desk sign-in"
        if who is Role.COLLECTOR and who in ROLES[self.endpoint] and OTHERS.get(self.endpoint) == "call":
            return "not found"  # the loan is the internal team's
        return "in" if who in ROLES[self.endpoint] else "refused"

    def _of_borrowers(self, who: str) -> str:
        if who not in {"owner", "stranger"}:
            return "sign-in"
        return "not found" if who == "stranger" and self.endpoint in OWNERS else "in"

    @property
    def is_shut_on_call(self) -> bool:
        """The agent here is on a support call: a borrower's pages are shut, and what anybody may read there takes nothing in."""
        is_borrowers = self.endpoint.startswith("borrower.") and not self.endpoint.endswith("sign_out")
        return is_borrowers and (self.endpoint not in ANYBODYS or self.method == "POST")

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint}"


def cells(app: Flask, world: World, *, ids: str | None = None) -> Iterator[Cell]:
    """All of them, borrowers' pages first (the desk's end the call) and signing out last; ``ids`` stands in for every id."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    for rule in sorted(
        rules,
        key=lambda rule: (
            rule.endpoint.endswith("sign_out"),
            not rule.endpoint.startswith("borrower."),
            rule.rule,
        ),
    ):
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            yield Cell(rule.endpoint, method, _path(rule, world, ids))


def _path(rule: Rule, world: World, ids: str | None) -> str:
    thing = OTHERS.get(rule.endpoint) or OWNERS.get(rule.endpoint, "waiting")
    if rule.rule.startswith("/desk/support/") and rule.endpoint not in OTHERS:
        return re.sub(r"<(?:[^>]*:)?(\w+)>", lambda found: _inside(found.group(1), world, ids), rule.rule)
    return re.sub(r"<[^>]+>", ids or world.things[thing], rule.rule)


def _inside(name: str, world: World, ids: str | None) -> str:
    """The act is one of a closed list, and no id."""
    return ids if ids and name != "act" else world.things[IN_SUPPORT_CALL[name]]


def ask(client: CheckedClient, cell: Cell, token: str | None = None) -> TestResponse:
    data = {} if token is None else {"csrf_token": token}
    sent = data if cell.method not in {"GET", "HEAD"} else None
    return client.open(cell.path, method=cell.method, data=sent)


def outcome(answer: TestResponse) -> str:
    if answer.status_code == 303:
        path = (answer.location or "").partition("?")[0]
        return {"/sign-in": "sign-in", "/desk/sign-in": "desk sign-in"}.get(path, "in")
    named = {403: "refused", 404: "not found"}
    is_in = answer.status_code in {200, 409, 422, 429}
    return "in" if is_in else named.get(answer.status_code, str(answer.status_code))


@pytest.fixture
def world(writing: Writing, config: Config, database: Database) -> World:
    built, keeper = build_world(writing), keeper_of(config, database.engine)
    size = keeper.keep().size
    keeper.store.keep_stamp(size, b"a time stamp")
    return replace(built, things={**built.things, "checkpoint": str(size)})


def client_of(app: Flask, world: World, who: str) -> CheckedClient:
    if isinstance(who, Role):
        return visit(app, staff=world.staff[who])
    people = {"owner": world.cast.li_na.id, "stranger": world.cast.wang_qiang.id}
    return visit(app, borrower=people.get(who))


def test_every_view_is_declared_here_and_nothing_else(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} - {"static"} == DECLARED


@pytest.mark.parametrize("who", PEOPLE)
def test_every_view_by_every_method_opens_to_whom_it_is_declared_for(
    app: Flask, world: World, who: str
) -> None:
    client, faults = client_of(app, world, who), []
    for cell in cells(app, world):
        answer = ask(client, cell, form_token(client, cell.path) if cell.method == "POST" else None)
        expected, found = cell.expected(who), outcome(answer)
        is_way_out = cell.endpoint in ANYBODYS or (cell.endpoint.endswith("sign_out") and expected == "in")
        if is_way_out and found in {"sign-in", "desk sign-in"}:
            found = "in"
        if found != expected:
            faults.append(f"{cell} for {who}: {found} ({answer.status_code}), wanted {expected}")
    assert faults == []


def test_a_stranger_cannot_tell_somebody_elses_from_nobodys(app: Flask, world: World) -> None:
    client, faults = visit(app, borrower=world.cast.wang_qiang.id), []
    foreign = [cell for cell in cells(app, world) if cell.endpoint in OWNERS]
    missing = [cell for cell in cells(app, world, ids=MISSING) if cell.endpoint in OWNERS]
    for theirs, nobodys in zip(foreign, missing, strict=True):
        token = form_token(client, theirs.path)
        answers = [_comparable(ask(client, cell, token), cell) for cell in (theirs, nobodys)]
        if answers[0] != answers[1]:
            faults.append(str(theirs))
    assert len(foreign) > 40
    assert faults == []


def colleague(app: Flask, world: World, cell: Cell) -> CheckedClient:
    """Somebody to whom the view is open: the approver, where it is the approver's."""
    may = ROLES[cell.endpoint]
    return client_of(app, world, Role.APPROVER if Role.APPROVER in may else min(may, default=Role.AGENT))


def test_staff_find_no_case_of_a_draft_or_of_nothing(app: Flask, world: World) -> None:
    faults = []
    for ids in (world.things["draft"], MISSING, world.things["loan"]):
        for cell in cells(app, world, ids=ids):
            is_the_loans = ids == world.things["loan"] and OTHERS.get(cell.endpoint) == "loan"
            if cell.endpoint in ROLES and ids in cell.path and not is_the_loans:
                client = colleague(app, world, cell)
                answer = ask(client, cell, form_token(client, cell.path))
                if answer.status_code != 404:
                    faults.append(f"{cell}: {answer.status_code}")
    assert faults == []


@pytest.mark.parametrize("strange", ["1", "%00", "' OR 1=1 --", "..", "李娜", "x" * 5000, "%F0%9F", "0" * 31])
def test_ids_of_any_shape_are_simply_not_found(app: Flask, world: World, strange: str) -> None:
    owner, faults = client_of(app, world, "owner"), []
    for cell in cells(app, world, ids="ID"):
        if "ID" in cell.path and cell.method == "GET":
            client = colleague(app, world, cell) if cell.endpoint in ROLES else owner
            answer = client.get(cell.path.replace("ID", strange))
            if answer.status_code != 404:
                faults.append(f"{cell}: {answer.status_code}")
    assert faults == []


def _comparable(answer: TestResponse, cell: Cell) -> tuple[int, str, list[tuple[str, str]]]:
    thing = cell.path.split("/")[2]
    page = answer.get_data(as_text=True).replace(thing, "ID")
    page = re.sub(r'name="csrf_token" value="[^"]+"', "TOKEN", page)
    page = re.sub(r"\bR[2-9A-Z]{8}\b", "NUMBER", page)
    own = {"Date", "Content-Length", "Set-Cookie", "X-Request-ID"}
    headers = sorted((name, value) for name, value in answer.headers.items() if name not in own)
    return answer.status_code, page, headers


@pytest.mark.parametrize("who", PEOPLE)
def test_looking_changes_nothing_but_the_traces_of_looks(
    app: Flask, world: World, database: Database, who: str
) -> None:
    client, faults = client_of(app, world, who), []
    before = snapshot(database.engine, but=frozenset({"web_session"}))
    for cell in cells(app, world):
        if cell.method not in {"GET", "HEAD"}:
            continue
        with statements(database.engine) as said:
            ask(client, cell)
        if not said:
            continue
        after = snapshot(database.engine, but=frozenset({"web_session"}))
        moved = set(changed(before, after)) - MAY_CHANGE.get(cell.endpoint, frozenset())
        if cell.expected(who) == "refused":
            moved -= {"event"}
        faults += [f"{cell} changes {table}" for table in sorted(moved)]
        before = after
    assert faults == []


def test_other_methods_are_not_for_anybody(app: Flask, world: World) -> None:
    client, faults = client_of(app, world, "owner"), []
    for cell in cells(app, world):
        for method in ("PUT", "DELETE", "PATCH", "TRACE"):
            answer = client.open(cell.path, method=method)
            if answer.status_code != 405:
                faults.append(f"{method} {cell.path}: {answer.status_code}")
    assert faults == []


def test_a_refused_look_is_on_record(app: Flask, world: World, writing: Writing) -> None:
    agent = world.staff[Role.AGENT]
    answer = visit(app, staff=agent).get(f"/desk/cases/{world.things['waiting']}")
    assert answer.status_code == 403
    with writing() as session:
        event = session.scalars(select(Event).where(Event.name == "access:refused")).one()
        assert (event.actor_kind, event.actor_id) == ("staff", agent)
        assert event.fields == {"endpoint": "review.case", "code": "permission_missing"}
        assert session.scalars(select(Event).where(Event.name == "case:looked_at")).all() == []


def test_a_refused_act_is_on_record_and_leaves_nothing_else(
    app: Flask, world: World, database: Database
) -> None:
    client = visit(app, staff=world.staff[Role.AUDITOR])
    path = f"/desk/cases/{world.things['waiting']}/claim"
    token = form_token(client, path)
    before = snapshot(database.engine, but=frozenset({"web_session"}))
    assert client.post(path, data={"csrf_token": token}).status_code == 403
    assert changed(before, snapshot(database.engine, but=frozenset({"web_session"}))) == ["event"]


def test_a_role_that_is_taken_away_ends_with_the_next_request(
    app: Flask, world: World, writing: Writing
) -> None:
    client = visit(app, staff=world.staff[Role.APPROVER])
    assert client.get("/desk/seconds").status_code == 200
    with writing() as session:
        session.get_one(StaffMember, world.staff[Role.APPROVER]).roles = [Role.AGENT.value]
    assert client.get("/desk/seconds").status_code == 403


def test_a_disabled_account_ends_with_the_next_request(
    app: Flask, world: World, writing: Writing, clock: HandClock
) -> None:
    client = visit(app, staff=world.staff[Role.APPROVER])
    with writing() as session:
        session.get_one(StaffMember, world.staff[Role.APPROVER]).disabled_at = clock.now()
    assert client.get("/desk").location == "/desk/sign-in?next=/desk"


def test_each_audience_can_be_mounted_alone(config: Config, database: Database, clock: HandClock) -> None:
    for audience, foreign in (("borrower", "review."), ("review", "borrower."), ("public", "review.")):
        app = create_app(config, audiences=[audience], engine=database.engine, clock=clock)
        app.test_client_class = CheckedClient
        assert not any(endpoint.startswith(foreign) for endpoint in app.view_functions)
        client = app.test_client()
        assert client.get("/no-such-page").status_code == 404
        for path in {"borrower": ("/sign-in", "/"), "review": ("/desk/sign-in", "/desk")}.get(audience, ()):
            assert client.get(path).status_code in {200, 303}, path


def test_a_view_without_a_marker_is_named_and_refused() -> None:
    app = Flask("unmarked")
    app.add_url_rule("/open", "open", lambda: "open to the world")
    with pytest.raises(access.UnmarkedViewError, match="open"):
        access.refuse_unmarked_views(app)


def test_the_app_does_not_start_with_a_view_without_a_marker() -> None:
    program = (
        "from portal import create_app; from portal.config import Config\n"
        "from portal.web.borrower import blueprint\n"
        "blueprint.add_url_rule('/open', 'open', lambda: 'open to the world')\n"
        "create_app(Config(database_url='sqlite://', secret_key='k' * 40, testing=True))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "UnmarkedViewError: views without an access marker: borrower.open" in done.stderr
