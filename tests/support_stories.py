"""Support calls as the desk has them: started within its rules, wrapped up, and time that moves by hand."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from portal.domain.contact_packs import HOME_ZONE
from portal.domain.permissions import Actor, ActorKind, Role
from portal.domain.support_calls import Direction, EndedBy, Level, Reason
from portal.domain.support_wrap_ups import SupportOutcome
from portal.models import Event, StaffMember, SupportCall, SupportWrapUp
from portal.services.support_calls import CallWish, end_support_call
from portal.services.support_follow_ups import WrapUp
from portal.services.support_starts import start_support_call
from portal.services.support_wrap_ups import wrap_up_call
from tests.integration.web.conftest import HASH_KEY, SECRET_KEY
from tests.people import NOW
from tests.support_desk import SupportDesk

KEY = SECRET_KEY


def staff_actor(member: StaffMember) -> Actor:
    return Actor(ActorKind.STAFF, member.id, frozenset(Role(role) for role in member.roles))


@dataclass
class OnTheLine(SupportDesk):
    """An agent and a borrower; what is started is wrapped up before the next."""

    now: datetime = field(default_factory=lambda: NOW.astimezone(HOME_ZONE))

    def start(self, typed: str | None = None, **wish: Any) -> SupportCall:
        wanted = CallWish(
            typed=self.caller.mobile.removeprefix("+86") if typed is None else typed,
            direction=wish.get("direction", Direction.IN),
            reason=wish.get("reason", Reason.MAKE_PLAN),
        )
        return start_support_call(
            self.session, self.agent, wish=wanted, key=KEY, hash_key=HASH_KEY, now=self.now
        )

    def proven(self, level: Level = Level.PROVEN, **wish: Any) -> SupportCall:
        call = self.start(**wish)
        self.say(call)
        assert self.enter(self.number(call)) is None
        self.allow(call, level)
        return call

    def end(self, call: SupportCall) -> None:
        end_support_call(self.session, self.agent, call=call, by=EndedBy.AGENT, now=self.now)

    def wrap_up(
        self, call: SupportCall, outcome: SupportOutcome = SupportOutcome.HELPED, **said: Any
    ) -> SupportWrapUp:
        return wrap_up_call(
            self.session,
            self.agent,
            call=call,
            said=WrapUp(outcome=outcome, **said),
            arrived=lambda case: case.reference,
            now=self.now,
        )

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def events(self, name: str) -> list[dict[str, Any]]:
        found = self.session.scalars(select(Event).where(Event.name == name).order_by(Event.id))
        return [event.fields for event in found]
