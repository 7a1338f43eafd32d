"""What a situation is made of, in one reading (decision 0235)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import BigInteger, Date, Text, bindparam, cast, or_, select
from sqlalchemy.orm import Session

from portal.domain.calendar import BusinessCalendar
from portal.domain.errors import NotFound
from portal.domain.holds import HoldKind
from portal.domain.limitation import Cause, Interruption
from portal.domain.loans import LoanFacts
from portal.domain.plan_changes import Wish
from portal.domain.plans import PlanKind
from portal.domain.policy import Policy
from portal.domain.policy_versions import Arm
from portal.domain.proposals import ProposalStatus
from portal.models import (
    Agreement,
    Borrower,
    CalendarVersion,
    Creditor,
    DelinquencyPause,
    Event,
    Hold,
    Installment,
    Loan,
    Payment,
    PolicyVersion,
    Proposal,
    ProposalVersion,
)
from portal.queries.gathering import Gathering
from portal.queries.limitation_bases import act_of, assignment_notice, is_act
from portal.queries.loans import facts_from, installments_by_loan, pauses_by_loan
from portal.queries.policies import calendar_from, in_question, policy_from, row_for_loan

_LOAN: Final = bindparam("loan_id", type_=BigInteger)
_ON: Final = bindparam("on", type_=Date)
_BROKEN: Final = (ProposalStatus.BROKEN.value, ProposalStatus.TERMINATED.value)

_READ: Final = Gathering(
    loans=select(*Loan.__table__.c).where(Loan.id == _LOAN),
    installments=select(*Installment.__table__.c).where(Installment.loan_id == _LOAN),
    payments=select(Payment.payment_ref, Payment.paid_on, Payment.amount_minor).where(
        Payment.loan_id == _LOAN, Payment.is_reversed.is_(False)
    ),
    pauses=select(DelinquencyPause.loan_id, DelinquencyPause.starts_on, DelinquencyPause.ends_on).where(
        DelinquencyPause.loan_id == _LOAN
    ),
    people=select(Borrower.is_vulnerable, Borrower.is_staff_relation)
    .join(Loan, Loan.borrower_id == Borrower.id)
    .where(Loan.id == _LOAN),
    policies=select(
        PolicyVersion.version,
        PolicyVersion.state,
        PolicyVersion.share_pct,
        cast(PolicyVersion.body, Text).label("body"),
    ).where(in_question(_ON)),
    calendars=select(
        CalendarVersion.version,
        CalendarVersion.first_on,
        CalendarVersion.last_on,
        cast(CalendarVersion.days_off, Text).label("days_off"),
        cast(CalendarVersion.working_days, Text).label("working_days"),
    )
    .order_by(CalendarVersion.id.desc())
    .limit(1),
    notices=select(assignment_notice().label("noticed_on"))
    .select_from(Loan)
    .join(Creditor, Creditor.name == Loan.creditor)
    .where(Loan.id == _LOAN),
    acts=select(Event.id, Event.at, cast(Event.fields, Text).label("fields")).where(
        Event.loan_id == _LOAN, is_act()
    ),
    holds=select(Hold.kind).where(Hold.loan_id == _LOAN, Hold.ended_at.is_(None)),
    broken=select(Proposal.id, Proposal.status, Proposal.ended_at, Proposal.reinstated_on).where(
        Proposal.loan_id == _LOAN,
        or_(Proposal.reinstated_on.is_not(None), *(Proposal.status == status for status in _BROKEN)),
    ),
    agreed=select(
        Agreement.approved_at,
        cast(ProposalVersion.terms, Text).label("terms"),
        cast(Proposal.answers, Text).label("answers"),
    )
    .select_from(Agreement)
    .join(Proposal, Proposal.id == Agreement.proposal_id)
    .join(
        ProposalVersion,
        (ProposalVersion.proposal_id == Proposal.id) & (ProposalVersion.number == Agreement.version_number),
    )
    .where(Agreement.loan_id == _LOAN),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SituationFacts:
    """A loan, its borrower and the rules that hold for it on a day."""

    facts: LoanFacts
    policy: Policy
    arm: Arm
    calendar: BusinessCalendar
    acts: Sequence[Interruption]
    holds: frozenset[HoldKind]
    """Kinds that stop contact now."""
    broken_on: Sequence[date | None]
    """When each plan on this loan that broke did so, in the order of the proposals; of one that went on, the day from which it did."""
    skipped_periods: int
    """Moved by agreements of this calendar year: deferrals, and payments left out of a running plan."""
    is_vulnerable: bool
    is_staff_relation: bool


def read_together(session: Session, loan: Loan, *, on: date, zone: tzinfo) -> SituationFacts:
    """In one round trip. ``zone``: whose dates instants get. Raises ``NotFound``, ``NothingPublished``."""
    session.flush()
    found = _READ.ask(session, loan_id=loan.id, on=on)
    if not found["loans"]:
        raise NotFound("not_found")
    row, arm = row_for_loan(found["policies"], loan.public_id, on=on)
    person = found["people"][0]
    return SituationFacts(
        facts=_facts(loan.id, found),
        policy=policy_from(row.version, row.body),
        arm=arm,
        calendar=calendar_from(found["calendars"]),
        acts=_acts(found["acts"], found["notices"], zone),
        holds=frozenset(HoldKind(row.kind) for row in found["holds"]),
        broken_on=tuple(_broken_on(row, zone) for row in sorted(found["broken"], key=attrgetter("id"))),
        skipped_periods=_skipped(found["agreed"], on.year, zone),
        is_vulnerable=person.is_vulnerable,
        is_staff_relation=person.is_staff_relation,
    )


def _facts(loan_id: int, found: Mapping[str, Sequence[Any]]) -> LoanFacts:
    payments = sorted(
        ((row.payment_ref, row.paid_on, row.amount_minor) for row in found["payments"]),
        key=lambda payment: (payment[1], payment[0]),
    )
    return facts_from(
        found["loans"][0],
        installments_by_loan(sorted(found["installments"]))[loan_id],
        payments,
        pauses_by_loan(sorted(found["pauses"], key=attrgetter("starts_on")))[loan_id],
    )


def _acts(acts: Sequence[Any], notices: Sequence[Any], zone: tzinfo) -> Sequence[Interruption]:
    told = (act_of(row.at, json.loads(row.fields), zone) for row in sorted(acts, key=attrgetter("id")))
    found = [act for act in told if act is not None]
    noticed = (Interruption(row.noticed_on, Cause.ASSIGNMENT_NOTICE) for row in notices if row.noticed_on)
    return [*found, *noticed]


def _broken_on(row: Any, zone: tzinfo) -> date | None:
    """A plan that went on has broken all the same."""
    on: date | None = row.reinstated_on
    return _day(row.ended_at, zone) if row.status in _BROKEN else on


def _day(instant: datetime | None, zone: tzinfo) -> date | None:
    return None if instant is None else instant.astimezone(zone).date()


def _skipped(agreed: Sequence[Any], year: int, zone: tzinfo) -> int:
    return sum(
        _moved_periods(json.loads(row.terms)["request"], json.loads(row.answers))
        for row in agreed
        if row.approved_at.astimezone(zone).year == year
    )


def _moved_periods(request: Mapping[str, Any], answers: Mapping[str, Any]) -> int:
    if request["kind"] == PlanKind.DEFER.value:
        return int(request["defer_periods"])
    return int(answers.get("change", {}).get("wish") == Wish.SKIP)
