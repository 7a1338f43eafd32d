"""Callers at their list through the verbs, for tests of what calls do."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.arrears import arrears_of
from portal.domain.call_outcomes import CallOutcome, Statement
from portal.domain.limitation import limitation_of
from portal.domain.permissions import Actor, ActorKind, Role
from portal.models import Call, CallItem, Loan, LoanStanding, StaffMember
from portal.queries.call_list import CallFilter
from portal.queries.loans import loan_facts
from portal.queries.standings import LoanRange
from portal.services.call_list import Taken, list_for_calls, take_call, take_next_call
from portal.services.call_outcomes import Said, note_outcome
from portal.services.calls import Attempt, open_call, say
from tests.integration.web.conftest import SECRET_KEY
from tests.people import NOW, TODAY
from tests.stories import ZONE

AT_TEN = NOW.astimezone(ZONE)
"""10:00 in Shanghai: calls are allowed."""


def actor_of(member: StaffMember) -> Actor:
    return Actor(ActorKind.STAFF, member.id, frozenset(map(Role, member.roles)))


def fill_list(session: Session) -> None:
    """As the day's run does: a standing for each loan by its book, and the internal team's on the list."""
    loans = session.scalars(select(Loan)).all()
    for loan in loans:
        facts = loan_facts(session, loan.id)
        arrears = arrears_of(facts, on=TODAY)
        session.merge(
            LoanStanding(
                loan_id=loan.id,
                delinquent_days=arrears.delinquent_days,
                overdue_minor=arrears.book.total,
                stage=loan.collection_stage,
                stage_basis="book" if loan.collection_stage else None,
                limitation_ends_on=limitation_of(facts).expires_on,
            )
        )
    session.flush()
    list_for_calls(session, LoanRange(0, max(loan.id for loan in loans)), on=TODAY)


def item_of(session: Session, loan: Loan) -> CallItem:
    return session.scalars(
        select(CallItem).where(CallItem.loan_id == loan.id).execution_options(populate_existing=True)
    ).one()


@dataclass
class Caller:
    """One of the cast at the telephone."""

    session: Session
    member: StaffMember
    now: datetime = AT_TEN

    @property
    def actor(self) -> Actor:
        return actor_of(self.member)

    def next(self, **choices: Any) -> Taken:
        wanted = CallFilter(
            staff_id=self.member.id, is_agencys=self.actor.is_agencys, now=self.now, **choices
        )
        return take_next_call(self.session, self.actor, wanted=wanted, key=SECRET_KEY, now=self.now)

    def take(self, loan: Loan) -> CallItem:
        item = item_of(self.session, loan)
        take_call(self.session, self.actor, item=item, now=self.now)
        return item

    def open(self, loan: Loan) -> Attempt:
        return open_call(
            self.session, self.actor, item=item_of(self.session, loan), key=SECRET_KEY, now=self.now
        )

    def say(self, call: Call, statements: Collection[Statement] = tuple(Statement)) -> None:
        say(self.session, self.actor, call=call, statements=statements, now=self.now)

    def note(self, call: Call, outcome: CallOutcome, **said: Any) -> None:
        item = item_of(self.session, self.session.get_one(Loan, call.loan_id))
        note_outcome(
            self.session,
            self.actor,
            call=call,
            item=item,
            said=Said(outcome=outcome, **said),
            key=SECRET_KEY,
            now=self.now,
        )

    def call(self, loan: Loan, outcome: CallOutcome, **said: Any) -> Call:
        """A whole call, from taking the loan to its outcome."""
        self.take(loan)
        call = self.open(loan).call
        assert call is not None
        self.say(call)
        self.note(call, outcome, **said)
        return call
