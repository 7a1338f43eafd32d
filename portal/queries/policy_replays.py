"""What a replay starts from: signed offers with the facts that were frozen, newest first, and late loans of the open book."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session

from portal.domain.budgets import Budget
from portal.domain.calendar import BusinessCalendar
from portal.domain.frozen_facts import FrozenFacts, UnreadableFacts
from portal.domain.loans import LoanStatus
from portal.domain.plans import Plan
from portal.domain.policy import HardshipReason, Policy
from portal.domain.policy_replay import LeftOut, Outcome, ReplayCase
from portal.domain.proposals import OPEN_STATUSES, RUNNING_STATUSES
from portal.models import (
    Borrower,
    Installment,
    Loan,
    PolicyAnswer,
    PolicyVersion,
    Proposal,
    ProposalVersion,
)
from portal.queries.policies import published_calendars
from portal.queries.situations import Situation, situation_of

BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class ReplaySources:
    """What cases are read with: every version of the policy and of the calendar, by name."""

    policies: Mapping[str, Policy]
    calendars: Mapping[str, BusinessCalendar]


def replay_sources(session: Session) -> ReplaySources:
    rows = session.scalars(select(PolicyVersion))
    policies = {row.version: Policy.from_data(row.version, row.body) for row in rows}
    return ReplaySources(policies, published_calendars(session))


def count_signed_offers(session: Session) -> int:
    """How many there are to be replayed, whether their facts were kept or not."""
    return session.scalar(select(func.count()).select_from(ProposalVersion).where(_is_signed_offer())) or 0


def signed_offers(
    session: Session, sources: ReplaySources, *, below: int | None, limit: int
) -> tuple[Sequence[ReplayCase | LeftOut], int | None]:
    """The next signed offers, newest first, below a version's id; and the id to go on below, None at the end."""
    beneath = () if below is None else (ProposalVersion.id < below,)
    rows = session.execute(
        select(
            ProposalVersion.id,
            ProposalVersion.terms,
            ProposalVersion.policy_version,
            Proposal.answers,
            Borrower.birth_year,
            PolicyAnswer.facts,
            PolicyAnswer.is_at_once,
        )
        .join(Proposal, Proposal.id == ProposalVersion.proposal_id)
        .join(Borrower, Borrower.id == Proposal.borrower_id)
        .outerjoin(
            PolicyAnswer,
            and_(
                PolicyAnswer.proposal_id == ProposalVersion.proposal_id,
                PolicyAnswer.version_number == ProposalVersion.number,
            ),
        )
        .where(_is_signed_offer(), *beneath)
        .order_by(ProposalVersion.id.desc())
        .limit(limit)
    ).all()
    cases = [_case(row[1:], sources) for row in rows]
    return cases, rows[-1][0] if len(rows) == limit else None


def _is_signed_offer() -> ColumnElement[bool]:
    return and_(ProposalVersion.signed_at.is_not(None), ProposalVersion.made_by_lender.is_(False))


def _case(row: Sequence[Any], sources: ReplaySources) -> ReplayCase | LeftOut:
    terms, priced_by, answers, birth_year, data, is_at_once = row
    if data is None:
        return LeftOut.FACTS_NOT_KEPT
    try:
        facts = FrozenFacts.from_data(data)
    except UnreadableFacts:
        return LeftOut.FACTS_UNREADABLE
    if priced_by not in sources.policies:
        return LeftOut.POLICY_GONE
    if facts.calendar_version not in sources.calendars:
        return LeftOut.CALENDAR_GONE
    return ReplayCase(
        facts=facts,
        plan=Plan.from_terms(terms),
        priced_by=sources.policies[priced_by],
        calendar=sources.calendars[facts.calendar_version],
        hardship=HardshipReason(answers.get("reason", {}).get("reason", HardshipReason.NOT_SAID)),
        budget=Budget.from_answer(answers["budget"]) if "budget" in answers else None,
        birth_year=birth_year,
        answered=Outcome.AT_ONCE if is_at_once else Outcome.PERSON,
    )


def count_late_loans(session: Session, *, on: date) -> int:
    return session.scalar(select(func.count()).select_from(Loan).where(_is_late(on))) or 0


def late_loans(session: Session, *, on: date, limit: int) -> Sequence[int]:
    """Ids of active loans with something overdue and no plan open or in force: by their random ids, so that any number is a fair share."""
    return session.scalars(select(Loan.id).where(_is_late(on)).order_by(Loan.public_id).limit(limit)).all()


def late_situations(
    session: Session, loan_ids: Sequence[int], *, on: date, zone: tzinfo
) -> Iterator[tuple[Situation, int | None]]:
    """Each loan as a borrower would begin a plan today, with the year of birth."""
    rows = session.execute(
        select(Loan, Borrower.birth_year)
        .join(Borrower, Borrower.id == Loan.borrower_id)
        .where(Loan.id.in_(loan_ids))
        .order_by(Loan.public_id)
    ).all()
    for loan, birth_year in rows:
        yield situation_of(session, loan, on=on, zone=zone, answers={}), birth_year


def _is_late(on: date) -> ColumnElement[bool]:
    due = (
        Installment.principal_due_minor
        + Installment.interest_due_minor
        + Installment.fee_due_minor
        + Installment.penalty_due_minor
    )
    paid = (
        Installment.principal_paid_minor
        + Installment.interest_paid_minor
        + Installment.fee_paid_minor
        + Installment.penalty_paid_minor
    )
    overdue = exists().where(Installment.loan_id == Loan.id, Installment.due_on < on, due > paid)
    busy = [status.value for status in (*OPEN_STATUSES, *RUNNING_STATUSES)]
    has_plan = exists().where(Proposal.loan_id == Loan.id, Proposal.status.in_(busy))
    return and_(Loan.status == LoanStatus.ACTIVE.value, overdue, ~has_plan)
