"""Every verb of a plan's life by everybody in whichever order, against a reference model of some tens of lines (`tests/plan_model.py`).

Test 3 of docs/security.md: what the verbs leave is what the model says, after every step. The long form takes more than 10,000.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.claims import LEASE
from portal.domain.decisions import DISPATCH_AFTER
from portal.domain.errors import DomainError
from portal.domain.permissions import SYSTEM, Actor, ActorKind, Role
from portal.domain.plan_changes import Wish
from portal.domain.plan_progress import RowProgress
from portal.domain.policy import HardshipReason
from portal.domain.proposals import ProposalStatus
from portal.domain.reasons import PlanEndReason, ReinstateReason
from portal.models import Agreement, Borrower, Decision, Payment, Proposal, ReviewItem
from portal.queries.proposals import find_agreement, find_open_counter
from portal.queries.running_plans import plan_under
from portal.services.broken_plans import SeenPlan, reinstate_plan, tell_of_end, terminate_plan
from portal.services.claims import end_lapsed_claims, release_claim
from portal.services.counters import refuse_counter
from portal.services.dispatches import dispatch_decision, undo_decision
from portal.services.documents import keep_sealed
from portal.services.drafts import discard_draft
from portal.services.expiry import expire_proposals
from portal.services.facts_moved import flag_moved_facts
from portal.services.proposals import ask_review, withdraw_proposal
from portal.services.questions import reply
from portal.services.running_plans import follow_plan
from portal.services.signing import submit_proposal
from tests.broken_plans import LATER, LETTERS
from tests.desk import THREE_MONTHS, Approver
from tests.integration.services.test_plan_changes import Changing
from tests.people import Cast, add_loan
from tests.plan_model import CLOCK, EVERYBODY, OF_BORROWERS, OF_STAFF, OF_THE_CLOCK, Model
from tests.stories import CATCH_UP, ZONE, Story, borrower_actor

STEPS, WALKS, LONG_WALKS = 30, 6, 400
ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
DAY = timedelta(days=1)
Step = tuple[str, str, str]
"""Where the plan was, what was tried, by whom."""
WAITS_FOR = {"waits_second": "second", "held": "minute"}
OF_EVERYBODY = tuple(
    [(verb, who) for verb in (*OF_BORROWERS, *OF_STAFF) for who in EVERYBODY]
    + [(verb, CLOCK) for verb in OF_THE_CLOCK]
)
UNTRIED_AFTER_REINSTATING = frozenset({"miss", "break", "pay", "change"})
"""Their days are counted anew then: `test_broken_plans.py`."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """A plan as far as it has come before a walk, with what the model says of it."""

    story: Changing
    model: Model


class Nothing(Exception):
    """A verb did nothing, and what was done for its sake is taken back."""


class Anybody(Approver):
    """At the desk, whoever it is."""

    @property
    def actor(self) -> Actor:
        return actor_of(self.member)


def actor_of(person: Any) -> Actor:
    if isinstance(person, Borrower):
        return borrower_actor(person)
    return Actor(ActorKind.STAFF, person.id, frozenset(map(Role, person.roles)))


class Hands:
    """The verbs by the model's names: ``do`` takes one by somebody."""

    def __init__(self, session: Session, cast: Cast, story: Changing) -> None:
        self.session, self.cast, self.story = session, cast, story

    def do(self, verb: str, who: str) -> None:
        """Raises ``DomainError`` where it is refused."""
        if verb in OF_STAFF:
            self._of_staff(verb, Anybody(self.session, getattr(self.cast, who), self.story))
            return
        way: Callable[[], object] = getattr(self, f"_{verb}")
        if verb in OF_BORROWERS:
            self.actor = actor_of(getattr(self.cast, who))
        way()

    @property
    def proposal(self) -> Proposal:
        return self.story.proposal

    @property
    def at(self) -> Any:
        return self.story.now.astimezone(ZONE)

    @property
    def agreement(self) -> Agreement:
        found = find_agreement(self.session, self.proposal.id)
        if found is None:
            raise Nothing
        return found

    def _sign(self, reason: HardshipReason = HardshipReason.ILLNESS) -> None:
        """The owner gets everything ready; whoever it is puts their name to it."""
        story = self.story
        if self.proposal.status == ProposalStatus.COUNTERED:
            counter = find_open_counter(self.session, self.proposal)
            assert counter is not None
            story._version = counter
        else:
            story.answer(CATCH_UP, reason=reason).freeze()
        story.preview(f"%PDF-1.7 {story.version.id}".encode()).read()
        submit_proposal(
            self.session,
            self.actor,
            proposal=self.proposal,
            version=story.version,
            situation=story.situation(),
            code_id=1,
            evidence={"channel": "web", "signed_in_at": self.at.isoformat()},
            now=self.at,
        )

    def _sign_for_policy(self) -> None:
        self._sign(HardshipReason.INCOME_FELL)

    def _discard(self) -> None:
        discard_draft(self.session, self.actor, proposal=self.proposal, now=self.at)

    def _withdraw(self) -> None:
        withdraw_proposal(self.session, self.actor, proposal=self.proposal, now=self.at)

    def _reply(self) -> None:
        reply(
            self.session,
            self.actor,
            proposal=self.proposal,
            text="每月六千元。",
            situation=self.story.situation(),
            now=self.at,
        )

    def _refuse_counter(self) -> None:
        situation = self.story.situation()
        refuse_counter(self.session, self.actor, proposal=self.proposal, situation=situation, now=self.at)

    def _ask_a_person(self) -> None:
        situation = self.story.situation()
        ask_review(self.session, self.actor, proposal=self.proposal, situation=situation, now=self.at)

    def _change(self) -> None:
        """Another day of the month, which policy takes at once; signed by whoever it is."""
        if self.proposal.status not in {"active", "missed"}:
            raise Nothing
        change = replace(self.story)
        change.change(Wish.DATE, day=5)
        change.freeze().preview(f"%PDF-1.7 change {change.proposal.id}".encode()).read()
        submit_proposal(
            self.session,
            self.actor,
            proposal=change.proposal,
            version=change.version,
            situation=change.situation(),
            code_id=1,
            evidence={"channel": "web", "signed_in_at": self.at.isoformat()},
            now=self.at,
        )

    def _of_staff(self, verb: str, by: Anybody) -> None:
        session, now = self.session, by.now
        ways: Mapping[str, Callable[[], object]] = {
            "claim": by.take,
            "release": lambda: release_claim(session, by.actor, proposal=self.proposal, now=now),
            "approve": by.approve,
            "decline": by.decline,
            "counter": by.counter,
            "counter_for_two": lambda: by.counter(THREE_MONTHS),
            "ask": by.ask,
            "undo": lambda: undo_decision(session, by.actor, proposal_id=self.proposal.id, now=now),
            "second": by.agree,
            "second_refuses": by.refuse,
        }
        if verb in ways:
            ways[verb]()
        else:
            self._of_broken(verb, by)

    def _of_broken(self, verb: str, by: Anybody) -> None:
        session, on = self.session, self.broken_on
        seen = SeenPlan(proposal_id=self.proposal.id, row_version=self.proposal.row_version)
        if verb == "reinstate":
            why = ReinstateReason.ASKED_AND_ABLE
            reinstate_plan(session, by.actor, seen=seen, reason=why, tools=LETTERS, today=on, now=LATER)
        elif verb == "tell_of_end":
            reason = PlanEndReason.NOTHING_PAID_SINCE
            tell_of_end(session, by.actor, seen=seen, reason=reason, tools=LETTERS, today=on, now=LATER)
        else:
            then = on + 30 * DAY
            terminate_plan(session, by.actor, seen=seen, tools=LETTERS, today=then, now=LATER)

    @property
    def broken_on(self) -> date:
        agreement = find_agreement(self.session, self.proposal.id)
        return self.story.today if agreement is None else self._first_out() + 12 * DAY

    def _first_out(self) -> date:
        return self._unmet()[0].row.due_on

    def _unmet(self) -> Sequence[RowProgress]:
        found = plan_under(self.session, self.agreement, on=self.story.today).progress.unmet
        if not found:
            raise Nothing
        return found

    def _lapse(self) -> None:
        end_lapsed_claims(self.session, SYSTEM, now=self.story.now + LEASE)

    def _send_out(self) -> None:
        held = select(Decision.id).where(Decision.proposal_id == self.proposal.id, Decision.state == "held")
        for each in self.session.scalars(held).all():
            dispatch_decision(self.session, SYSTEM, decision_id=each, now=self.at + DISPATCH_AFTER)

    def _facts_moved(self) -> None:
        self.story.loan.facts_version += 1
        self.session.flush()
        if not flag_moved_facts(self.session, SYSTEM, loan_id=self.story.loan.id, now=self.at):
            raise Nothing

    def _expire(self) -> None:
        if self.proposal.closes_at is None:
            raise Nothing
        expire_proposals(self.session, SYSTEM, now=self.proposal.closes_at)

    def _seal(self) -> None:
        body = f"%PDF-1.7 sealed {self.agreement.id}".encode()
        keep_sealed(self.session, SYSTEM, agreement_id=self.agreement.id, body=body, now=self.at)

    def _follow(self, on: date) -> None:
        self.story.loan.as_of = on - DAY
        self.session.flush()
        if not follow_plan(self.session, SYSTEM, proposal_id=self.proposal.id, on=on, now=self.at):
            raise Nothing

    def _miss(self) -> None:
        self._follow(self._first_out() + DAY)

    def _break(self) -> None:
        self._follow(self._first_out() + 11 * DAY)

    def _pay(self) -> None:
        on = self._first_out()
        self._paid(on, sum(each.left.total for each in self._unmet() if each.row.due_on <= on))
        self._follow(on + DAY)

    def _complete(self) -> None:
        on = self._first_out()
        self._paid(on, sum(each.left.total for each in self._unmet()))
        self._follow(on + DAY)

    def _paid(self, on: date, minor: int) -> None:
        ref = f"new-{self.story.loan.id}-{self.story.loan.facts_version}"
        self.session.add(
            Payment(
                payment_ref=ref,
                loan_id=self.story.loan.id,
                paid_on=on,
                amount_minor=minor,
                channel="bank",
                is_reversed=False,
            )
        )
        self.story.loan.facts_version += 1
        self.session.flush()


class Walk(RuleBasedStateMachine):
    """Begins where one of the plans stands, and leaves nothing behind."""

    session: ClassVar[Session]
    cast: ClassVar[Cast]
    beginnings: ClassVar[Mapping[str, Beginning]]
    steps: ClassVar[list[Step]]

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = self.session.begin_nested()

    @initialize(place=st.integers(0, 2))
    def begin(self, place: int) -> None:
        beginning = list(self.beginnings.values())[place]
        self.model, self.hands = beginning.model, Hands(self.session, self.cast, replace(beginning.story))
        self.hands.story._proposal = beginning.story.proposal
        if beginning.model.status != "draft":
            self.hands.story._version = beginning.story.version

    @rule(which=st.sampled_from(OF_EVERYBODY))
    def attempt(self, which: tuple[str, str]) -> None:
        verb, who = which
        if self.model.was_reinstated and verb in UNTRIED_AFTER_REINSTATING:
            return
        expected, story = self.model.after(verb, who), self.hands.story
        before = (story.now, getattr(story, "_version", None))
        savepoint = self.session.begin_nested()
        try:
            self.hands.do(verb, who)
            savepoint.commit()
        except (DomainError, Nothing):
            savepoint.rollback()
            self.session.expire_all()
            story.now = before[0]
            if before[1] is not None:
                story._version = before[1]
        self.steps.append((self.model.status, verb, who))
        assert self._kept() == seen_of(expected), f"{self.model.status}: {verb} by {who}"
        self.model = expected

    @rule(place=st.integers(0, 200))
    def go_on(self, place: int) -> None:
        """One of the ways that there are, so that a walk comes somewhere; its ends come seldom."""
        ways = [way for way in OF_EVERYBODY if self.model.after(*way) != self.model]
        further = [way for way in ways if way[0] not in {"expire", "withdraw", "discard"} or place % 10 == 0]
        if further:
            self.attempt(further[place % len(further)])

    def _kept(self) -> Mapping[str, Any]:
        self.session.flush()
        proposal = self.session.get_one(Proposal, self.hands.proposal.id, populate_existing=True)
        item = self.session.get(ReviewItem, proposal.id, populate_existing=True)
        waiting = self.session.execute(
            select(Decision.kind, Decision.state, Decision.first_staff_id, Decision.second_staff_id).where(
                Decision.proposal_id == proposal.id, Decision.state.in_(WAITS_FOR)
            )
        ).all()
        names = {
            getattr(self.cast, name).id: name
            for name in EVERYBODY
            if not isinstance(getattr(self.cast, name), Borrower)
        }
        kind, state, first, second = waiting[0] if waiting else (None, None, None, None)
        return {
            "status": proposal.status,
            "holder": names.get(item.claimed_by or 0) if item else None,
            "pending": kind,
            "waits_for": WAITS_FOR.get(state or ""),
            "by": (names.get(first or 0), names.get(second or 0)),
            "is_told": proposal.end_told_on is not None,
            "was_reinstated": proposal.reinstated_on is not None,
        }

    def teardown(self) -> None:
        self.savepoint.rollback()
        self.session.expire_all()


def seen_of(model: Model) -> Mapping[str, Any]:
    """Of the model, what the database keeps."""
    return {
        "status": model.status,
        "holder": model.holder,
        "pending": model.pending,
        "waits_for": model.waits_for,
        "by": (model.first, model.second),
        "is_told": model.is_told,
        "was_reinstated": model.was_reinstated,
    }


@pytest.fixture
def beginnings(session: Session, cast: Cast) -> Mapping[str, Beginning]:
    """李娜's three loans: a draft, a case that waits, a plan in force."""
    stories = [Changing(session, cast.li_na, add_loan(session, cast.li_na, ref=f"L-{n}")) for n in range(3)]
    stories[0].start()
    Story.submit(stories[1], reason=HardshipReason.ILLNESS)
    Story.submit(stories[2])
    Hands(session, cast, stories[2]).do("seal", CLOCK)
    session.refresh(stories[2].proposal)
    statuses = [story.proposal.status for story in stories]
    assert statuses == ["draft", "in_review", "active"]
    return {status: Beginning(story, Model(status)) for status, story in zip(statuses, stories, strict=True)}


def walk(
    session: Session, cast: Cast, beginnings: Mapping[str, Beginning], walks: int, *, drawn: bool
) -> list[Step]:
    steps: list[Step] = []
    run_state_machine_as_test(
        type(
            "OurWalk", (Walk,), {"session": session, "cast": cast, "beginnings": beginnings, "steps": steps}
        ),
        settings=settings(
            max_examples=walks,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not drawn,
            database=None,
            phases=[Phase.generate],  # a step says what it was: nothing is to be made smaller
            suppress_health_check=list(HealthCheck),
        ),
    )
    return steps


def test_what_the_verbs_leave_is_what_the_model_says(
    session: Session, cast: Cast, beginnings: Mapping[str, Beginning], is_long: bool
) -> None:
    steps = walk(session, cast, beginnings, LONG_WALKS if is_long else WALKS, drawn=is_long)
    assert len(steps) >= (10_000 if is_long else 50)


@ON_SQLITE
def test_each_verb_by_everybody_where_a_plan_begins(
    session: Session, cast: Cast, beginnings: Mapping[str, Beginning]
) -> None:
    """Once each from a draft, from a case that waits and from a plan in force."""
    machine = type(
        "OurWalk", (Walk,), {"session": session, "cast": cast, "beginnings": beginnings, "steps": []}
    )
    for place in range(len(beginnings)):
        for which in OF_EVERYBODY:
            one = machine()
            one.begin(place)
            one.attempt(which)
            one.teardown()
