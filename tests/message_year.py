"""A simulated stretch of days: people change their minds, holds come and go, plans are kept and missed, providers fail; what was really
sent is judged by the second writing of the rules (``contact_reference``), from what the simulation itself knows and not from the database.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import select

from portal.adapters.business_texts import PackagedTexts
from portal.adapters.message_words import MessageWriter
from portal.adapters.wording import BabelWording
from portal.commands.work import HANDLERS, Workshop, run_until_empty
from portal.config import Config
from portal.db import make_engine, transaction
from portal.domain.contact_wishes import USUAL_HOURS, Channel, ContactHours, ContactWishes
from portal.domain.holds import HoldKind
from portal.domain.occasions import PURPOSES, Occasion
from portal.domain.permissions import SYSTEM
from portal.domain.plan_progress import payable_rows
from portal.domain.proposals import ProposalStatus
from portal.models import Agreement, Borrower, EmailAddress, Event, Loan, OutboxItem, Payment, Proposal
from portal.queries.plans import plan_of
from portal.services.collection_messages import KIND, AskedMessage, ask_for_messages
from portal.services.contact_wishes import replace_wish
from portal.services.documents import keep_sealed
from portal.services.holds import end_hold, start_hold
from portal.services.ports import MessageNotSentError, SentMessage
from portal.services.running_plans import follow_plan
from portal.services.stopped_numbers import Day, lift_stop, stop_number
from tests.clocks import HandClock
from tests.contact_reference import refusals
from tests.people import NOW, TODAY, add_borrower, add_calendar, add_creditor, add_loan, add_policy
from tests.stories import Story

KEY: Final = "a secret key for tests, long enough"
PEOPLE: Final = 8
_HOLDS: Final = tuple(kind for kind in HoldKind if kind is not HoldKind.PLAN_ACTIVE)
_HOURS: Final = (None, None, (9, 12), (20, 23), (0, 24), (18, 20))
_WAYS: Final = (
    frozenset(Channel),
    frozenset(Channel),
    frozenset([Channel.EMAIL]),
    frozenset([Channel.SMS]),
    frozenset([Channel.LETTER]),
)


@dataclass
class Person:
    """What the simulation knows of one debtor with one loan; ``rows`` are a plan's payments, those made and those to come."""

    borrower_id: int
    loan_id: int
    mobile: str
    email: str
    is_barred: bool
    proposal_id: int | None = None
    rows: list[tuple[date, int]] = field(default_factory=list)
    paid: int = 0
    pays: bool = True
    holds: set[HoldKind] = field(default_factory=set)
    hours: tuple[int, int] | None = None
    channels: frozenset[Channel] = frozenset(Channel)
    is_stopped: bool = False
    has_asked: bool = False
    """Somebody has to decide about a plan of theirs: they cannot ask for another one."""

    def missed_on(self, today: date) -> date | None:
        """The first payment that is out, as far as a book of yesterday can know."""
        return next((due for due, _ in self.rows[self.paid :] if due < today), None)


@dataclass
class Sent:
    """What a provider really took."""

    at: datetime
    person: Person
    channel: Channel
    number: str
    template: str
    key: str


@dataclass
class Judged:
    """``against`` names each message that broke a rule, with the rules."""

    sent: list[Sent] = field(default_factory=list)
    against: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    broken: list[str] = field(default_factory=list)
    """Messages that an error of ours kept back: neither a rule nor the provider."""


class FailingProvider:
    """Takes, refuses, takes without saying so, or stays silent."""

    def __init__(self, world: "World", channel: Channel) -> None:
        self._world, self._channel = world, channel
        self._writer = MessageWriter(PackagedTexts(), BabelWording(), world.clock, channel)

    def write(self, template: str, values: Mapping[str, str | int], locale: str) -> SentMessage:
        words = self._writer.write_hidden(template, values, locale)
        return SentMessage(version=words.version, text=f"{words.subject}{words.text}"[:500], number="1069")

    def send(
        self, mobile: str, template: str, values: Mapping[str, str | int], locale: str, *, key: str
    ) -> SentMessage:
        mood = self._world.dice.random()
        if mood < 0.70 or 0.80 <= mood < 0.88:
            self._world.took(self._channel, mobile, template, key)
        if mood < 0.70:
            return self.write(template, values, locale)
        self._world.judged.failed += 1
        raise MessageNotSentError("simulated", is_certain=mood < 0.80, is_final=0.70 <= mood < 0.71)


FAILED = "MessageNotSentError"


class World:
    """``database_url`` is migrated and empty."""

    def __init__(self, database_url: str, *, seed: int = 7) -> None:
        self.dice = random.Random(seed)
        self.clock = HandClock(NOW)
        self.engine = make_engine(database_url)
        self.judged = Judged()
        self.asked = 0
        self.people = list(self._settle())
        none = cast("Any", None)
        config = Config(database_url=database_url, secret_key=KEY, testing=True)
        self.shop = Workshop(
            config,
            self.engine,
            self.clock,
            none,
            none,
            sender=FailingProvider(self, Channel.SMS),
            mailer=FailingProvider(self, Channel.EMAIL),
        )

    @property
    def local(self) -> datetime:
        return self.clock.now().astimezone(self.clock.zone)

    def live(self, days: int) -> Judged:
        """Each day at six moments, night and day, something may change, messages are asked for, and the worker works."""
        morning = self.local.replace(hour=0, minute=0)
        for day in range(days):
            for hour in (0.5, 7.5, 9.2, 13.4, 19.6, 22.3):
                then = morning + timedelta(days=day, hours=hour, minutes=self.dice.randrange(30))
                self.clock.move_on(seconds=(then - self.local).total_seconds())
                self._change()
                if hour < 1:
                    self._begin_day()
                run_until_empty(self.shop, HANDLERS)
        with transaction(self.engine, writes=False) as session:
            fields = session.scalars(select(Event.fields).where(Event.name == "contact:refused"))
            self.judged.refused = Counter(str(each["rule"]) for each in fields)
            self.judged.broken = list(
                session.scalars(
                    select(OutboxItem.dedupe_key).where(
                        OutboxItem.kind == KIND,
                        OutboxItem.last_error.like("%Error"),
                        OutboxItem.last_error != FAILED,
                    )
                )
            )
        return self.judged

    def took(self, channel: Channel, number: str, template: str, key: str) -> None:
        """The provider has it: was it allowed?"""
        person = next(each for each in self.people if number in {each.mobile, each.email})
        sent = Sent(self.local, person, channel, number, template, key)
        ask = {
            "at": sent.at,
            "channel": channel.value,
            "purpose": PURPOSES[Occasion(template)].value,
            "number": number,
            "debt": person.loan_id,
        }
        if broken := refusals(ask, self._known(person, key), "CN"):
            self.judged.against.append(f"{sent.at} {template} to {person.borrower_id}: {sorted(broken)}")
        self.judged.sent.append(sent)

    def _known(self, person: Person, key: str) -> dict[str, Any]:
        last = {each.key: each for each in self.judged.sent if each.person is person and each.key != key}
        return {
            "hours": person.hours,
            "channels": {channel.value for channel in person.channels},
            "holds": {hold.value: None for hold in self._holds_of(person)},
            "plan": {"missed": person.missed_on(self.local.date())} if person.rows else None,
            "own": {person.mobile, person.email},
            "refused": {person.mobile} if person.is_stopped else set(),
            "contacts": [self._past(each) for each in last.values()],
            "others": [],
            "barred": person.is_barred,
        }

    def _holds_of(self, person: Person) -> set[HoldKind]:
        return person.holds | ({HoldKind.PLAN_ACTIVE} if person.rows else set())

    def _past(self, sent: Sent) -> dict[str, Any]:
        return {
            "at": sent.at,
            "channel": sent.channel.value,
            "purpose": PURPOSES[Occasion(sent.template)].value,
            "number": sent.number,
            "debt": sent.person.loan_id,
            "outcome": "sent",
            "by_us": True,
        }

    def _settle(self) -> Iterator[Person]:
        """One has a time-barred debt, five may go into a plan; all gave an address."""
        with transaction(self.engine) as session:
            add_policy(session)
            add_calendar(session)
            add_creditor(session)
            for number in range(PEOPLE):
                mobile, email = f"+86139{number:08d}", f"p{number}@example.com"
                borrower = add_borrower(session, f"李娜{number}", mobile=mobile, id_last4=f"{number:04d}")
                loan = add_loan(session, borrower, ref=f"L-{number}", late_days=1500 if number == 0 else 42)
                session.add(
                    EmailAddress(
                        borrower_id=borrower.id,
                        address=email,
                        address_hash=f"{number:064d}",
                        given_at=NOW,
                        confirmed_at=NOW,
                    )
                )
                yield Person(borrower.id, loan.id, mobile, email, is_barred=number == 0)

    def _begin_day(self) -> None:
        """The book of yesterday is there, plans move on, and the day's messages are asked for."""
        today = self.local.date()
        with transaction(self.engine) as session:
            for person in self.people:
                session.get_one(Loan, person.loan_id).as_of = today - timedelta(days=1)
        for person in self.people[1:6]:
            self._follow(person, today)
        asked = [
            AskedMessage(
                loan_id=person.loan_id,
                borrower_id=person.borrower_id,
                occasion=occasion,
                on=today,
                fields={"reference": "D1", "agency": "某某公司", "day": today.isoformat()},
            )
            for person in self.people
            for occasion in self.dice.sample(list(Occasion), self.dice.choice([0, 1, 1, 2]))
        ]
        with transaction(self.engine) as session:
            self.asked += ask_for_messages(session, SYSTEM, asked, now=self.local)

    def _follow(self, person: Person, today: date) -> None:
        if not person.rows:
            if self.dice.randrange(10) == 0 and not person.holds and not person.has_asked:
                self._plan(person)
            return
        last = today - timedelta(days=10)  # what is older can no longer be made good
        due = next(((day, total) for day, total in person.rows[person.paid :] if last <= day <= today), None)
        if due is not None and self.dice.randrange(3) == 0 and person.pays:
            self._pay(person, today, due[1])
        missed = person.missed_on(today)
        if missed is not None and (today - missed).days > 10:  # the time to make it good is over
            person.rows, person.paid = [], 0
        if missed is None and person.paid == len(person.rows):
            person.rows, person.paid = [], 0
        with transaction(self.engine) as session:
            assert person.proposal_id is not None
            follow_plan(session, SYSTEM, proposal_id=person.proposal_id, on=today, now=self.local)
            status = session.get_one(Proposal, person.proposal_id).status
        is_over = status not in {ProposalStatus.ACTIVE, ProposalStatus.MISSED}
        assert is_over == (not person.rows), (status, person, today)

    def _plan(self, person: Person) -> None:
        """Signed, approved and sealed at once, as policy allows; whether it will be paid, chance says."""
        with transaction(self.engine) as session:
            story = Story(
                session,
                session.get_one(Borrower, person.borrower_id),
                session.get_one(Loan, person.loan_id),
                now=self.local,
                today=self.local.date(),
            )
            story.submit()
            agreement = session.scalar(select(Agreement).where(Agreement.proposal_id == story.proposal.id))
            if agreement is None:  # a person decides; meanwhile contact waits
                person.holds.add(HoldKind.PROPOSAL_PENDING)
                person.has_asked = True
                return
            keep_sealed(
                session,
                SYSTEM,
                agreement_id=agreement.id,
                body=f"%PDF {agreement.id}".encode(),
                now=self.local,
            )
            person.proposal_id, person.pays = story.proposal.id, self.dice.randrange(3) > 0
            rows = payable_rows(
                plan_of(story.version)
            )  # beside the plan's own, what falls due on the loan meanwhile
            person.rows = [(row.due_on, row.parts.total) for row in rows]
            person.paid = 0

    def _pay(self, person: Person, today: date, minor: int) -> None:
        person.paid += 1
        with transaction(self.engine) as session:
            session.add(
                Payment(
                    payment_ref=f"{person.loan_id}-{today}-{person.paid}",
                    loan_id=person.loan_id,
                    paid_on=today,
                    amount_minor=minor,
                    channel="bank",
                    is_reversed=False,
                )
            )

    def _change(self) -> None:
        person = self.dice.choice(self.people)
        match self.dice.randrange(8):
            case 0 | 1 | 2:
                self._hold(person)
            case 3:
                self._wish(person)
            case 4:
                self._stop(person)
            case _:
                pass

    def _hold(self, person: Person) -> None:
        """One that runs ends, mostly; else one begins."""
        ends = bool(person.holds) and self.dice.randrange(4) > 0
        kind = self.dice.choice(sorted(person.holds) if ends else _HOLDS)
        with transaction(self.engine) as session:
            act = end_hold if ends else start_hold
            act(session, SYSTEM, loan_id=person.loan_id, kind=kind, reason="chance", now=self.local)
        person.holds = person.holds - {kind} if ends else person.holds | {kind}

    def _wish(self, person: Person) -> None:
        person.hours, person.channels = self.dice.choice(_HOURS), self.dice.choice(_WAYS)
        hours = USUAL_HOURS if person.hours is None else ContactHours(*person.hours)
        with transaction(self.engine) as session:
            replace_wish(
                session,
                SYSTEM,
                borrower_id=person.borrower_id,
                wishes=ContactWishes(hours, person.channels),
                now=self.local,
            )

    def _stop(self, person: Person) -> None:
        person.is_stopped = not person.is_stopped
        with transaction(self.engine) as session:
            if person.is_stopped:
                day = Day(today=TODAY, zone=self.clock.zone)
                stop_number(session, SYSTEM, mobile=person.mobile, key=KEY, day=day, now=self.local)
            else:
                lift_stop(
                    session,
                    SYSTEM,
                    mobile=person.mobile,
                    borrower_id=person.borrower_id,
                    key=KEY,
                    now=self.local,
                )
