"""A change of a plan in force: priced from what the plan left, signed like any plan, and then in its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, DomainError
from portal.domain.holds import HoldKind
from portal.domain.loans import Components
from portal.domain.permissions import SYSTEM
from portal.domain.plan_changes import Wish, change_of, date_of, wishes_for
from portal.domain.plans import PlanKind
from portal.domain.policy import DEFAULT_POLICY
from portal.domain.proposals import ProposalStatus
from portal.domain.step_up import spread_over_steps
from portal.models import Agreement, DelinquencyPause, Event, Loan, Payment, PolicyVersion, Proposal
from portal.queries.plans import plan_of
from portal.queries.proposals import get_signed_version
from portal.queries.running_plans import RunningPlan, find_running_plan, plan_under
from portal.queries.situations import running_holds, situation_of
from portal.services.documents import keep_sealed
from portal.services.plan_changes import start_change
from portal.services.proposals import withdraw_proposal
from portal.services.running_plans import follow_plan, take_payments
from tests.people import NOW, TODAY, Cast, add_loan
from tests.stories import Story

DAY = timedelta(days=1)


@dataclass
class Changing(Story):
    """The story of a change, once the plan runs."""

    def running(self) -> RunningPlan:
        found = find_running_plan(self.session, self.loan.id, on=self.today)
        assert found is not None
        return found

    def change(self, wish: Wish, *, day: int = 0, on: date | None = None, monthly: int = 0) -> "Changing":
        running = self.running()
        standing = situation_of(
            self.session, self.loan, on=self.today, answers={}, replaces_id=running.proposal.id
        ).standing
        change, _ = change_of(wish, running.plan, running.progress, standing, day=day, on=on, monthly=monthly)
        self._proposal = start_change(
            self.session,
            self.actor,
            running=running,
            change=change,
            monthly=monthly or running.plan.most_at_a_time,
            keep_days=30,
            now=self.now,
        )
        return self

    def signed(self) -> ProposalStatus:
        self.freeze().preview(f"%PDF-1.7 change {self.proposal.id}".encode()).read()
        return self.sign()


def in_force(session: Session, cast: Cast, choice: Mapping[str, object] | None = None) -> Changing:
    loan = add_loan(session, cast.li_na)
    story = Changing(session, cast.li_na, loan)
    Story.submit(story, choice or {"kind": "catch_up", "installments": 6, "day_of_month": 20})
    _seal(story)
    return story


def _seal(story: Changing) -> None:
    agreement = story.session.scalars(
        select(Agreement).where(Agreement.proposal_id == story.proposal.id)
    ).one()
    body = f"%PDF-1.7 {agreement.id}".encode()
    keep_sealed(story.session, SYSTEM, agreement_id=agreement.id, body=body, now=story.now)
    story.session.refresh(story.proposal)


@pytest.fixture
def story(session: Session, cast: Cast) -> Changing:
    """李娜 catches up in six payments, the first on 20 November."""
    return in_force(session, cast)


def pay(story: Changing, on: date, minor: int) -> None:
    story.session.add(
        Payment(
            payment_ref=f"new-{on}",
            loan_id=story.loan.id,
            paid_on=on,
            amount_minor=minor,
            channel="bank",
            is_reversed=False,
        )
    )
    story.loan.facts_version += 1
    story.session.flush()


def everything(running: RunningPlan) -> int:
    return sum(row.due for row in (*running.plan.rows, *running.plan.running_rows))


def events(session: Session, name: str) -> list[Event]:
    return list(session.scalars(select(Event).where(Event.name == name).order_by(Event.id)))


def test_an_approved_change_takes_the_place_of_the_plan_in_one_go(session: Session, story: Changing) -> None:
    old = story.proposal
    assert story.change(Wish.DATE, day=5).signed() is ProposalStatus.APPROVED
    session.refresh(old)
    assert (old.status, old.ended_at) == (ProposalStatus.SUPERSEDED, story.now)
    assert story.running().proposal.id == story.proposal.id != old.id
    assert story.proposal.replaces_id == old.id
    (event,) = events(session, "plan:superseded")
    assert (event.proposal_id, event.fields["by"]) == (old.id, story.proposal.reference)
    assert running_holds(session, story.loan.id) == {HoldKind.PLAN_ACTIVE}
    assert session.scalars(select(DelinquencyPause.ends_on)).all() == [None]


def test_asking_for_the_same_change_twice_is_once(session: Session, story: Changing) -> None:
    draft = story.change(Wish.DATE, day=5).proposal
    assert story.change(Wish.DATE, day=5).proposal.id == draft.id
    assert len(events(session, "plan:change_started")) == 1
    story.change(Wish.DATE, day=6)
    assert len(events(session, "plan:change_started")) == 2


def test_another_day_costs_nothing_and_keeps_the_sum(session: Session, story: Changing) -> None:
    before = story.running()
    story.change(Wish.DATE, day=5).signed()
    after = story.running()
    assert [row.due_on.day for row in after.plan.rows if row.date_moved_from is None]
    assert len(after.plan.rows) == len(before.plan.rows) == 6
    assert sum(row.due for row in after.plan.rows) == sum(row.due for row in before.plan.rows)
    assert all((row.date_moved_from or row.due_on).day == 5 for row in after.plan.rows)


def test_what_was_paid_under_the_plan_is_taken_off(session: Session, story: Changing) -> None:
    before = story.running()
    pay(story, story.today, 50_000)
    story.change(Wish.DATE, day=5).signed()
    after = story.running()
    assert everything(after) == everything(before) - 50_000
    assert sum(row.due for row in after.plan.rows) == sum(row.due for row in before.plan.rows[1:])
    assert after.progress.paid == 0


def test_leaving_one_out_moves_all_by_a_month_and_counts_for_the_year(
    session: Session, story: Changing
) -> None:
    before = story.running()
    story.change(Wish.SKIP).signed()
    after = story.running()
    assert len(after.plan.rows) == len(before.plan.rows)
    assert after.plan.first_on >= before.plan.first_on + 28 * DAY
    assert sum(row.due for row in after.plan.rows) == sum(row.due for row in before.plan.rows)
    used = story.situation().circumstances.deferred_periods_this_year
    assert used == 1


def test_beyond_the_years_allowance_a_person_decides(session: Session, story: Changing) -> None:
    body = {**DEFAULT_POLICY, "deferral_periods_a_year": 0}
    session.add(PolicyVersion(version="2026-11", effective_on=TODAY, body=body, made_at=NOW))
    session.flush()
    assert story.change(Wish.SKIP).signed() is ProposalStatus.IN_REVIEW
    assert "deferral_allowance_used" in story.proposal.referral_reasons


def test_a_smaller_sum_takes_more_payments(session: Session, story: Changing) -> None:
    before = story.running()
    story.change(Wish.AMOUNT, monthly=before.plan.most_at_a_time - 10_000).signed()
    after = story.running()
    assert len(after.plan.rows) > len(before.plan.rows)
    assert sum(row.due for row in after.plan.rows) == sum(row.due for row in before.plan.rows)


def test_the_old_terms_of_a_change_are_the_plans(session: Session, story: Changing) -> None:
    before = story.running()
    story.change(Wish.DATE, day=5).signed()
    content = get_signed_version(session, story.proposal).content
    assert content["old_terms"]["total"] == everything(before)
    codes = [clause["code"] for clause in content["clauses"]]
    assert codes.count("balance") == 1
    assert "replaces" in codes
    replaced = session.get_one(Proposal, story.proposal.replaces_id).reference
    assert replaced in str(content["clauses"])


@pytest.mark.parametrize("wish", [Wish.DATE, Wish.SKIP])
def test_all_anew_is_changed_from_what_the_plan_left(session: Session, cast: Cast, wish: Wish) -> None:
    choice = {"kind": "reschedule", "installments": 12, "day_of_month": 20}
    story = in_force(session, cast, choice)
    before = story.running()
    assert story.change(wish, day=12).signed() is ProposalStatus.APPROVED
    after = story.running()
    principal = sum(row.parts.principal for row in before.plan.rows)
    assert sum(row.parts.principal for row in after.plan.rows) == principal
    assert sum(row.parts.penalty for row in after.plan.rows) == sum(
        row.parts.penalty for row in before.plan.rows
    )
    assert len(after.plan.rows) == 12


def parts_left(running: RunningPlan) -> dict[str, int]:
    own = [row.left for row in running.progress.rows if not row.row.is_running]
    return {name: sum(getattr(left, name) for left in own) for name in ("principal", "fee", "penalty")}


RISING = {"kind": "step_up", "installments": 12, "steps": 3, "day_of_month": 20}
INTEREST_FIRST = {"kind": "interest_only", "interest_periods": 2}
PAID_FIRST = {"kind": "reschedule", "installments": 12, "day_of_month": 20, "upfront_minor": 60_000}
WEEKLY = {"kind": "reschedule", "installments": 60, "every": "1 week", "weekday": 5}


@pytest.mark.parametrize(
    ("choice", "wish", "kind"),
    [
        (RISING, Wish.DATE, PlanKind.STEP_UP),
        (RISING, Wish.SKIP, PlanKind.STEP_UP),
        (RISING, Wish.AMOUNT, PlanKind.RESCHEDULE),
        (INTEREST_FIRST, Wish.SKIP, PlanKind.DEFER),
        (WEEKLY, Wish.DATE, PlanKind.RESCHEDULE),
        (WEEKLY, Wish.SKIP, PlanKind.RESCHEDULE),
        (PAID_FIRST, Wish.DATE, PlanKind.RESCHEDULE),
    ],
)
def test_each_kind_is_changed_from_what_its_payments_left_to_the_cent(
    session: Session, cast: Cast, choice: Mapping[str, object], wish: Wish, kind: PlanKind
) -> None:
    story = in_force(session, cast, choice)
    first = story.running().plan.rows[0]
    story.today = first.due_on
    story.now = NOW + (first.due_on - TODAY)
    pay(story, first.due_on, first.due)
    before = story.running()
    story.change(wish, day=3, monthly=before.plan.most_at_a_time // 2).signed()
    after = plan_of(get_signed_version(session, story.proposal))
    assert after.kind is kind
    total = sum((row.parts for row in after.rows), Components())
    assert {name: getattr(total, name) for name in ("principal", "fee", "penalty")} == parts_left(before)


def test_a_promise_moves_to_another_day_or_becomes_parts(session: Session, cast: Cast) -> None:
    promised = {"kind": "pay_by_date", "first_on": "2026-11-20"}
    story = in_force(session, cast, promised)
    left = story.running().progress.rows[0].left
    story.change(Wish.DATE, on=date(2026, 11, 27)).freeze()
    moved = plan_of(story.version)
    assert [(row.due_on, row.parts) for row in moved.rows] == [(date(2026, 11, 27), left)]
    story.change(Wish.AMOUNT, monthly=150_000).freeze()
    in_parts = plan_of(story.version)
    assert in_parts.kind is PlanKind.CATCH_UP
    assert sum((row.parts for row in in_parts.rows), Components()) == left


def test_steps_that_were_paid_are_no_steps_any_more(session: Session, cast: Cast) -> None:
    story = in_force(session, cast, RISING)
    plan = story.running().plan
    for place, steps in ((0, 3), (4, 2), (8, 0), (12, None)):
        paid = plan.rows[max(0, place - 4) : place]
        if paid:
            story.today = paid[-1].due_on
            pay(story, paid[-1].due_on, sum(row.due for row in paid))
        if steps is not None:
            change = date_of(plan, story.running().progress, day=3)
            assert (change.steps, change.installments) == (steps, 12 - place)
            assert change.kind is (PlanKind.STEP_UP if steps else PlanKind.RESCHEDULE)
    running = story.running()
    assert list(wishes_for(running.plan, story.running().progress)) == []


def test_what_was_spread_over_steps_is_found_again_payment_by_payment(session: Session, cast: Cast) -> None:
    plan = in_force(session, cast, RISING).running().plan
    total = sum((row.parts for row in plan.rows), Components())
    kept = Components(
        interest=plan.advance - total.principal - total.penalty - total.fee,
        penalty=total.penalty,
        fee=total.fee,
    )
    found = spread_over_steps(kept, 12, 3, DEFAULT_POLICY["step_up_top_pct"])
    assert [parts.penalty for parts in found] == [row.parts.penalty for row in plan.rows]
    assert len({parts.penalty for parts in found}) > 1


def test_a_sum_that_comes_first_is_paid_before_anything_is_changed(session: Session, cast: Cast) -> None:
    story = in_force(session, cast, PAID_FIRST)
    running = story.running()
    assert list(wishes_for(running.plan, running.progress)) == []


def test_one_change_at_a_time_and_a_draft_is_filled_in_anew(session: Session, story: Changing) -> None:
    first = story.change(Wish.DATE, day=5).proposal
    second = story.change(Wish.SKIP).proposal
    assert first.id == second.id
    assert second.answers["change"] == {"wish": "skip"}
    assert len(events(session, "plan:change_started")) == 2


def test_a_change_taken_back_leaves_the_plan_as_it_is(session: Session, story: Changing) -> None:
    old = story.proposal
    story.loan.has_guarantor = True
    assert story.change(Wish.DATE, day=5).signed() is ProposalStatus.IN_REVIEW
    withdraw_proposal(session, story.actor, proposal=story.proposal, now=story.now)
    session.refresh(old)
    assert old.status == ProposalStatus.ACTIVE
    assert running_holds(session, story.loan.id) == {HoldKind.PLAN_ACTIVE}


def test_nothing_breaks_while_a_signed_change_waits(session: Session, story: Changing) -> None:
    old = story.proposal
    story.loan.has_guarantor = True
    story.change(Wish.DATE, day=5).signed()
    due = plan_of(get_signed_version(session, old)).rows[0].due_on
    story.loan.as_of = due + 12 * DAY
    session.flush()
    follow_plan(session, SYSTEM, proposal_id=old.id, on=due + 13 * DAY, now=story.now)
    session.refresh(old)
    assert old.status == ProposalStatus.MISSED
    withdraw_proposal(session, story.actor, proposal=story.proposal, now=story.now)
    follow_plan(session, SYSTEM, proposal_id=old.id, on=due + 13 * DAY, now=story.now)
    session.refresh(old)
    assert old.status == ProposalStatus.BROKEN


def test_a_plan_that_ended_meanwhile_is_not_changed(session: Session, story: Changing) -> None:
    story.change(Wish.DATE, day=5).freeze().preview(b"%PDF-1.7 other").read()
    base = session.get_one(Proposal, story.proposal.replaces_id)
    base.status = ProposalStatus.BROKEN.value
    session.flush()
    with pytest.raises(Conflict, match="plan_not_in_force"):
        story.sign()


def test_a_plan_that_is_over_cannot_be_changed(session: Session, story: Changing) -> None:
    running = story.running()
    pay(story, story.today, 5_000_000)
    take_payments(session, SYSTEM, loan_id=story.loan.id, as_of=story.today, now=story.now)
    agreement = session.scalars(select(Agreement)).one()
    over = plan_under(session, agreement, on=story.today)
    standing = situation_of(
        session, story.loan, on=story.today, answers={}, replaces_id=running.proposal.id
    ).standing
    with pytest.raises(DomainError, match="change_not_possible"):
        change_of(Wish.SKIP, over.plan, over.progress, standing)


def test_the_door_of_a_new_plan_stays_shut_while_one_runs(story: Changing) -> None:
    with pytest.raises(Conflict, match="plan_already_runs"):
        story.start()


def test_the_database_refuses_a_second_plan_in_force(session: Session, story: Changing) -> None:
    twin = Proposal(
        public_id="f" * 32,
        reference="P-TWIN",
        loan_id=story.loan.id,
        borrower_id=story.borrower.id,
        status=ProposalStatus.ACTIVE.value,
        answers={},
        referral_reasons=[],
        made_at=story.now,
    )
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(twin)
    assert session.scalars(select(Loan.id)).all() == [story.loan.id]
