"""A small world in which each page has something to show, and visitors of every kind to it."""

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from portal.adapters.business_texts import PackagedTexts
from portal.adapters.time_codes import PyotpTimeCodes
from portal.db import transaction
from portal.domain.cases import CaseKind, CaseTopic
from portal.domain.figure_periods import month_named
from portal.domain.figure_reports import ReportKind
from portal.domain.incidents import Audience
from portal.domain.permissions import SYSTEM, Actor, ActorKind, Role
from portal.domain.policy import HardshipReason
from portal.domain.support_calls import Level
from portal.domain.support_wrap_ups import Follow, SupportOutcome
from portal.models import (
    Agreement,
    Attachment,
    Base,
    Borrower,
    CallOverride,
    Loan,
    Proposal,
    ServiceCase,
    StaffMember,
    SupportCall,
    SupportEscalation,
    SupportReading,
    WebSession,
)
from portal.services.attachments import SentFile, add_attachment
from portal.services.cases import CaseForm, open_case
from portal.services.documents import keep_sealed
from portal.services.figure_reports import ask_report, keep_report
from portal.services.incidents import draft_notice, record_incident
from portal.services.staff_changes import change_roles
from portal.services.staff_invitations import Wish, invite
from portal.services.threads import WrittenMessage, post_message
from portal.services.visitor_complaints import VisitorForm, complain_as_visitor
from portal.web.sessions import LIMITS, token_hash
from tests.callers import fill_list, item_of
from tests.checked_client import CheckedClient, form_of
from tests.clean_files import clean_photo
from tests.incidents import NOTICE_VALUES, incident_facts
from tests.people import NOW, Cast, add_agency, add_cast, add_loan, add_staff
from tests.policies import Change
from tests.service_cases import Handler
from tests.stories import ZONE, Story, borrower_actor
from tests.support_desk import SupportDesk
from tests.support_stories import OnTheLine

Writing = Callable[[], AbstractContextManager[Session]]
MISSING = "0" * 32
_HARMLESS = re.compile(
    r"\s*(SELECT|PRAGMA|BEGIN|SAVEPOINT|RELEASE|ROLLBACK|(INSERT INTO|UPDATE|DELETE FROM) web_session)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class World:
    """李娜's things by their public ids, and one member of staff for each role alone."""

    cast: Cast
    things: Mapping[str, str]
    staff: Mapping[Role, int]


def build_world(writing: Writing) -> World:
    with writing() as session:
        cast = add_cast(session)
        staff = {
            role: add_staff(session, f"20{place:02}", f"only.{role}", f"只{role}", role).id
            for place, role in enumerate(Role)
        }
        things = _things(session, cast, agent_id=staff[Role.AGENT]) | _accounts(session, cast)
        versions = _policies(session, cast, session.get_one(StaffMember, staff[Role.SUPERVISOR]))
        return World(cast, things | versions, staff)


def _accounts(session: Session, cast: Cast) -> dict[str, str]:
    """An invitation that nobody has used, roles that wait for a second person, and an account that all of it may be tried on."""
    sun_hao = Actor(ActorKind.STAFF, cast.sun_hao.id, frozenset({Role.ADMINISTRATOR}))
    wish = Wish(login="new.one", name="新人", number="3001", roles={Role.AGENT})
    invited = invite(session, sun_hao, wish=wish, time_codes=PyotpTimeCodes(), now=NOW)
    roles = {Role.AGENT, Role.APPROVER}
    change = change_roles(session, sun_hao, member=cast.chen_chen, roles=roles, now=NOW)
    assert invited.token
    assert change
    return {
        "join": invited.token,
        "invitation": invited.invitation.public_id,
        "change": change.public_id,
        "member": cast.lin_yue.number,
        "agency": add_agency(session).public_id,
        "incident": _incident(session, cast),
    }


def _incident(session: Session, cast: Cast) -> str:
    """One with a draft to the authority, 吴岩's; both bear one id, for both stand in one address."""
    wu_yan = Actor(ActorKind.STAFF, cast.wu_yan.id, frozenset({Role.SUPERVISOR}))
    incident = record_incident(session, wu_yan, facts=incident_facts(), today=NOW.date(), now=NOW)
    text = PackagedTexts().load("breach_notice", "zh_CN", NOW.date())
    notice = draft_notice(
        session,
        wu_yan,
        incident=incident,
        audience=Audience.AUTHORITY,
        text=text,
        values=NOTICE_VALUES,
        now=NOW,
    )
    notice.public_id = incident.public_id
    session.flush()
    return incident.public_id


def _things(session: Session, cast: Cast, *, agent_id: int) -> dict[str, str]:
    li_na = cast.li_na
    loans = [add_loan(session, li_na, ref=f"L-100{number}") for number in range(1, 5)]
    draft = Story(session, li_na, loans[1]).start().answer().freeze().preview()
    waiting, approved = Story(session, li_na, loans[2]), Story(session, li_na, loans[3])
    waiting.submit(reason=HardshipReason.ILLNESS)
    approved.submit()
    agreement = session.scalars(select(Agreement)).one()
    keep_sealed(session, SYSTEM, agreement_id=agreement.id, body=b"%PDF-1.7 sealed", now=approved.now)
    case = open_case(
        session,
        borrower_actor(li_na),
        form=CaseForm(
            form_key="ab" * 16,
            kind=CaseKind.TALK,
            topic=CaseTopic.PLAN_HELP,
            body="请给我打电话。",
            loan_id=loans[0].id,
        ),
        today=NOW.date(),
        zone=ZONE,
        now=NOW,
    )
    attachment = _correspondence(session, cast, case)
    request = Handler(session, cast.zhou_min, case).take().ask_lender(loans[0])
    complaint = complain_as_visitor(
        session,
        Actor(ActorKind.PUBLIC),
        form=VisitorForm(form_key="ba" * 16, topic="service", body="请回复。", reply_to="a@example.com"),
        today=NOW.date(),
        zone=ZONE,
        now=NOW,
    )
    case.owner_id = case.opened_by = agent_id
    case.channel = "phone"
    watched = _watched(session, cast, agent_id)
    support, assisted = _support(session, li_na, add_loan(session, li_na, ref="L-1005"), agent_id)
    fill_list(session)
    broken = _broken(session, li_na)
    return {
        "call": item_of(session, loans[0]).public_id,
        "exception": _exception(session, cast, loans[0]).public_id,
        "loan": loans[0].public_id,
        "draft": draft.proposal.public_id,
        "waiting": waiting.proposal.public_id,
        "agreement": agreement.public_id,
        "broken": broken.public_id,
        "running": approved.proposal.public_id,
        "case": case.public_id,
        "attachment": attachment.public_id,
        "request": request.reference,
        "visitor": complaint.public_id,
        "checkpoint": "1",
        "guide": "any-upset",
        "report": _report(session, cast),
        "table": "stays",
        "support": support.public_id,
        "assisted": assisted.public_id,
        "act": "sign",
        **watched,
    }


def _broken(session: Session, borrower: Borrower) -> Proposal:
    """A plan that broke; its book goes no further than those of the other loans."""
    story = Story(session, borrower, add_loan(session, borrower, ref="L-1006"))
    story.submit()
    agreement = session.scalars(select(Agreement).where(Agreement.loan_id == story.loan.id)).one()
    keep_sealed(session, SYSTEM, agreement_id=agreement.id, body=b"%PDF-1.7 sealed too", now=story.now)
    session.refresh(story.proposal)
    story.proposal.status, story.proposal.ended_at = "broken", story.now
    session.flush()
    return story.proposal


def _policies(session: Session, cast: Cast, supervisor: StaffMember) -> dict[str, str]:
    """A version that is tried on a share of the loans, and the supervisor's own draft."""
    tried = Change(session, cast.wu_yan, min_payment_minor=5_000).write(share_pct=10).replay().propose()
    tried.approve(supervisor)
    draft = Change(session, supervisor, min_payment_minor=20_000).write()
    return {"policy": draft.row.version, "tried": tried.row.version}


def _report(session: Session, cast: Cast) -> str:
    """A report of figures that is drawn."""
    actor = Actor(ActorKind.STAFF, cast.zheng_hao.id, frozenset({Role.AUDITOR}))
    period = month_named("2026-10")
    report = ask_report(session, actor, kind=ReportKind.MONTH, period=period, locale="en", now=NOW)
    keep_report(session, SYSTEM, report_id=report.id, body=b"%PDF-1.7 a report", now=NOW)
    return report.public_id


def _watched(session: Session, cast: Cast, agent_id: int) -> dict[str, str]:
    """An earlier call that was handed on to the supervisors, and drawn to be read again."""
    line = OnTheLine(session, session.get_one(StaffMember, agent_id), cast.li_na)
    line.wait(minutes=-5)
    earlier = line.start("")
    said = {"escalation": "settlement", "explanation": "想少还一部分结清"}
    line.wrap_up(earlier, SupportOutcome.ESCALATED, follows=frozenset({Follow.ESCALATE}), **said)
    session.merge(SupportReading(call_id=earlier.id, share_per_mille=1000, drawn=0, drawn_at=line.now))
    session.flush()
    escalation = session.scalars(select(SupportEscalation)).one()
    return {"reading": earlier.public_id, "escalation": escalation.public_id}


def _support(session: Session, borrower: Borrower, loan: Loan, agent_id: int) -> tuple[SupportCall, Proposal]:
    """A support call that goes on with the borrower's consent, and the draft that is prepared in it."""
    desk = SupportDesk(session, session.get_one(StaffMember, agent_id), borrower)
    call = desk.allowed(Level.CONSENTED)
    return call, desk.draft(call, loan)


def _exception(session: Session, cast: Cast, loan: Loan) -> CallOverride:
    """Asked for by 林悦, not answered yet."""
    asked = CallOverride(
        public_id="a" * 32,
        loan_id=loan.id,
        borrower_id=loan.borrower_id,
        rule="C02",
        because="channel_not_wanted",
        reason="asked_in_writing",
        explanation="来信请今天打电话",
        asked_by=cast.lin_yue.id,
        asked_at=NOW,
        expires_at=NOW + timedelta(minutes=30),
    )
    session.add(asked)
    session.flush()
    return asked


def _correspondence(session: Session, cast: Cast, about: ServiceCase) -> Attachment:
    """A question with a photo, and an answer that was not read yet."""
    li_na, key = borrower_actor(cast.li_na), "cd" * 16
    attachment = add_attachment(
        session,
        li_na,
        about=about,
        form_key=key,
        body="",
        sent=SentFile(file=clean_photo(), name="工资条.heic", consents=True, consent_version="2026-01-01"),
        now=NOW,
    )
    zhou_min = Actor(ActorKind.STAFF, cast.zhou_min.id, frozenset({Role.APPROVER}))
    for actor, form_key, body in ((li_na, key, "这是我的工资条。"), (zhou_min, "ef" * 16, "收到，谢谢。")):
        written = WrittenMessage(form_key=form_key, body=body)
        post_message(session, actor, about=about, written=written, now=NOW)
    return attachment


def visit(app: Flask, *, borrower: int | None = None, staff: int | None = None) -> CheckedClient:
    """A client with a session of its own, as if that person had signed in; a stranger to everything where nobody is named."""
    client = app.test_client()
    assert isinstance(client, CheckedClient)
    for audience, person_id in (("borrower", borrower), ("staff", staff)):
        if person_id is not None:
            token = start_session(app, audience, person_id)
            client.set_cookie("__Host-desk" if audience == "staff" else "__Host-portal", token)
    return client


def start_session(app: Flask, audience: str, person_id: int, *, now: datetime | None = None) -> str:
    """The value of the cookie that it goes by."""
    token, portal = secrets.token_urlsafe(32), app.extensions["portal"]
    now = now or portal.clock.now()
    with transaction(portal.engine) as session:
        session.add(
            WebSession(
                token_hash=token_hash(token),
                audience=audience,
                person_id=person_id,
                data={
                    "_user_id": f"{audience}:{person_id}",
                    "_fresh": True,
                    "signed_in_at": now.isoformat(),
                    "proven_at": now.isoformat(),
                },
                created_at=now,
                seen_at=now - timedelta(seconds=5),
                expires_at=now + LIMITS[audience].absolute,
            )
        )
    return token


def form_token(client: CheckedClient, path: str) -> str:
    """A token good for forms of the audience that ``path`` belongs to: read off a page that everybody gets."""
    door = "/desk" if path.startswith("/desk") else ""
    page = client.get(f"{door}/no-such-page")
    token: str = form_of(page.get_data(as_text=True), f"{door}/language")[1]["csrf_token"]
    return token


def snapshot(engine: Engine, *, but: frozenset[str] = frozenset()) -> dict[str, list[Any]]:
    """Every row of every table, but for those named."""
    with transaction(engine, writes=False) as session:
        return {
            table.name: sorted(map(repr, session.execute(select(table))))
            for table in Base.metadata.sorted_tables
            if table.name not in but
        }


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """What the application asks of its database meanwhile, but for reading and for its own session's row."""
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not _HARMLESS.match(statement):
            said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def round_trips(engine: Engine) -> Iterator[list[str]]:
    """Everything that is sent to the database meanwhile, savepoints and SQLite's BEGIN included; COMMIT is the driver's own."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def changed(before: Mapping[str, list[Any]], after: Mapping[str, list[Any]]) -> list[str]:
    """The tables that differ."""
    return [name for name in before if before[name] != after[name]]
