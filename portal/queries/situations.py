"""Where a borrower stands with one loan: everything that pricing and policy ask for, read together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from functools import cached_property
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from portal.domain.arrears import Arrears, arrears_of
from portal.domain.budgets import Budget
from portal.domain.calendar import BusinessCalendar
from portal.domain.canonical_json import digest_of
from portal.domain.contact_packs import HOME_ZONE
from portal.domain.holds import HoldKind
from portal.domain.journey import PERSON
from portal.domain.limitation import Cause, Interruption, Limitation, limitation_of
from portal.domain.loans import LenderType, LoanFacts, LoanStatus
from portal.domain.offers import Standing
from portal.domain.plan_changes import Wish
from portal.domain.policy import Circumstances, HardshipReason, Policy, is_broken_lately
from portal.domain.policy_versions import Arm
from portal.domain.pricing_rules import PricingRules
from portal.models import Creditor, Event, Hold, Loan, Proposal
from portal.queries.limitation_bases import act_of, assignment_notice, is_act
from portal.queries.loans import loan_facts
from portal.queries.policies import business_calendar
from portal.queries.running_plans import left_by_plan
from portal.queries.situation_facts import SituationFacts, read_together


@dataclass(frozen=True)
class Situation:
    """A loan on a business date, with the rules in force."""

    loan: Loan
    facts: LoanFacts
    arrears: Arrears
    limitation: Limitation
    policy: Policy
    calendar: BusinessCalendar
    circumstances: Circumstances
    on: date
    acts: Sequence[Interruption] = ()
    """What was recorded that the limitation period starts anew from, counted or not."""
    arm: Arm = Arm.ALL
    """On which side of a trial of the policy the loan is."""
    broken_on: Sequence[date | None] = ()
    """When plans on this loan broke; None where nobody knows."""

    @cached_property
    def facts_digest(self) -> str:
        """What "facts moved" compares (see ``ProposalVersion.facts_digest``)."""
        return digest_of(self.facts.fingerprint())

    @property
    def rules(self) -> PricingRules:
        return PricingRules(policy=self.policy, calendar=self.calendar, on=self.on)

    @property
    def standing(self) -> Standing:
        """Under a running plan the days that it paused do not count against its change."""
        dpd = self.arrears.delinquent_days if self.facts.is_under_plan else self.arrears.days_past_due
        return Standing(self.facts, self.rules, dpd, self.circumstances)

    @property
    def is_time_barred(self) -> bool:
        return self.limitation.is_over(self.on)


def situation_for(session: Session, proposal: Proposal, *, on: date, zone: tzinfo = HOME_ZONE) -> Situation:
    """The situation in which a proposal is priced and judged: for a change, the loan as the running plan leaves it."""
    return situation_of(
        session,
        session.get_one(Loan, proposal.loan_id),
        on=on,
        answers=proposal.answers,
        is_agent_drafted=proposal.drafted_by_staff_id is not None,
        replaces_id=proposal.replaces_id,
        zone=zone,
    )


def situation_of(
    session: Session,
    loan: Loan,
    *,
    on: date,
    answers: Mapping[str, Any],
    is_agent_drafted: bool = False,
    replaces_id: int | None = None,
    zone: tzinfo = HOME_ZONE,
) -> Situation:
    """The situation of a loan, with what the journey's ``answers`` add; ``replaces_id`` is the proposal whose plan would be changed.

    ``zone``: whose dates recorded acts get.
    """
    read = read_together(session, loan, on=on, zone=zone)
    limitation = limitation_of(read.facts, read.acts, calendar=read.calendar)
    circumstances = _circumstances(
        read, answers, on=on, is_time_barred=limitation.is_over(on), is_agent_drafted=is_agent_drafted
    )
    facts = read.facts if replaces_id is None else left_by_plan(session, replaces_id, read.facts, on=on)
    return Situation(
        loan,
        facts,
        arrears_of(facts, on=on),
        limitation,
        read.policy,
        read.calendar,
        circumstances,
        on,
        read.acts,
        arm=read.arm,
        broken_on=read.broken_on,
    )


def _circumstances(
    read: SituationFacts,
    answers: Mapping[str, Any],
    *,
    on: date,
    is_time_barred: bool,
    is_agent_drafted: bool,
) -> Circumstances:
    holds = read.holds
    return Circumstances(
        has_guarantor=read.facts.has_guarantor,
        is_time_barred=is_time_barred,
        has_open_dispute=HoldKind.DISPUTE in holds,
        has_open_complaint=HoldKind.COMPLAINT in holds,
        hardship_reason=HardshipReason(answers.get("reason", {}).get("reason", HardshipReason.NOT_SAID)),
        is_vulnerable=read.is_vulnerable or HoldKind.ILLNESS in holds or HoldKind.HARDSHIP in holds,
        is_staff_relation=read.is_staff_relation,
        has_broken_plan_lately=is_broken_lately(read.broken_on, on, read.policy),
        is_agent_drafted=is_agent_drafted,
        is_lender_type_known=read.facts.lender_type is not LenderType.UNKNOWN,
        is_loan_active=read.facts.status is LoanStatus.ACTIVE,
        asks_for_a_person=answers.get("choice", {}).get("decided_by") == PERSON,
        asks_to_skip=answers.get("change", {}).get("wish") == Wish.SKIP,
        deferred_periods_this_year=read.skipped_periods,
        budget=Budget.from_answer(answers["budget"]) if "budget" in answers else None,
    )


def is_time_barred(session: Session, loans: Sequence[Loan], *, on: date, zone: tzinfo = HOME_ZONE) -> bool:
    """Whether one of these debts may be time-barred: then a neutral warning stands before what is written about it (rule L02)."""
    calendar = business_calendar(session)
    return any(
        limitation_of(
            loan_facts(session, loan.id), interruptions_of(session, loan, zone=zone), calendar=calendar
        ).is_over(on)
        for loan in loans
    )


def running_holds(session: Session, loan_id: int) -> frozenset[HoldKind]:
    """The kinds of hold that stop contact on a loan now."""
    kinds = session.scalars(select(Hold.kind).where(Hold.loan_id == loan_id, Hold.ended_at.is_(None)))
    return frozenset(map(HoldKind, kinds))


def interruptions_of(session: Session, loan: Loan, *, zone: tzinfo) -> Sequence[Interruption]:
    """The recorded acts that restart the limitation period, and the creditor's notice that the debt was assigned; in one read."""
    rows = session.execute(
        select(assignment_notice(), Event.at, Event.fields)
        .select_from(Loan)
        .outerjoin(Creditor, Creditor.name == Loan.creditor)
        .outerjoin(Event, and_(Event.loan_id == Loan.id, is_act()))
        .where(Loan.id == loan.id)
        .order_by(Event.id)
    ).all()
    found = (act_of(at, fields, zone) for _, at, fields in rows if at is not None)
    acts = [act for act in found if act is not None]
    noticed_on = rows[0][0] if rows else None
    return acts if noticed_on is None else [*acts, Interruption(noticed_on, Cause.ASSIGNMENT_NOTICE)]
