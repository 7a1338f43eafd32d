"""Support calls as far as a test needs them: 陈晨 on the line with 李娜."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.call_outcomes import Statement
from portal.domain.contact_packs import HOME_ZONE
from portal.domain.journey import Question
from portal.domain.permissions import Actor, ActorKind, Role
from portal.domain.support_calls import Direction, EndedBy, Level, Reason
from portal.domain.support_wrap_ups import SupportOutcome
from portal.models import Borrower, Event, Loan, Proposal, StaffMember, SupportCall, SupportWrapUp
from portal.queries.situations import situation_of
from portal.services.support_calls import (
    CallWish,
    OnSupportCall,
    end_support_call,
    on_support_call,
    say_in_support_call,
)
from portal.services.support_drafts import answer_in_support_call, begin_support_draft
from portal.services.support_pairing import allow_in_call, enter_pairing_number, make_pairing_number
from portal.services.support_starts import start_support_call
from portal.services.support_wrap_ups import WrapUp, wrap_up_call
from tests.people import NOW
from tests.stories import CATCH_UP

KEY = "a secret key for tests, long enough"


def staff_actor(member: StaffMember) -> Actor:
    return Actor(ActorKind.STAFF, member.id, frozenset(Role(role) for role in member.roles))


@dataclass
class OnTheLine:
    """An agent and a borrower; time moves by hand."""

    session: Session
    agent: StaffMember
    borrower: Borrower
    now: datetime = field(default_factory=lambda: NOW.astimezone(HOME_ZONE))
    key: str = KEY

    @property
    def actor(self) -> Actor:
        return staff_actor(self.agent)

    @property
    def caller(self) -> Actor:
        return Actor(ActorKind.BORROWER, self.borrower.id, session_key="k" * 64)

    def start(self, typed: str | None = None, **wish: Any) -> SupportCall:
        wanted = CallWish(
            typed=self.borrower.mobile.removeprefix("+86") if typed is None else typed,
            direction=wish.get("direction", Direction.IN),
            reason=wish.get("reason", Reason.MAKE_PLAN),
        )
        return start_support_call(self.session, self.actor, wish=wanted, key=self.key, now=self.now)

    def on(self, call: SupportCall, least: Level = Level.NONE) -> OnSupportCall:
        return on_support_call(
            self.session, self.actor, public_id=call.public_id, least=least, is_locked=True, now=self.now
        )

    def proven(self, level: Level = Level.PROVEN, **wish: Any) -> SupportCall:
        call = self.start(**wish)
        say_in_support_call(self.session, self.on(call), statements=list(Statement), now=self.now)
        number = make_pairing_number(self.session, self.on(call), key=self.key, now=self.now)
        entry = enter_pairing_number(self.session, self.caller, typed=number, key=self.key, now=self.now)
        assert entry.error is None, entry.error
        allow_in_call(
            self.session, self.caller, call=call, level=level, privacy_version="2026-01", now=self.now
        )
        return call

    def draft(self, call: SupportCall, loan: Loan, *, is_finished: bool = True) -> Proposal:
        on = self.on(call, Level.CONSENTED)
        situation = situation_of(self.session, loan, on=self.now.date(), answers={})
        draft = begin_support_draft(self.session, on, situation=situation, now=self.now)
        need = {"need": "monthly", "day": 20, "monthly_minor": 100_000}
        answers = [(Question.NEED, need), (Question.CHOICE, dict(CATCH_UP))]
        for question, answer in answers if is_finished else ():
            answer_in_support_call(
                self.session, on, proposal=draft, question=question, answer=answer, now=self.now
            )
        return draft

    def end(self, call: SupportCall) -> None:
        end_support_call(self.session, self.actor, call=call, by=EndedBy.AGENT, now=self.now)

    def wrap_up(
        self, call: SupportCall, outcome: SupportOutcome = SupportOutcome.HELPED, **said: Any
    ) -> SupportWrapUp:
        wanted = WrapUp(outcome=outcome, **said)
        return wrap_up_call(
            self.session,
            self.actor,
            call=call,
            said=wanted,
            arrived=lambda case: case.reference,
            now=self.now,
        )

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def events(self, name: str) -> list[dict[str, Any]]:
        found = self.session.scalars(select(Event).where(Event.name == name).order_by(Event.id))
        return [event.fields for event in found]
