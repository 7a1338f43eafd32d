"""The limits of the policy in words, on pages and in a terminal: what each is called, what it does, and how its values are said."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from flask_babel import LazyString, gettext, lazy_gettext

from portal.domain.loans import LenderType
from portal.domain.plans import ArrearsTreatment, DeferredInterest, PlanKind
from portal.domain.policy import Referral
from portal.domain.policy_limits import Change, Limit, Section, Unit, Value
from portal.domain.policy_replay import LeftOut, Outcome
from portal.domain.policy_trials import SideShare
from portal.domain.policy_versions import PolicyState
from portal.i18n import format_money, format_percent

PLAN_KINDS: Mapping[PlanKind, LazyString] = {
    PlanKind.CATCH_UP: lazy_gettext("Catch up in installments"),
    PlanKind.RESCHEDULE: lazy_gettext("Everything in new installments"),
    PlanKind.STEP_UP: lazy_gettext("Smaller first, more later"),
    PlanKind.INTEREST_ONLY: lazy_gettext("Interest first"),
    PlanKind.DEFER: lazy_gettext("Move the dates"),
    PlanKind.PAY_BY_DATE: lazy_gettext("Pay it all by a date"),
    PlanKind.SETTLEMENT: lazy_gettext("Settle for less"),
}

REFERRALS: Mapping[Referral, LazyString] = {
    Referral.TIME_BARRED: lazy_gettext("The limitation period may be over"),
    Referral.LENDER_TYPE_UNKNOWN: lazy_gettext("The kind of lender is not recorded"),
    Referral.GUARANTOR: lazy_gettext("There is a guarantor"),
    Referral.OPEN_DISPUTE: lazy_gettext("A dispute is open"),
    Referral.OPEN_COMPLAINT: lazy_gettext("A complaint is open"),
    Referral.SENSITIVE_HARDSHIP: lazy_gettext("A serious event stands behind it"),
    Referral.VULNERABLE: lazy_gettext("Special care is noted"),
    Referral.STAFF_RELATION: lazy_gettext("Relation to staff"),
    Referral.PLAN_BROKEN_LATELY: lazy_gettext("A plan was broken in the last 12 months"),
    Referral.DRAFTED_BY_AGENT: lazy_gettext("Filled in by an agent"),
    Referral.BELOW_LIVING_FLOOR: lazy_gettext("Too little would be left to live on"),
    Referral.SETTLEMENT_OR_WAIVER: lazy_gettext("Part of the debt would be waived"),
    Referral.LOAN_NOT_ACTIVE: lazy_gettext("The loan is no longer active in the book"),
    Referral.RATE_UNCLEAR: lazy_gettext("The rate limit needs a look"),
    Referral.LATE_CHARGES_UNCLEAR: lazy_gettext(
        "What is charged for lateness may be more than the law lets be claimed"
    ),
    Referral.KIND_NOT_AT_ONCE: lazy_gettext("This kind of plan is decided by a person"),
    Referral.AMOUNT_ABOVE_BAND: lazy_gettext("The sum is above what is approved at once"),
    Referral.DPD_ABOVE_BAND: lazy_gettext("The days past due are above what is approved at once"),
    Referral.TERM_ABOVE_BAND: lazy_gettext("The plan is longer than what is approved at once"),
    Referral.PAYMENT_BELOW_BAND: lazy_gettext("A payment is below the usual minimum"),
    Referral.DEFERRAL_ALLOWANCE_USED: lazy_gettext("This year's pauses are used up"),
    Referral.ASKED_FOR_A_PERSON: lazy_gettext("The borrower asked for a person"),
    Referral.COUNTER_REFUSED: lazy_gettext("The borrower did not accept our offer"),
    Referral.QUESTION_ANSWERED: lazy_gettext("The borrower answered our question"),
}

SIDE_SHARES: Mapping[SideShare, LazyString] = {
    SideShare.AT_ONCE: lazy_gettext("Answered at once, of those signed"),
    SideShare.IN_FORCE: lazy_gettext("Came into force, of those signed"),
    SideShare.BROKEN: lazy_gettext("Broken, of those that ended"),
}

TREATMENTS: Mapping[ArrearsTreatment, LazyString] = {
    ArrearsTreatment.SPREAD: lazy_gettext("Kept and spread, bearing no interest"),
    ArrearsTreatment.FIRST_INSTALLMENT: lazy_gettext("In the first installment"),
    ArrearsTreatment.CAPITALISED: lazy_gettext("Added to the principal"),
    ArrearsTreatment.WAIVED: lazy_gettext("Waived"),
}

DEFERRED_INTERESTS: Mapping[DeferredInterest, LazyString] = {
    DeferredInterest.RUNS: lazy_gettext("Runs on meanwhile"),
    DeferredInterest.STOPS: lazy_gettext("Stops meanwhile"),
    DeferredInterest.RUNS_AND_PAID_AT_END: lazy_gettext("Runs on and is paid at the end"),
}

LENDER_TYPES: Mapping[LenderType, LazyString] = {
    LenderType.BANK: lazy_gettext("Bank"),
    LenderType.CREDIT_CARD: lazy_gettext("Credit card"),
    LenderType.CONSUMER_FINANCE: lazy_gettext("Consumer finance company"),
    LenderType.BANK_LOAN_FACILITATION: lazy_gettext("Bank loan through a platform"),
    LenderType.MICRO_LOAN: lazy_gettext("Micro-loan company"),
    LenderType.PRIVATE: lazy_gettext("Private lender"),
    LenderType.UNKNOWN: lazy_gettext("Not recorded"),
}

POLICY_STATES: Mapping[PolicyState, LazyString] = {
    PolicyState.DRAFT: lazy_gettext("Policy: draft"),
    PolicyState.PROPOSED: lazy_gettext("Waits for a decision"),
    PolicyState.APPROVED: lazy_gettext("Policy: approved"),
    PolicyState.TRIAL: lazy_gettext("On trial"),
    PolicyState.REFUSED: lazy_gettext("Policy: refused"),
    PolicyState.WITHDRAWN: lazy_gettext("Policy: withdrawn"),
    PolicyState.ENDED: lazy_gettext("Tried, not gone on with"),
}

SECTIONS: Mapping[Section, LazyString] = {
    Section.AT_ONCE: lazy_gettext("What is approved at once"),
    Section.OFFERED: lazy_gettext("Which plans are offered"),
    Section.TREATMENT: lazy_gettext("What happens to arrears and interest"),
    Section.BUDGET: lazy_gettext("When the household's month is asked about"),
    Section.SECOND: lazy_gettext("When a second approver has to agree"),
    Section.TIMES: lazy_gettext("Times"),
    Section.RATES: lazy_gettext("The lender's own highest cost a year"),
    Section.SUPPORT: lazy_gettext("The support desk"),
}

LIMIT_NAMES: Mapping[str, LazyString] = {
    "bands.max_amount_minor": lazy_gettext("largest sum approved at once"),
    "bands.max_dpd": lazy_gettext("most days late approved at once"),
    "bands.max_terms": lazy_gettext("longest approved at once"),
    "min_payment_minor": lazy_gettext("Smallest payment approved at once"),
    "deferral_periods_a_year": lazy_gettext("Periods that may be moved in a year"),
    "broken_plan_months": lazy_gettext("Months that a broken plan is remembered"),
    "agent_drafted_limit_minor": lazy_gettext("Largest sum that an agent's draft is approved at once for"),
    "max_terms": lazy_gettext("longest that is offered"),
    "step_up_top_pct": lazy_gettext("Last step of rising payments"),
    "settlement_floor_pct": lazy_gettext("Least that a settlement may ask for"),
    "promise_days": lazy_gettext("Days within which all may be paid by a date"),
    "arrears_treatment": lazy_gettext("Interest, penalty and fees in arrears"),
    "deferred_interest": lazy_gettext("Interest while dates are moved"),
    "budget.asked_for": lazy_gettext("Reasons that make us ask for a budget"),
    "budget.asked_above_minor": lazy_gettext("Payment a month from which we ask for a budget"),
    "budget.income_share_pct": lazy_gettext("Share of income above which we warn"),
    "budget.living_floor_minor": lazy_gettext("What a household needs to live on a month"),
    "second_look.sum_minor": lazy_gettext("Sum above which two approve"),
    "second_look.waived_minor": lazy_gettext("Waiver above which two approve"),
    "second_look.defer_periods": lazy_gettext("Moved periods above which two approve"),
    "second_look.staff_relation": lazy_gettext("Two approve where the borrower is related to staff"),
    "second_look.agent_drafted": lazy_gettext("Two approve what an agent drafted"),
    "second_look.overrides": lazy_gettext("Findings that one approver alone may not set aside"),
    "answer_working_days": lazy_gettext("Working days until the answer"),
    "answer_hour": lazy_gettext("Hour of the answer"),
    "lead_working_days": lazy_gettext("Working days between the answer and the first payment"),
    "draft_days": lazy_gettext("Days that a draft is kept"),
    "offer_days": lazy_gettext("Days that a signed offer is good"),
    "counter_days": lazy_gettext("Days that our counter-offer is good"),
    "question_days": lazy_gettext("Days that our question waits"),
    "reading_seconds": lazy_gettext("Seconds that the cost disclosure is shown"),
    "cooling_minutes": lazy_gettext("Minutes of pause before an agent's draft can be signed"),
    "product_caps": lazy_gettext("highest cost a year"),
    "support.borrowers_a_day": lazy_gettext("Borrowers an agent may help a day"),
    "support.share_per_mille": lazy_gettext("Calls read again"),
    "support.first_hour": lazy_gettext("The desk opens"),
    "support.last_hour": lazy_gettext("The desk closes"),
}
"""By the topic of a limit; where a kind of plan or lender comes first, its name stands before."""

LIMIT_HINTS: Mapping[str, LazyString] = {
    "bands.max_amount_minor": lazy_gettext(
        "Up to this sum owed a plan of this kind needs no person. Lower it and more borrowers wait; raise it and more are answered at once."
    ),
    "bands.max_dpd": lazy_gettext("A loan that is later than this goes to a person, whatever the sum."),
    "bands.max_terms": lazy_gettext(
        "A longer plan of this kind goes to a person. Leave all three empty and a person decides every plan of this kind."
    ),
    "min_payment_minor": lazy_gettext(
        "A plan with smaller payments goes to a person; it is for the borrower's good that small debts do not drag on."
    ),
    "deferral_periods_a_year": lazy_gettext(
        "Of one loan in a calendar year, payments left out of a plan counted too; beyond it a person decides."
    ),
    "broken_plan_months": lazy_gettext(
        "Whoever broke a plan within these months is answered by a person, never refused by a rule."
    ),
    "agent_drafted_limit_minor": lazy_gettext(
        "What an agent filled in on the telephone above this sum is looked at by a person."
    ),
    "max_terms": lazy_gettext(
        "The longest plan of this kind that borrowers are shown; never more than 60 months, which is law. Empty: not offered at all."
    ),
    "step_up_top_pct": lazy_gettext(
        "The last payment in percent of the first. The higher, the smaller the first payments, and the dearer the whole."
    ),
    "settlement_floor_pct": lazy_gettext(
        "In percent of all that is owed. Settlements are offered by staff alone and take two people."
    ),
    "promise_days": lazy_gettext("The latest day that a borrower may choose for paying everything overdue."),
    "arrears_treatment": lazy_gettext(
        "How what is overdue besides principal is paid inside a plan. Added to principal it bears interest, which costs borrowers more."
    ),
    "deferred_interest": lazy_gettext("What a pause costs the borrower."),
    "budget.asked_for": lazy_gettext(
        "Whoever is sent to a person for one of these is asked what comes in and goes out a month; nobody else is bothered with it."
    ),
    "budget.asked_above_minor": lazy_gettext(
        "Asked though the plan is approved at once. Empty: never for the sum alone."
    ),
    "budget.income_share_pct": lazy_gettext(
        "A payment above this share of income is called heavy on the borrower's page."
    ),
    "budget.living_floor_minor": lazy_gettext(
        "For one person, two, three and so on, with commas between; the last holds for all larger households. Below it a person decides."
    ),
    "second_look.sum_minor": lazy_gettext(
        "An approval or counter-offer above this sum waits for a second approver."
    ),
    "second_look.waived_minor": lazy_gettext("Giving up more than this takes two; a settlement always does."),
    "second_look.defer_periods": lazy_gettext("A pause of more periods than this takes two."),
    "second_look.staff_relation": lazy_gettext("So that nobody decides for a friend alone."),
    "second_look.agent_drafted": lazy_gettext("So that nobody fills in and approves with one accomplice."),
    "second_look.overrides": lazy_gettext(
        "Where policy found one of these, an approval needs a second person."
    ),
    "answer_working_days": lazy_gettext(
        "What borrowers are promised. Longer means more waiting for everybody sent to a person."
    ),
    "answer_hour": lazy_gettext("On the promised day the answer is there by this hour."),
    "lead_working_days": lazy_gettext(
        "Time for the borrower to have the money ready; it moves every first payment."
    ),
    "draft_days": lazy_gettext("An unfinished plan is deleted after these days."),
    "offer_days": lazy_gettext("So long the figures that were signed hold while a person decides."),
    "counter_days": lazy_gettext("So long the borrower can think about what we offer instead."),
    "question_days": lazy_gettext("A question that is not answered by then lets the proposal expire."),
    "reading_seconds": lazy_gettext("Not under 15 seconds (rule P06)."),
    "cooling_minutes": lazy_gettext("So that nobody signs while somebody talks to them."),
    "product_caps": lazy_gettext(
        "In percent a year, all counted. A dearer plan cannot be submitted. Law's own figure comes first. Empty: a person looks at each."
    ),
    "support.borrowers_a_day": lazy_gettext("More in one day are allowed, and shown to supervisors."),
    "support.share_per_mille": lazy_gettext(
        "Of a thousand calls so many are drawn and read by a supervisor."
    ),
    "support.first_hour": lazy_gettext("Calls before this hour are shown to supervisors."),
    "support.last_hour": lazy_gettext("Calls from this hour on are shown to supervisors."),
}

OUTCOMES: Mapping[Outcome, LazyString] = {
    Outcome.AT_ONCE: lazy_gettext("At once"),
    Outcome.PERSON: lazy_gettext("To a person"),
    Outcome.OVER_LAW: lazy_gettext("Out of legal limits"),
    Outcome.NOT_OFFERED: lazy_gettext("Not offered"),
}

LEFT_OUT: Mapping[LeftOut, LazyString] = {
    LeftOut.FACTS_NOT_KEPT: lazy_gettext(
        "signed before the facts were kept, or while a person had the case and policy was not asked"
    ),
    LeftOut.FACTS_UNREADABLE: lazy_gettext("the kept facts cannot be read by this version of the product"),
    LeftOut.POLICY_GONE: lazy_gettext("the version of the policy that priced it is not there"),
    LeftOut.CALENDAR_GONE: lazy_gettext("the business calendar of that day is not there"),
    LeftOut.NOTHING_TO_PLAN: lazy_gettext(
        "the loan has no plan of this kind (nothing to move, or too little left)"
    ),
}

AGE_UNKNOWN: Final = "unknown"


def limit_name(limit: Limit) -> str:
    """``Catch up in installments: largest sum approved at once``."""
    name = str(LIMIT_NAMES[limit.topic])
    subject = subject_name(limit)
    return str(gettext("%(subject)s: %(limit)s", subject=subject, limit=name)) if subject else name


def subject_name(limit: Limit) -> str:
    """The kind of plan or lender that the limit is about; empty where it is about all."""
    if limit.subject is None:
        return ""
    is_lender = limit.path[0] == "product_caps"
    return str(LENDER_TYPES[LenderType(limit.subject)] if is_lender else PLAN_KINDS[PlanKind(limit.subject)])


def value_words(limit: Limit, value: Value, currency: str = "CNY") -> str:
    """A value as people say it, with its unit."""
    if value is None:
        return str(gettext("none"))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _several(limit, value, currency)
    match limit.unit:
        case Unit.FLAG:
            said = gettext("yes") if value else gettext("no")
        case Unit.CODE:
            said = str(_CODES[limit.topic][str(value)])
        case Unit.SUM:
            said = format_money(int(value), currency)
        case Unit.RATE | Unit.PERCENT:
            said = format_percent(Decimal(str(value)))
        case _:
            said = _counted(limit.unit, str(value))
    return str(said)


def change_words(change: Change, currency: str = "CNY") -> str:
    """``…: largest sum approved at once from 30,000.00 to 20,000.00``."""
    return str(
        gettext(
            "%(limit)s changes from %(before)s to %(after)s",
            limit=limit_name(change.limit),
            before=value_words(change.limit, change.before, currency),
            after=value_words(change.limit, change.after, currency),
        )
    )


def code_words(limit: Limit, code: str) -> str:
    """One of the choices of a limit."""
    return str(REFERRALS[Referral(code)] if limit.unit is Unit.CODES else _CODES[limit.topic][code])


_CODES: Final[Mapping[str, Mapping[str, LazyString]]] = {
    "arrears_treatment": {code.value: words for code, words in TREATMENTS.items()},
    "deferred_interest": {code.value: words for code, words in DEFERRED_INTERESTS.items()},
}


def _several(limit: Limit, values: Sequence[int] | Sequence[str], currency: str) -> str:
    if not values:
        return str(gettext("none"))
    if limit.unit is Unit.SUMS:
        said = [format_money(int(value), currency) for value in values]
    else:
        said = [code_words(limit, str(value)) for value in values]
    return str(gettext("; ")).join(said)


def _counted(unit: Unit, count: str) -> str:
    words = {
        Unit.DAYS: gettext("%(count)s days", count=count),
        Unit.WORKING_DAYS: gettext("%(count)s working days", count=count),
        Unit.INSTALLMENTS: gettext("%(count)s payments", count=count),
        Unit.PERIODS: gettext("%(count)s periods", count=count),
        Unit.MONTHS: gettext("%(count)s months", count=count),
        Unit.SECONDS: gettext("%(count)s seconds", count=count),
        Unit.MINUTES: gettext("%(count)s minutes", count=count),
        Unit.HOUR: gettext("%(count)s:00", count=count),
        Unit.PER_MILLE: gettext("%(count)s of 1,000", count=count),
    }
    return str(words.get(unit, count))
