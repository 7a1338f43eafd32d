"""The lender's policy: what is approved at once, what goes to a person. Only law stops a submission; policy never says no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from portal.domain.budgets import Affordability, Budget, BudgetRules, affordability, is_budget_asked
from portal.domain.calendar import BusinessCalendar, Every, add_months
from portal.domain.pay_days import most_in_a_month
from portal.domain.plans import ArrearsTreatment, DeferredInterest, Plan, PlanKind, PlanRequest
from portal.domain.second_looks import DEFAULT_SECOND_LOOK, SecondLook
from portal.domain.support_supervision import DEFAULT_SUPPORT, USUAL_SUPPORT, SupportRules

LEGAL_CAP_MONTHS = 60
"""信用卡业务监督管理办法 art. 70 (rule P01)."""
LEGAL_CAP_WEEKS = 260
COUNTER_DAYS = 7
"""A counter-offer stands so long where the policy says nothing else (`proposal.md`)."""
COOLING_MINUTES = 10
"""The pause after a draft was handed over, where the policy says nothing else."""
QUESTION_DAYS = 14
"""A question waits so long for its answer."""


class HardshipReason(StrEnum):
    """What happened. The sensitive ones are never decided by a machine; all are kept only with their own consent (rule P17)."""

    INCOME_FELL = "income_fell"
    JOB_LOST = "job_lost"
    BUSINESS_TROUBLE = "business_trouble"
    ILLNESS = "illness"
    FAMILY_EVENT = "family_event"
    DISASTER = "disaster"
    OVERLOOKED = "overlooked"
    OTHER = "other"
    NOT_SAID = "not_said"


SENSITIVE_REASONS = frozenset({HardshipReason.ILLNESS, HardshipReason.FAMILY_EVENT, HardshipReason.DISASTER})


class Referral(StrEnum):
    """Why a person decides. The order is that of importance: the first is shown in the queue."""

    TIME_BARRED = "time_barred"
    LENDER_TYPE_UNKNOWN = "lender_type_unknown"
    GUARANTOR = "guarantor"
    OPEN_DISPUTE = "open_dispute"
    OPEN_COMPLAINT = "open_complaint"
    SENSITIVE_HARDSHIP = "sensitive_hardship"
    VULNERABLE = "vulnerable"
    STAFF_RELATION = "staff_relation"
    PLAN_BROKEN_LATELY = "plan_broken_lately"
    DRAFTED_BY_AGENT = "drafted_by_agent"
    BELOW_LIVING_FLOOR = "below_living_floor"
    SETTLEMENT_OR_WAIVER = "settlement_or_waiver"
    LOAN_NOT_ACTIVE = "loan_not_active"
    RATE_UNCLEAR = "rate_unclear"
    LATE_CHARGES_UNCLEAR = "late_charges_unclear"
    KIND_NOT_AT_ONCE = "kind_not_at_once"
    AMOUNT_ABOVE_BAND = "amount_above_band"
    DPD_ABOVE_BAND = "dpd_above_band"
    TERM_ABOVE_BAND = "term_above_band"
    PAYMENT_BELOW_BAND = "payment_below_band"
    DEFERRAL_ALLOWANCE_USED = "deferral_allowance_used"
    ASKED_FOR_A_PERSON = "asked_for_a_person"
    COUNTER_REFUSED = "counter_refused"
    QUESTION_ANSWERED = "question_answered"


@dataclass(frozen=True, slots=True)
class Band:
    """Within it a plan of a kind is approved at once. ``terms`` counts installments, or periods (``PlanRequest.terms``)."""

    max_amount_minor: int
    max_dpd: int
    max_terms: int


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the policy, read from its data."""

    version: str
    bands: Mapping[PlanKind, Band]
    min_payment_minor: int
    max_terms: Mapping[PlanKind, int]
    answer_working_days: int
    answer_hour: int
    lead_working_days: int
    draft_days: int
    offer_days: int
    deferral_periods_a_year: int
    broken_plan_months: int
    agent_drafted_limit_minor: int
    reading_seconds: int
    arrears_treatment: ArrearsTreatment
    deferred_interest: DeferredInterest
    product_caps: Mapping[str, str]
    """The lender's own highest annualised cost by lender type, percent; law's figures come first (rule P07)."""
    counter_days: int
    question_days: int
    second_look: SecondLook
    promise_days: int = 30
    """The latest day of pay_by_date, counted from today."""
    cooling_minutes: int = COOLING_MINUTES
    """What an agent prepared on the telephone can be signed so many minutes after it was handed over."""
    support: SupportRules = USUAL_SUPPORT
    """The ceiling, the hours and the share read again of the support desk."""
    step_up_top_pct: int = 150
    """The last step of step_up, in percent of the first; the steps between lie evenly between them."""
    settlement_floor_pct: int = 50
    """The least of everything owed that a settlement may ask for, in percent."""
    budget: BudgetRules | None = None
    """None where the policy asks for no budget."""

    @classmethod
    def from_data(cls, version: str, body: Mapping[str, Any]) -> "Policy":
        """``body`` as stored; KeyError or ValueError where it is not a policy."""
        return cls(
            version=version,
            bands={PlanKind(kind): Band(**band) for kind, band in body["bands"].items()},
            min_payment_minor=int(body["min_payment_minor"]),
            max_terms={PlanKind(kind): int(count) for kind, count in body["max_terms"].items()},
            answer_working_days=int(body["answer_working_days"]),
            answer_hour=int(body["answer_hour"]),
            lead_working_days=int(body["lead_working_days"]),
            draft_days=int(body["draft_days"]),
            offer_days=int(body["offer_days"]),
            deferral_periods_a_year=int(body["deferral_periods_a_year"]),
            broken_plan_months=int(body["broken_plan_months"]),
            agent_drafted_limit_minor=int(body["agent_drafted_limit_minor"]),
            reading_seconds=int(body["reading_seconds"]),
            arrears_treatment=ArrearsTreatment(body["arrears_treatment"]),
            deferred_interest=DeferredInterest(body["deferred_interest"]),
            product_caps={str(kind): str(pct) for kind, pct in body["product_caps"].items()},
            promise_days=int(body.get("promise_days", 30)),
            cooling_minutes=int(body.get("cooling_minutes", COOLING_MINUTES)),
            support=SupportRules.from_data(body.get("support", DEFAULT_SUPPORT)),
            step_up_top_pct=int(body.get("step_up_top_pct", 150)),
            settlement_floor_pct=int(body.get("settlement_floor_pct", 50)),
            budget=BudgetRules.from_data(body["budget"]) if "budget" in body else None,
            counter_days=int(body.get("counter_days", COUNTER_DAYS)),
            question_days=int(body.get("question_days", QUESTION_DAYS)),
            second_look=SecondLook.from_data(body.get("second_look", DEFAULT_SECOND_LOOK)),
        )

    def offers(self, kind: PlanKind) -> bool:
        """Whether the lender has plans of a kind at all."""
        return kind in self.max_terms


DEFAULT_POLICY: Mapping[str, Any] = {
    "bands": {
        "catch_up": {"max_amount_minor": 3_000_000, "max_dpd": 90, "max_terms": 12},
        "reschedule": {"max_amount_minor": 5_000_000, "max_dpd": 60, "max_terms": 24},
        "step_up": {"max_amount_minor": 5_000_000, "max_dpd": 60, "max_terms": 12},
        "interest_only": {"max_amount_minor": 5_000_000, "max_dpd": 60, "max_terms": 3},
        "defer": {"max_amount_minor": 2_000_000, "max_dpd": 60, "max_terms": 1},
        "pay_by_date": {"max_amount_minor": 3_000_000, "max_dpd": 90, "max_terms": 1},
    },
    "min_payment_minor": 10_000,
    "max_terms": {
        "catch_up": 24,
        "reschedule": 60,
        "step_up": 36,
        "interest_only": 6,
        "defer": 3,
        "pay_by_date": 1,
        "settlement": 3,
    },
    "answer_working_days": 2,
    "answer_hour": 18,
    "lead_working_days": 3,
    "draft_days": 30,
    "offer_days": 7,
    "deferral_periods_a_year": 3,
    "broken_plan_months": 12,
    "agent_drafted_limit_minor": 500_000,
    "reading_seconds": 15,
    "arrears_treatment": "spread",
    "deferred_interest": "runs",
    "product_caps": {"bank": "24", "credit_card": "24", "consumer_finance": "24", "micro_loan": "24"},
    "promise_days": 30,
    "cooling_minutes": COOLING_MINUTES,
    "support": DEFAULT_SUPPORT,
    "step_up_top_pct": 150,
    "settlement_floor_pct": 50,
    "budget": {
        "asked_for": ["amount_above_band", "term_above_band"],
        "asked_above_minor": 500_000,
        "income_share_pct": 50,
        "living_floor_minor": [150_000, 240_000, 320_000, 400_000],
    },
    "counter_days": COUNTER_DAYS,
    "question_days": QUESTION_DAYS,
    "second_look": DEFAULT_SECOND_LOOK,
}
"""The first policy, published by ``portal migrate``'s seed and by the demo; sums in fen."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What besides the plan's own figures decides who answers."""

    has_guarantor: bool = False
    is_time_barred: bool = False
    has_open_dispute: bool = False
    has_open_complaint: bool = False
    hardship_reason: HardshipReason = HardshipReason.NOT_SAID
    is_vulnerable: bool = False
    is_staff_relation: bool = False
    has_broken_plan_lately: bool = False
    is_agent_drafted: bool = False
    is_lender_type_known: bool = True
    is_rate_clear: bool = True
    are_late_charges_clear: bool = True
    is_loan_active: bool = True
    deferred_periods_this_year: int = 0
    asks_to_skip: bool = False
    """A payment of a running plan is to be left out: that counts as a period, too."""
    asks_for_a_person: bool = False
    budget: Budget | None = None
    """None where it was not asked for, or not answered yet."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What policy says of a plan: at once where there is no reason for a person."""

    reasons: Sequence[Referral]

    @property
    def is_at_once(self) -> bool:
        return not self.reasons


def assess(plan: Plan, *, dpd: int, circumstances: Circumstances, policy: Policy) -> Assessment:
    """Who decides this plan, with every reason, most important first."""
    found = _excluded(plan, circumstances, policy) | _outside_band(plan, dpd, circumstances, policy)
    return Assessment(tuple(reason for reason in Referral if reason in found))


def _excluded(plan: Plan, of: Circumstances, policy: Policy) -> set[Referral]:
    """The exclusion list of `proposal.md`: never approved by machine."""
    said = {
        Referral.GUARANTOR: of.has_guarantor,
        Referral.TIME_BARRED: of.is_time_barred,
        Referral.OPEN_DISPUTE: of.has_open_dispute,
        Referral.OPEN_COMPLAINT: of.has_open_complaint,
        Referral.SENSITIVE_HARDSHIP: of.hardship_reason in SENSITIVE_REASONS,
        Referral.VULNERABLE: of.is_vulnerable,
        Referral.STAFF_RELATION: of.is_staff_relation,
        Referral.PLAN_BROKEN_LATELY: of.has_broken_plan_lately,
        Referral.DRAFTED_BY_AGENT: of.is_agent_drafted and plan.advance > policy.agent_drafted_limit_minor,
        Referral.LENDER_TYPE_UNKNOWN: not of.is_lender_type_known,
        Referral.RATE_UNCLEAR: not of.is_rate_clear,
        Referral.LATE_CHARGES_UNCLEAR: not of.are_late_charges_clear,
        Referral.LOAN_NOT_ACTIVE: not of.is_loan_active,
        Referral.SETTLEMENT_OR_WAIVER: is_settlement_or_waiver(plan),
        Referral.ASKED_FOR_A_PERSON: of.asks_for_a_person,
        Referral.BELOW_LIVING_FLOOR: _is_below_floor(plan, of, policy),
    }
    return {reason for reason, holds in said.items() if holds}


def is_broken_lately(broken_on: Sequence[date | None], on: date, policy: Policy) -> bool:
    """Whether a plan broke within the policy's months before ``on``; one of which nobody knows when did."""
    since = add_months(on, -policy.broken_plan_months)
    return any(day is None or day >= since for day in broken_on)


def is_settlement_or_waiver(plan: Plan) -> bool:
    """Whether part of the debt is given up: a person's to say, and two people's to approve (rule P18)."""
    return (
        plan.kind is PlanKind.SETTLEMENT
        or plan.waived.total > 0
        or plan.request.arrears_treatment is ArrearsTreatment.WAIVED
    )


def affordability_of(plan: Plan, of: Circumstances, policy: Policy) -> Affordability | None:
    """The plan held against the borrower's budget (rule P16); None where there is none."""
    if of.budget is None or policy.budget is None:
        return None
    return affordability(of.budget, most_in_a_month(plan), policy.budget)


def asks_for_budget(plan: Plan, assessment: Assessment, policy: Policy) -> bool:
    """Whether a plan with this assessment needs the journey's question about the month."""
    reasons = [reason.value for reason in assessment.reasons]
    return is_budget_asked(policy.budget, reasons=reasons, payment=most_in_a_month(plan))


def _is_below_floor(plan: Plan, of: Circumstances, policy: Policy) -> bool:
    found = affordability_of(plan, of, policy)
    return found is not None and found.is_below_floor


def _outside_band(plan: Plan, dpd: int, of: Circumstances, policy: Policy) -> set[Referral]:
    band = policy.bands.get(plan.kind)
    if band is None:
        return {Referral.KIND_NOT_AT_ONCE}
    is_deferral = plan.kind is PlanKind.DEFER
    smallest = min(row.due for row in plan.installments)
    moves = plan.request.defer_periods if is_deferral else int(of.asks_to_skip)
    said = {
        Referral.AMOUNT_ABOVE_BAND: plan.advance > band.max_amount_minor,
        Referral.DPD_ABOVE_BAND: dpd > band.max_dpd,
        Referral.TERM_ABOVE_BAND: plan.request.terms > terms_within(band.max_terms, plan.request),
        Referral.PAYMENT_BELOW_BAND: plan.kind.is_in_parts
        and smallest < policy.min_payment_minor
        and len(plan.installments) > 1,
        Referral.DEFERRAL_ALLOWANCE_USED: moves > 0
        and of.deferred_periods_this_year + moves > policy.deferral_periods_a_year,
    }
    return {reason for reason, holds in said.items() if holds}


def cap_months(every: Every) -> int:
    """The most installments that 60 months hold for a frequency (rule P01): 60 monthly, 260 weekly, 130 fortnightly."""
    return most_installments(LEGAL_CAP_MONTHS, every)


def most_installments(months: int, every: Every) -> int:
    """How many payments so many months hold: 12 months are 12 monthly, 52 weekly, 26 fortnightly, 13 four-weekly ones."""
    if every.months:
        return max(1, months // every.months)
    return max(1, months * LEGAL_CAP_WEEKS * 7 // (LEGAL_CAP_MONTHS * every.days))


def terms_within(months: int, request: PlanRequest) -> int:
    """A number of the policy, which is stated in months, as installments of the request's frequency; periods stay periods."""
    return most_installments(months, Every.parse(request.every)) if request.kind.is_in_parts else months


def answer_by(submitted_at: datetime, policy: Policy, calendar: BusinessCalendar) -> datetime:
    """The promised moment: ``answer_hour`` of the n-th working day after the business date of an instant in the lender's zone."""
    day = calendar.add_working_days(submitted_at.date(), policy.answer_working_days)
    return datetime.combine(day, time(policy.answer_hour), tzinfo=submitted_at.tzinfo)


def latest_answer_day(on: date, policy: Policy, calendar: BusinessCalendar) -> date:
    """The latest business day on which an answer to a plan offered ``on`` is promised: what a first payment waits for."""
    return calendar.add_working_days(on, policy.answer_working_days)


def promise_after_pause(
    promised_by: datetime, pause: timedelta, policy: Policy, calendar: BusinessCalendar
) -> datetime:
    """The promised moment moved by the time that a question stood open; on a day off, ``answer_hour`` of the next working day."""
    moved = promised_by + pause
    day, _ = calendar.next_working(moved.date())
    if day == moved.date():
        return moved
    return datetime.combine(day, time(policy.answer_hour), tzinfo=moved.tzinfo)


def offer_days_on(on: date, policy: Policy, calendar: BusinessCalendar) -> int:
    """How long an offer signed ``on`` is good: the policy's days, and over long holidays until its answer is promised."""
    return max(policy.offer_days, (latest_answer_day(on, policy, calendar) - on).days + 1)
