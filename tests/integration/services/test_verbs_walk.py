"""Every verb of a plan's life by everybody in whichever order, against a reference model of some tens of lines (`tests/plan_model.py`).

Test 3 of docs/security.md: what the verbs leave is what the model says, after every step. The long form takes more than 10,000.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from types import MappingProxyType
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain import proposals as table
from portal.domain.claims import LEASE
from portal.domain.decisions import DISPATCH_AFTER
from portal.domain.errors import Conflict, DomainError
from portal.domain.permissions import SYSTEM, Actor, ActorKind, Role
from portal.domain.plan_changes import Wish
from portal.domain.plan_course import acts_due
from portal.domain.plan_progress import RowProgress, _Counting
from portal.domain.policy import HardshipReason
from portal.domain.proposals import (
    AGREED_STATUSES,
    RUNNING_STATUSES,
    Act,
    Move,
    ProposalStatus,
    Who,
    move_for,
)
from portal.domain.reasons import PlanEndReason, ReinstateReason
from portal.domain.second_looks import DEFAULT_SECOND_LOOK
from portal.models import Agreement, Borrower, Decision, Payment, Proposal, ReviewItem
from portal.queries import situations
from portal.queries.proposals import find_agreement, find_open_counter
from portal.queries.running_plans import plan_under
from portal.services import decisions, documents, moves, plan_changes, running_plans
from portal.services.broken_plans import SeenPlan, reinstate_plan, tell_of_end, terminate_plan
from portal.services.claims import end_lapsed_claims, release_claim
from portal.services.counters import refuse_counter
from portal.services.dispatches import dispatch_decision, undo_decision
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
from tests.people import Cast, add_loan, add_policy
from tests.plan_model import (
    BEGINNINGS,
    BORROWERS,
    CLOCK,
    EVERYBODY,
    OF_BORROWERS,
    OF_STAFF,
    OF_THE_CLOCK,
    Model,
    Road,
    Way,
    roads_everywhere,
    roads_over_each_line,
)
from tests.stories import CATCH_UP, ZONE, Story, borrower_actor

STEPS, WALKS, LONG_WALKS, PARTS = 30, 6, 600, 3
ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
DAY = timedelta(days=1)
Beginnings = Mapping[Model, Changing]
"""A plan as far as it has come before a walk, by what the model says of it."""
Step = tuple[str, str, str]
"""Where the plan was, what was tried, by whom."""
WAITS_FOR = {"waits_second": "second", "held": "minute"}
KEPT = (
    select(
        Proposal.status,
        Proposal.end_told_on,
        Proposal.reinstated_on,
        ReviewItem.claimed_by,
        Decision.kind,
        Decision.state,
        Decision.first_staff_id,
        Decision.second_staff_id,
        Agreement.seal_state,
    )
    .outerjoin(ReviewItem, ReviewItem.proposal_id == Proposal.id)
    .outerjoin(Decision, (Decision.proposal_id == Proposal.id) & Decision.state.in_(WAITS_FOR))
    .outerjoin(Agreement, Agreement.proposal_id == Proposal.id)
    .where(Proposal.id == bindparam("proposal_id"))
)
"""What the database keeps of a plan, a claim, a decision that reached nobody yet and a document: one row of each at most."""
ALL_OF_IT = {"kind": "reschedule", "installments": 12, "day_of_month": 20}
FOR_TWO = 400_000
"""Between the arrears and all that is owed, in fen: above it the policy asks for two."""
ROADS, LINES = roads_everywhere(), roads_over_each_line()
OF_EVERYBODY = tuple(
    [(verb, who) for verb in (*OF_BORROWERS, *OF_STAFF) for who in EVERYBODY]
    + [(verb, CLOCK) for verb in OF_THE_CLOCK]
)


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
        self.session, self.cast, self.story, self.proposal_id = session, cast, story, story.proposal.id

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

    def _sign(
        self, reason: HardshipReason = HardshipReason.ILLNESS, choice: Mapping[str, Any] = CATCH_UP
    ) -> None:
        """The owner gets everything ready; whoever it is puts their name to it."""
        story = self.story
        if self.proposal.status == ProposalStatus.COUNTERED:
            counter = find_open_counter(self.session, self.proposal)
            assert counter is not None
            story._version = counter
        else:
            story.answer(choice, reason=reason).freeze()
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

    def _sign_for_two(self) -> None:
        self._sign(choice=ALL_OF_IT)

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
        """Another day of the month, which policy takes at once, or not at all; signed by whoever it is."""
        if self.proposal.status not in RUNNING_STATUSES:
            raise Nothing
        days = max(0, ((self.proposal.reinstated_on or self.story.today) - self.story.today).days)
        change = replace(self.story, today=self.story.today + days * DAY, now=self.story.now + days * DAY)
        self.story.loan.as_of += days * DAY
        change.change(Wish.DATE, day=5)
        change.freeze().preview(f"%PDF-1.7 change {change.proposal.id}".encode()).read()
        at = change.now.astimezone(ZONE)
        answer = submit_proposal(
            self.session,
            self.actor,
            proposal=change.proposal,
            version=change.version,
            situation=change.situation(),
            code_id=1,
            evidence={"channel": "web", "signed_in_at": at.isoformat()},
            now=at,
        )
        if answer is not ProposalStatus.APPROVED:
            raise Nothing

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
        """Two days after it broke; wherever else it is, its days are none of theirs."""
        is_broken = self.proposal.status == ProposalStatus.BROKEN
        return self._first_out() + 12 * DAY if is_broken else self.story.today

    def _first_out(self) -> date:
        """The day from which the payment that comes first is out: its own, or that on which the plan was reinstated."""
        due_on = self._unmet()[0].row.due_on
        return max(due_on, self.proposal.reinstated_on or due_on)

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
        documents.keep_sealed(self.session, SYSTEM, agreement_id=self.agreement.id, body=body, now=self.at)

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
    """Begins with a road to any place that a plan can be at, goes on from there, and leaves nothing behind."""

    session: ClassVar[Session]
    cast: ClassVar[Cast]
    beginnings: ClassVar[Beginnings]
    names: ClassVar[Mapping[int | None, str]]
    """Of staff, by number."""
    steps: ClassVar[list[Step]]

    def __init__(self) -> None:
        super().__init__()
        self.savepoint, self.tried = self.session.begin_nested(), Counter[tuple[str, str]]()

    @initialize(road=st.sampled_from(list(ROADS.values())))
    def begin(self, road: Road) -> None:
        story = self.beginnings[road.begins]
        own = replace(story)
        own._proposal = story.proposal
        if road.begins.status != "draft":
            own._version = story.version
        self.model, self.hands = road.begins, Hands(self.session, self.cast, own)
        for way in road.ways:
            self.attempt(way)

    @rule(which=st.sampled_from(OF_EVERYBODY))
    def attempt(self, which: Way) -> None:
        verb, who = which
        self.tried[self.model.status, verb] += 1
        expected, story = self.model.after(verb, who), self.hands.story
        before = (story.now, getattr(story, "_version", None))
        savepoint = self.session.begin_nested()
        try:
            self.hands.do(verb, who)
            savepoint.commit()
        except (DomainError, Nothing):
            savepoint.rollback()
            story.now = before[0]
            if before[1] is not None:
                story._version = before[1]
        self.session.expire_all()
        self.steps.append((self.model.status, verb, who))
        assert self._kept() == seen_of(expected), f"{self.model.status}: {verb} by {who}"
        self.model = expected

    @rule(place=st.integers(0, 200))
    def go_on(self, place: int) -> None:
        """One of the ways that there are, of those that this walk took least, so that it comes far; its ends come seldom."""
        ways = [way for way in OF_EVERYBODY if self.model.after(*way) != self.model]
        further = [way for way in ways if way[0] not in {"expire", "withdraw", "discard"} or place % 10 == 0]
        least = min((self.tried[self.model.status, verb] for verb, _ in further), default=0)
        new = [way for way in further if self.tried[self.model.status, way[0]] == least]
        if new:
            self.attempt(new[place % len(new)])

    def _kept(self) -> Mapping[str, Any]:
        self.session.flush()
        (kept,) = self.session.execute(KEPT, {"proposal_id": self.hands.proposal_id}).all()
        return {
            "status": kept.status,
            "holder": self.names.get(kept.claimed_by),
            "pending": kept.kind,
            "waits_for": WAITS_FOR.get(kept.state),
            "by": (self.names.get(kept.first_staff_id), self.names.get(kept.second_staff_id)),
            "is_told": kept.end_told_on is not None,
            "was_reinstated": kept.reinstated_on is not None,
            "document": kept.seal_state,
        }

    def teardown(self) -> None:
        self.savepoint.rollback()
        self.session.expire_all()


Walker = type[Walk]


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
        "document": ("sealed" if model.is_sealed else "sealing") if model.status in AGREED_STATUSES else None,
    }


@pytest.fixture
def beginnings(session: Session, cast: Cast) -> Beginnings:
    """李娜's three loans: a draft, a case that waits, a plan in force."""
    stories = [Changing(session, cast.li_na, add_loan(session, cast.li_na, ref=f"L-{n}")) for n in range(3)]
    add_policy(session, version="2026-02", second_look={**DEFAULT_SECOND_LOOK, "sum_minor": FOR_TWO})
    stories[0].start()
    Story.submit(stories[1], reason=HardshipReason.ILLNESS)
    Story.submit(stories[2])
    Hands(session, cast, stories[2]).do("seal", CLOCK)
    session.refresh(stories[2].proposal)
    statuses = [story.proposal.status for story in stories]
    assert statuses == [model.status for model in BEGINNINGS]
    return dict(zip(BEGINNINGS, stories, strict=True))


@pytest.fixture
def walker(session: Session, cast: Cast, beginnings: Beginnings) -> Walker:
    names = {getattr(cast, name).id: name for name in EVERYBODY if name not in BORROWERS}
    ours = {"session": session, "cast": cast, "beginnings": beginnings, "names": names, "steps": []}
    return type("OurWalk", (Walk,), ours)


def test_what_the_verbs_leave_is_what_the_model_says(walker: Walker, is_long: bool) -> None:
    run_state_machine_as_test(
        walker,
        settings=settings(
            max_examples=LONG_WALKS if is_long else WALKS,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not is_long,
            database=None,
            phases=[Phase.generate],  # a step says what it was: nothing is to be made smaller
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert len(walker.steps) >= (10_000 if is_long else 50)


def along(walker: Walker, road: Road, *further: Way) -> None:
    """Raises where the portal leaves the model on the way."""
    one = walker()
    try:
        one.begin(road)
        for way in further:
            one.attempt(way)
    finally:
        one.teardown()


@ON_SQLITE
@pytest.mark.parametrize("part", range(PARTS))
def test_each_verb_by_everybody_wherever_a_plan_can_be(walker: Walker, part: int, is_long: bool) -> None:
    """Once each; short from a draft, from a case that waits and from a plan in force alone. In parts, so that they run side by side."""
    roads = list(ROADS.values() if is_long else map(Road, BEGINNINGS))[part::PARTS]
    apart: list[str] = []
    for road in roads:
        one = None
        for way in OF_EVERYBODY:
            if one is None:
                one = walker()
                one.begin(road)
            here, is_apart = one.model, False
            try:
                one.attempt(way)
            except AssertionError as error:
                is_apart = True
                apart.append(f"{road.ways}: {error}")
            if is_apart or one.model != here:
                one.teardown()
                one = None
        if one is not None:
            one.teardown()
    assert apart == []
    assert len(walker.steps) >= len(roads) * len(OF_EVERYBODY)


def test_the_places_are_as_many_as_are_promised() -> None:
    assert len(ROADS) * len(OF_EVERYBODY) >= 10_000


def test_each_line_is_no_strangers_and_leads_where_the_model_says(walker: Walker) -> None:
    """Where a verb of people does something, a stranger tries it first."""
    for road in LINES:
        *before, (verb, who) = road.ways
        others = [] if verb in OF_THE_CLOCK else [(verb, "wang_qiang")]
        along(walker, Road(road.begins, before), *others, (verb, who))


Line = tuple[ProposalStatus, Act]
WORST = (ProposalStatus.APPROVED, ProposalStatus.DECLINED)
WHERE_NO_PLAN_STAYS = ProposalStatus.SUBMITTED
"""A plan that is signed passes it within its own transaction: what else leads on from it is never taken."""
NOT_WALKED = frozenset(
    {
        (ProposalStatus.DRAFT, Act.GIVE_WAY),  # a draft beside a broken plan: test_broken_plans.py
    }
    | {(WHERE_NO_PLAN_STAYS, act) for act in (Act.WITHDRAW, Act.FACTS_MOVED, Act.EXPIRE)}
)


def lines_taken(walker: Walker, monkeypatch: pytest.MonkeyPatch) -> Mapping[Line, Sequence[Road]]:
    """Of the portal's own table, each line with the roads that take it (for a plan that stands beside, some of them)."""
    taken: dict[Line, list[Road]] = {}
    for road in LINES:

        def noted(status: ProposalStatus, act: Act, who: Who, road: Road = road) -> ProposalStatus:
            taken.setdefault((status, act), []).append(road)
            return move_for(status, act, who)

        with monkeypatch.context() as patch:
            patch.setattr(moves, "move_for", noted)
            along(walker, road)
    return taken


def is_found(walker: Walker, roads: Sequence[Road]) -> bool:
    """Whether the portal leaves the model on one of them, or its database refuses what a wrong line would leave."""
    try:
        for road in roads:
            along(walker, road)
    except (AssertionError, IntegrityError):
        return True
    return False


@ON_SQLITE
def test_each_line_of_the_table_that_leads_elsewhere_is_found(
    walker: Walker, monkeypatch: pytest.MonkeyPatch, is_long: bool
) -> None:
    """To an approval, and where that is right to a decline; long: to every other status."""
    right, roads = table.all_moves(), lines_taken(walker, monkeypatch)
    assert set(right) - set(roads) == NOT_WALKED
    unseen = []
    for line, ways in roads.items():
        wrong = [to for to in dict.fromkeys((*WORST, *ProposalStatus)) if to is not right[line].to]
        for to in wrong if is_long else wrong[:1]:
            with monkeypatch.context() as patch:
                seeded = MappingProxyType({**right, line: Move(right[line].who, to)})
                patch.setattr(table, "_TABLE", seeded)
                # A line that leads back to where it came from is taken for ever.
                patch.setattr(running_plans, "acts_due", lambda *where: islice(acts_due(*where), 5))
                unseen += [] if is_found(walker, ways) else [f"{line[0]} {line[1]}: {to}"]
    assert unseen == []


def road_to(**where: object) -> Road:
    """The shortest to a place that is so."""
    found = (
        place for place in ROADS if all(getattr(place, field) == value for field, value in where.items())
    )
    return ROADS[next(found)]


def refuse_unsealed(status: ProposalStatus) -> None:
    if status is ProposalStatus.APPROVED:
        raise Conflict("plan_not_in_force")


@dataclass(frozen=True)
class Fault:
    """``wrong`` instead of what ``owner`` has by that name; it shows where ``road`` leads, by ``way``."""

    road: Road
    way: Way
    owner: object
    name: str
    wrong: Callable[..., Any]


REINSTATED = road_to(status="active", was_reinstated=True)
FOR_TWO_IN_HAND = road_to(wants_two=True, holder="zhou_min")
UNSEALED = road_to(status="superseded", is_sealed=False)
FAULTS = {
    "one alone approves what takes two": Fault(
        FOR_TWO_IN_HAND, ("approve", "zhou_min"), decisions, "second_wanted", lambda *_: ()
    ),
    "a reinstated plan has no days of its own": Fault(
        REINSTATED, ("miss", CLOCK), _Counting, "since", lambda _, due_on: due_on
    ),
    "a machine says yes to a change of what broke lately": Fault(
        REINSTATED, ("change", "li_na"), situations, "is_broken_lately", lambda *_: False
    ),
    "a plan that gave way gets no document": Fault(
        UNSEALED, ("seal", CLOCK), documents, "mark_sealed", lambda *_, **__: False
    ),
    "what is not sealed yet cannot be changed": Fault(
        road_to(status="approved"), ("change", "li_na"), plan_changes, "refuse_change", refuse_unsealed
    ),
}


@ON_SQLITE
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_what_is_done_wrong_is_found(walker: Walker, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    along(walker, fault.road, fault.way)
    monkeypatch.setattr(fault.owner, fault.name, fault.wrong)
    with pytest.raises(AssertionError):
        along(walker, fault.road, fault.way)
