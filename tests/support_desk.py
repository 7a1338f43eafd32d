"""An agent and a borrower on the telephone, through the verbs, for tests that begin further on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.domain.call_outcomes import Statement
from portal.domain.journey import Question
from portal.domain.permissions import Actor
from portal.domain.support_calls import Direction, Level, Reason
from portal.models import Borrower, Loan, Proposal, StaffMember, SupportCall
from portal.queries.situations import situation_for, situation_of
from portal.services.support_calls import (
    CallWish,
    OnSupportCall,
    count_search,
    on_support_call,
    open_support_call,
    say_in_support_call,
)
from portal.services.support_drafts import answer_in_support_call, begin_support_draft, hand_draft_over
from portal.services.support_pairing import allow_in_call, enter_pairing_number, make_pairing_number
from tests.callers import actor_of
from tests.integration.web.conftest import HASH_KEY, SECRET_KEY
from tests.people import NOW
from tests.stories import CATCH_UP, ZONE, borrower_actor


@dataclass
class SupportDesk:
    """One agent, one borrower, at one moment."""

    session: Session
    member: StaffMember
    caller: Borrower
    now: datetime = NOW

    @property
    def agent(self) -> Actor:
        return actor_of(self.member)

    @property
    def borrower(self) -> Actor:
        return borrower_actor(self.caller)

    def open(self, typed: str | None = None, *, by: Actor | None = None, **wish: Any) -> SupportCall:
        wanted = CallWish(
            typed=self.caller.mobile.removeprefix("+86") if typed is None else typed,
            direction=wish.get("direction", Direction.IN),
            reason=wish.get("reason", Reason.MAKE_PLAN),
        )
        count_search(self.session, by or self.agent, now=self.now)
        return open_support_call(self.session, by or self.agent, wish=wanted, key=HASH_KEY, now=self.now)

    def on(self, call: SupportCall, least: Level = Level.NONE) -> OnSupportCall:
        return on_support_call(
            self.session, self.agent, public_id=call.public_id, least=least, is_locked=True, now=self.now
        )

    def say(self, call: SupportCall) -> None:
        say_in_support_call(self.session, self.on(call), statements=list(Statement), now=self.now)

    def number(self, call: SupportCall) -> str:
        return make_pairing_number(self.session, self.on(call), key=SECRET_KEY, now=self.now)

    def enter(self, typed: str, by: Actor | None = None) -> str | None:
        """The code of what is wrong, None where it was right."""
        entry = enter_pairing_number(
            self.session, by or self.borrower, typed=typed, key=SECRET_KEY, now=self.now
        )
        self.session.flush()
        return entry.error.code if entry.error else None

    def allow(self, call: SupportCall, level: Level) -> None:
        allow_in_call(
            self.session, self.borrower, call=call, level=level, privacy_version="2026-01", now=self.now
        )

    def allowed(self, level: Level = Level.PROVEN) -> SupportCall:
        """Opened, everything said, the number entered, so much allowed."""
        call = self.open()
        self.say(call)
        assert self.enter(self.number(call)) is None
        self.allow(call, level)
        return call

    def draft(self, call: SupportCall, loan: Loan) -> Proposal:
        """Six payments, chosen together."""
        on, today = self.on(call, Level.CONSENTED), self.now.astimezone(ZONE).date()
        situation = situation_of(self.session, loan, on=today, answers={})
        draft = begin_support_draft(self.session, on, situation=situation, now=self.now)
        need = {"need": "monthly", "monthly_minor": 90_000, "day": 20}
        for question, answer in ((Question.NEED, need), (Question.CHOICE, dict(CATCH_UP))):
            answer_in_support_call(
                self.session, on, proposal=draft, question=question, answer=answer, now=self.now
            )
        return draft

    def hand_over(self, call: SupportCall, draft: Proposal) -> None:
        today = self.now.astimezone(ZONE).date()
        hand_draft_over(
            self.session,
            self.on(call, Level.CONSENTED),
            proposal=draft,
            situation=situation_for(self.session, draft, on=today),
            now=self.now,
        )
