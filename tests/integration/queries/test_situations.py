"""A situation's one reading tells what reads one by one tell, for loans in every situation."""

import random
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.holds import HoldKind
from portal.domain.permissions import SYSTEM
from portal.models import Agreement, Borrower, Creditor, DelinquencyPause, Loan, PolicyVersion, Proposal
from portal.queries.loans import loan_facts
from portal.queries.policies import business_calendar, policy_for_loan
from portal.queries.situation_facts import SituationFacts, read_together
from portal.queries.situations import interruptions_of, running_holds
from portal.services.holds import end_hold, start_hold
from portal.services.limitation import record_interruption
from portal.services.references import new_public_id
from tests.people import NOW, TODAY, Cast, add_cast, add_loan
from tests.stories import ZONE, Story

DEFERRAL = {"kind": "defer", "defer_periods": 1}


def one_by_one(session: Session, loan: Loan) -> SituationFacts:
    policy, arm = policy_for_loan(session, loan, on=TODAY)
    ended = session.scalars(
        select(Proposal.ended_at)
        .where(Proposal.loan_id == loan.id, Proposal.status.in_(["broken", "terminated"]))
        .order_by(Proposal.id)
    )
    agreed = session.execute(
        select(Agreement.approved_at, Proposal.answers)
        .join(Proposal, Proposal.id == Agreement.proposal_id)
        .where(Agreement.loan_id == loan.id)
    ).all()
    person = session.get_one(Borrower, loan.borrower_id)
    return SituationFacts(
        facts=loan_facts(session, loan.id),
        policy=policy,
        arm=arm,
        calendar=business_calendar(session),
        acts=interruptions_of(session, loan, zone=ZONE),
        holds=running_holds(session, loan.id),
        broken_on=tuple(ended_at and ended_at.astimezone(ZONE).date() for ended_at in ended),
        skipped_periods=sum(
            answers["choice"]["defer_periods"]
            for at, answers in agreed
            if at.astimezone(ZONE).year == TODAY.year
        ),
        is_vulnerable=person.is_vulnerable,
        is_staff_relation=person.is_staff_relation,
    )


def told_alike(session: Session, loan: Loan) -> SituationFacts:
    session.flush()
    found = read_together(session, loan, on=TODAY, zone=ZONE)
    assert found == one_by_one(session, loan)
    return found


def test_loans_in_any_situation(session: Session) -> None:
    cast, chance = add_cast(session), random.Random(8)
    session.get_one(Creditor, 1).assignment_notice_on = TODAY - timedelta(20)
    session.add(tried_policy(session))
    told = [told_alike(session, any_loan(session, cast, number, chance)) for number in range(24)]
    for name in ("holds", "broken_on", "is_vulnerable"):
        assert any(getattr(each, name) for each in told), name
        assert not all(getattr(each, name) for each in told), name
    assert len({each.arm for each in told}) > 1
    assert len({len(each.acts) for each in told}) > 1
    assert any(each.facts.pauses for each in told)


def tried_policy(session: Session) -> PolicyVersion:
    """A second version, tried on a half of the loans."""
    held = session.scalars(select(PolicyVersion)).first()
    assert held is not None
    columns = {each.key: getattr(held, each.key) for each in PolicyVersion.__table__.c if each.key != "id"}
    body = {**held.body, "promise_days": 21}
    return PolicyVersion(**{**columns, "version": "tried", "state": "trial", "share_pct": 50, "body": body})


def any_loan(session: Session, cast: Cast, number: int, chance: random.Random) -> Loan:
    whose = chance.choice([cast.li_na, cast.wang_qiang])
    cast.wang_qiang.is_vulnerable = True
    loan = add_loan(
        session, whose, ref=f"any-{number}", late_days=chance.choice([-20, 1, 42, 100]), paid=chance.randrange(12),
        has_guarantor=chance.random() < 0.3,
    )  # fmt: skip
    if chance.random() < 0.4:
        for back, days in ((40, 5), (60, None if chance.random() < 0.5 else 7)):
            first = TODAY - timedelta(back)
            session.add(
                DelinquencyPause(loan_id=loan.id, starts_on=first, ends_on=days and first + timedelta(days))
            )
    for kind in chance.sample([HoldKind.DISPUTE, HoldKind.ILLNESS], chance.randrange(3)):
        start_hold(session, SYSTEM, loan_id=loan.id, kind=kind, reason="test", now=NOW)
        if chance.random() < 0.3:
            end_hold(session, SYSTEM, loan_id=loan.id, kind=kind, reason="test", now=NOW)
    for hours in range(chance.randrange(3)):
        record_interruption(
            session, SYSTEM, borrower_id=whose.id, loan_id=loan.id, cause="part_payment",
            now=NOW - timedelta(hours=9 * hours),
        )  # fmt: skip
    for at, status in enumerate(chance.sample(["broken", "terminated", "declined"], chance.randrange(3))):
        ended_at = NOW - timedelta(days=9 * at, hours=5 * at) if chance.random() < 0.8 else None
        session.add(
            Proposal(
                public_id=new_public_id(), reference=f"A{number}-{at}", loan_id=loan.id, borrower_id=whose.id,
                status=status, answers={}, referral_reasons=[], made_at=NOW, ended_at=ended_at,
            )
        )  # fmt: skip
    return loan


def test_a_deferral_of_this_year_counts_and_what_was_paid_is_told(session: Session) -> None:
    cast = add_cast(session)
    story = Story(session, cast.li_na, add_loan(session, cast.li_na, late_days=5))
    story.submit(DEFERRAL)
    assert session.scalars(select(Agreement)).all()
    found = told_alike(session, story.loan)
    assert found.skipped_periods == 1
    assert HoldKind.PLAN_ACTIVE in found.holds


def test_the_year_of_a_deferral_is_the_lenders(session: Session) -> None:
    cast = add_cast(session)
    story = Story(session, cast.li_na, add_loan(session, cast.li_na, late_days=5))
    story.submit(DEFERRAL)
    agreement = session.scalars(select(Agreement)).one()
    for hour, year in ((15, 2026), (16, 2027)):
        agreement.approved_at = datetime(2026, 12, 31, hour, tzinfo=UTC)
        session.flush()
        found = [
            read_together(session, story.loan, on=date(each, 6, 1), zone=ZONE).skipped_periods
            for each in (2026, 2027)
        ]
        assert found == [int(year == 2026), int(year == 2027)]
