"""A history that nobody lived: some hundred proposals over three months with their decisions, moves, complaints and contacts, drawn by lot
from one seed and written as bare rows, so that figures can be held against counts of our own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal.models import (
    Agreement,
    Base,
    Borrower,
    CaseDecision,
    Contact,
    Decision,
    Event,
    Loan,
    Proposal,
    ProposalVersion,
    ReviewItem,
    ServiceCase,
    VisitorComplaint,
)
from tests.people import Cast

BEGINS: Final = datetime(2026, 8, 28, 1, 0, tzinfo=UTC)
NOW: Final = datetime(2026, 11, 20, 3, 30, 11, tzinfo=UTC)
KINDS: Final = ("catch_up", "reschedule", "defer", "step_up", "settlement")
REASONS: Final = {
    "approve": ("affordable", "better_than_no_plan"),
    "decline": ("term_too_long", "other"),
    "counter": ("smaller_payments",),
    "ask": ("income", "how_long"),
}
HASH: Final = "0" * 64


@dataclass
class History:
    """Rows by table, and one clock that goes on with each proposal."""

    cast: Cast
    lot: Random = field(default_factory=lambda: Random(20261120))
    rows: dict[type[Base], list[dict[str, Any]]] = field(default_factory=dict)
    unfair_to: str | None = None
    """People of this sex are declined, all others approved."""

    def add(self, table: type[Base], **values: Any) -> int:
        kept = self.rows.setdefault(table, [])
        number = 1_000 + len(kept)
        key = {} if table is ReviewItem else {"id": number}
        kept.append({**key, **values})
        return number

    def later(self, at: datetime, hours: float) -> datetime:
        return at + timedelta(hours=hours * self.lot.random(), microseconds=self.lot.randrange(1_000_000))

    def is_so(self, share: float) -> bool:
        return self.lot.random() < share


@dataclass
class Plan:
    """One proposal on its way. ``at`` is where its time stands."""

    history: History
    proposal: int
    borrower: int
    kind: str
    drafter: int | None
    at: datetime
    round: int = 1
    status: str = "draft"
    ended_at: datetime | None = None
    promised: datetime | None = None

    def event(self, name: str, status: str, **fields: Any) -> None:
        self.status = status
        self.history.add(
            Event, name=name, at=self.at, actor_kind="system", proposal_id=self.proposal,
            borrower_id=self.borrower, fields=fields, salt=b"0" * 16,
        )  # fmt: skip

    def wait(self, hours: float) -> bool:
        """Go on; False where that would be beyond now."""
        self.at = self.history.later(self.at, hours)
        return self.at < NOW

    def promise(self) -> str:
        self.promised = self.at + timedelta(hours=self.history.lot.choice((6, 30, 48, 96)))
        return self.promised.isoformat()

    def decide(self, kind: str, *, by_policy: bool = False, state: str = "sent", reaches: bool = True) -> int:
        lot, cast = self.history.lot, self.history.cast
        needs = not by_policy and (kind != "ask" and (self.kind == "settlement" or lot.random() < 0.3))
        second_at = self.at if needs else None
        decided_at = self.at - timedelta(minutes=lot.randrange(90) if needs else 0)
        first = None if by_policy else cast.zhou_min.id
        return self.history.add(
            Decision, proposal_id=self.proposal, review_round=self.round, version_number=1, content_hash=HASH, kind=kind,
            state=state, plan_kind=self.kind, by_policy=by_policy, policy_version="2026-01", maker_borrower_id=self.borrower,
            drafter_staff_id=self.drafter, first_staff_id=first, needs_second=needs,
            second_because=["sum"] if needs else [], second_staff_id=cast.wu_yan.id if needs else None,
            second_at=second_at, second_reason="other" if state == "refused" else None,
            reason_code="policy" if by_policy else lot.choice(REASONS[kind]), guarantor=None,
            likeness=None, decided_at=decided_at, goes_out_at=None, sent_at=self.at if reaches else None,
        )  # fmt: skip

    def agree(self, decision: int, *, by_policy: bool = False) -> None:
        self.event("plan:approved", "approved", by_policy=by_policy, decision_id=decision)
        self.history.add(
            Agreement, public_id=f"a{self.proposal}", proposal_id=self.proposal, loan_id=self.proposal,
            borrower_id=self.borrower, version_number=1, content_hash=HASH, check_code=f"c{self.proposal}",
            approved_at=self.at, seal_state="sealing",
        )  # fmt: skip
        if self.wait(2):
            self.event("plan:activated", "active")
            self._run()

    def _run(self) -> None:
        if not self.history.is_so(0.7) or not self.wait(900):
            return
        ends = self.history.lot.choice(("completed", "missed", "superseded"))
        if ends == "missed":
            self.event("plan:missed", "missed")
            if not self.wait(200):
                return
            ends = self.history.lot.choice(("broken", "active"))
        self.event("plan:cured" if ends == "active" else f"plan:{ends}", ends)
        self.ended_at = None if ends == "active" else self.at


def write_history(
    session: Session, cast: Cast, *, proposals: int = 140, unfair_to: str | None = None
) -> History:
    """All of it, in one transaction of the caller's."""
    history = History(cast, unfair_to=unfair_to)
    people = _people(history)
    for number in range(proposals):
        _proposal(history, people[number % len(people)])
    _complaints(history, people)
    _contacts(history, people)
    for table in (
        Borrower, Loan, Proposal, ProposalVersion, Agreement, Decision, Event, ReviewItem, ServiceCase, CaseDecision,
        VisitorComplaint, Contact,
    ):  # fmt: skip
        if table in history.rows:
            session.execute(insert(table), history.rows[table])
    return history


def _people(history: History) -> Sequence[int]:
    lot = history.lot
    return [
        history.add(
            Borrower, public_id=f"b{n}", borrower_ref=f"b{n}",
            birth_year=lot.choice((None, *range(1950, 2006, 3))), sex=lot.choice((None, "female", "male")),
            locale="zh_CN",
        )
        for n in range(60)
    ]  # fmt: skip


def _proposal(history: History, borrower: int) -> None:
    lot = history.lot
    loan = history.add(
        Loan, borrower_id=borrower, product="cash_loan", currency="CNY", creditor="x", lender_type="bank", status="active",
        disbursed_on=date(2026, 1, 1), principal_minor=1, annual_rate_pct=Decimal(1), penalty_rate_pct=Decimal(1),
        amortisation="equal_installment", interest_method="declining", day_count="30/360", rounding="half_even",
        every="1 month", has_guarantor=False, as_of=date(2026, 8, 1), facts_version=1, content_digest="x",
        public_id=f"l{len(history.rows.get(Loan, ()))}", loan_ref=f"l{len(history.rows.get(Loan, ()))}",
    )  # fmt: skip
    drafter = history.cast.chen_chen.id if history.is_so(0.3) else None
    plan = Plan(history, loan, borrower, lot.choice(KINDS), drafter, history.later(BEGINS, 1_900))
    begun, submitted = plan.at, None
    plan.event("plan:started", "draft")
    if plan.wait(30):
        submitted = plan.at
        _way(plan)
    proposal = history.add(
        Proposal, public_id=f"p{loan}", reference=f"P{loan}", loan_id=loan, borrower_id=borrower, status=plan.status,
        row_version=1, review_round=plan.round, version_number=1, answers={}, drafted_by_staff_id=drafter, made_at=begun,
        submitted_at=submitted, promised_by=plan.promised, referral_reasons=[], ended_at=plan.ended_at,
    )  # fmt: skip
    assert proposal == loan
    history.add(
        ProposalVersion, proposal_id=loan, number=1, kind=plan.kind, terms={}, content_hash=HASH, facts_version=1,
        facts_digest=HASH, policy_version="2026-01", priced_on=date(2026, 8, 1), locale="zh_CN", terms_acknowledged=[],
        made_at=begun,
    )  # fmt: skip


def _way(plan: Plan) -> None:
    """What becomes of it once it was signed."""
    plan.event("plan:submitted", "submitted")
    if plan.history.unfair_to:
        _unfairly(plan)
        return
    if plan.kind != "settlement" and plan.history.is_so(0.3):
        plan.agree(plan.decide("approve", by_policy=True), by_policy=True)
        return
    plan.event("plan:referred", "in_review", promised_by=plan.promise())
    _decision(plan)


def _unfairly(plan: Plan) -> None:
    sex = next(row["sex"] for row in plan.history.rows[Borrower] if row["id"] == plan.borrower)
    plan.event("plan:referred", "in_review", promised_by=plan.promise())
    if not plan.wait(20):
        return
    if sex == plan.history.unfair_to:
        plan.event("plan:declined", "declined", decision_id=plan.decide("decline"))
        plan.ended_at = plan.at
    else:
        plan.agree(plan.decide("approve"))


def _decision(plan: Plan) -> None:
    lot = plan.history.lot
    if plan.history.is_so(0.15) or not plan.wait(60):
        _queue(plan)
        return
    ends = lot.choice(
        ("approve", "approve", "decline", "counter", "ask", "withdrawn", "expired", "moved", "second")
    )
    match ends:
        case "approve":
            plan.agree(plan.decide("approve"))
        case "decline":
            _decline(plan)
        case "counter":
            _counter(plan)
        case "ask":
            _ask(plan)
        case "second":
            _second_refuses(plan)
        case "moved":
            plan.event("plan:facts_moved", "needs_resign")
            if plan.wait(90):
                plan.event("plan:submitted", "submitted")
                plan.event("plan:referred", "in_review", promised_by=plan.promise())
                _decision(plan)
        case _:
            plan.event(f"plan:{ends}", ends)
            plan.ended_at = plan.at


def _decline(plan: Plan) -> None:
    plan.event("plan:declined", "declined", decision_id=plan.decide("decline"))
    plan.ended_at = plan.at
    if plan.round == 1 and plan.history.is_so(0.5) and plan.wait(100):
        plan.round, plan.ended_at = 2, None
        plan.event("plan:review_requested", "in_review", promised_by=plan.promise())
        _decision(plan)


def _counter(plan: Plan) -> None:
    """Its decision is told only once it is known what became of it."""
    at, says = plan.at, plan.history.lot.choice(("signed", "refused", "lapsed", "open"))
    state = {"signed": "sent", "refused": "answered", "lapsed": "overtaken", "open": "sent"}[says]
    decision = plan.decide("counter", state=state)
    plan.event("plan:countered", "countered", decision_id=decision)
    if says == "open" or not plan.wait(120):
        plan.history.rows[Decision][-1]["state"] = "sent"
        return
    assert plan.at > at
    if says == "signed":
        plan.history.add(
            Event, name="plan:counter_signed", at=plan.at, actor_kind="borrower", proposal_id=plan.proposal, fields={},
            salt=b"0" * 16,
        )  # fmt: skip
        plan.agree(decision)
    elif says == "refused":
        plan.event("plan:counter_refused", "in_review", promised_by=plan.promise())
        _queue_or(plan, "approve")
    else:
        plan.event("plan:expired", "expired")
        plan.ended_at = plan.at


def _ask(plan: Plan) -> None:
    decision = plan.decide("ask", state="answered")
    plan.event("plan:info_requested", "info_requested", decision_id=decision)
    if plan.wait(70):
        plan.event("plan:info_given", "in_review", promised_by=plan.promise())
        _queue_or(plan, "decline")
    else:
        plan.history.rows[Decision][-1]["state"] = "sent"


def _queue_or(plan: Plan, kind: str) -> None:
    if not plan.wait(50):
        _queue(plan)
    elif kind == "approve":
        plan.agree(plan.decide("approve"))
    else:
        plan.event("plan:declined", "declined", decision_id=plan.decide("decline"))
        plan.ended_at = plan.at


def _second_refuses(plan: Plan) -> None:
    """The case waits on, and nothing stands in the record's moves."""
    plan.decide("approve", state="refused", reaches=False)
    refused = plan.history.rows[Decision][-1]
    refused.update(
        needs_second=True,
        second_because=["sum"],
        second_staff_id=plan.history.cast.wu_yan.id,
        second_at=plan.at,
    )
    if plan.wait(40):
        plan.agree(plan.decide("approve"))
    else:
        _queue(plan)


def _queue(plan: Plan) -> None:
    lot = plan.history.lot
    assert plan.promised is not None
    plan.history.add(
        ReviewItem, proposal_id=plan.proposal, stage=lot.choice(("first", "first", "second", "held")),
        deadline_at=plan.promised, kind=plan.kind, amount_minor=lot.choice((100, 499_999, 500_000, 1_999_999, 7_000_000)),
        currency=lot.choice(("CNY", "CNY", "JPY")), dpd=lot.choice((0, 1, 30, 31, 61, 91)), main_reason="guarantor",
        queued_at=lot.choice((None, NOW - timedelta(hours=lot.choice((1, 4, 23, 24, 71, 100, 400))))),
    )  # fmt: skip


def _complaints(history: History, people: Sequence[int]) -> None:
    lot = history.lot
    for number in range(60):
        opened = history.later(BEGINS, 1_900)
        closed = history.later(opened, 600) if history.is_so(0.7) else None
        closed = closed if closed is not None and closed < NOW else None
        said = {
            "public_id": f"k{number}", "reference": f"K{number}", "topic": lot.choice(("conduct", "charges", "other")),
            "opened_at": opened, "answer_by": opened + timedelta(days=15), "closed_at": closed,
            "status": "closed" if closed else "open",
        }  # fmt: skip
        outcome = lot.choice(("upheld", "partly", "not_upheld")) if closed else ""
        if number % 3 == 0:
            history.add(VisitorComplaint, **said, outcome=outcome)
        else:
            _case(history, said, lot.choice(people), outcome)


def _case(history: History, said: Mapping[str, Any], borrower: int, outcome: str) -> None:
    lot = history.lot
    is_twice = history.is_so(0.4)
    case = history.add(
        ServiceCase, **said, kind=lot.choice(("complaint", "complaint", "dispute")), borrower_id=borrower,
        review_round=2 if is_twice else 1,
    )  # fmt: skip
    rounds = [1, 2] if is_twice and outcome else [1] if is_twice or outcome else []
    for each in rounds:
        history.add(
            CaseDecision, case_id=case, review_round=each, reason_code="other", keeps_hold=False,
            outcome=outcome if each == rounds[-1] and outcome else lot.choice(("partly", "not_upheld")),
            decided_by=history.cast.zhou_min.id, decided_at=said["closed_at"] or said["opened_at"] + timedelta(hours=3),
        )  # fmt: skip


def _contacts(history: History, people: Sequence[int]) -> None:
    lot = history.lot
    for at in _moments(history, 300):
        channel = lot.choice(("sms", "phone", "email"))
        history.add(
            Contact, borrower_id=lot.choice(people), purpose="x", channel=channel, direction=lot.choice(("out", "out", "in")),
            number_hash="", number_last4="", template_version="x", rule_decision="x", actor_kind="system", at=at,
            result=lot.choice(("sent", "delivered", "failed", "answered")),
        )  # fmt: skip
    for at in _moments(history, 80):
        history.add(
            Event, name="contact:refused", at=at, actor_kind="system", borrower_id=lot.choice(people), salt=b"0" * 16,
            fields={"rule": lot.choice(("C01", "C03", "C06", "budget")), "purpose": lot.choice(("collection_call", "overdue"))},
        )  # fmt: skip


def _moments(history: History, count: int) -> Iterator[datetime]:
    for _ in range(count):
        yield history.later(BEGINS, 2_000)
    # The last second before October of Shanghai, its first, and the same of its end.
    for edge in (datetime(2026, 9, 30, 16, tzinfo=UTC), datetime(2026, 10, 31, 16, tzinfo=UTC)):
        yield edge - timedelta(microseconds=1)
        yield edge
