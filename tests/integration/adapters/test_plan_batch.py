"""Every number of a batch is that of the plain way: of loans of all kinds, of small and of extreme ones."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.adapters.plan_batch.level_payments import Lending, declining
from portal.adapters.plan_batch.quotes import quote_batch
from portal.adapters.plan_batch.yearly_costs import hundredths, times_of, yearly_costs
from portal.domain.amortisation import Basis
from portal.domain.annualised_cost import find_annualised_cost
from portal.domain.calendar import Every
from portal.domain.day_counts import DayCount
from portal.domain.level_payments import equal_payments
from portal.domain.loans import Components, InstallmentFacts, LenderType, LoanFacts, Pause
from portal.domain.period_factors import PeriodFactors
from portal.domain.plan_quotes import PlanQuote, Refused, quote_plans
from portal.domain.plans import FREQUENCIES, ArrearsTreatment, DeferredInterest, PlanKind, PlanRequest
from portal.domain.pricing_rules import PricingRules
from portal.domain.rounding import Rounding
from portal.domain.schedules import Convention, ScheduleTerms, schedule_of
from tests.published import Case, published
from tests.unit.domain.late_loans import CALENDAR, POLICY, RULES, late_loan, loan_of

LEAP_DAY = PricingRules(POLICY, CALENDAR, date(2028, 2, 29))
MONTH_END = PricingRules(POLICY, CALENDAR, date(2026, 1, 31))
RATES = ("0", "4.35", "12", "18.25", "24", "36.5", "7.3331", "0.00011", "999.9999", "10000")
SIZES = (0, 1, 50, 99_999, 1_234_567, 10**9, 10**12)
SUMS = st.one_of(st.sampled_from(SIZES), st.integers(0, 2_000_000))
PARTS = st.builds(Components, SUMS, SUMS, st.sampled_from([0, 0, 500]), st.sampled_from([0, 0, 137]))


@st.composite
def loans(draw: st.DrawFn, on: date) -> LoanFacts:
    """Up to a dozen installments around ``on``, met, in part or not at all, on their anchor or moved off it."""
    every = draw(
        st.sampled_from(["1 month", "1 month", "1 month", "2 weeks", "15 days", "3 months", "1 year"])
    )
    count = draw(st.integers(1, 12))
    first = on - timedelta(days=draw(st.integers(1, 400)))
    first = draw(st.sampled_from([first, first.replace(day=1) - timedelta(days=1)]))
    days = [Every.parse(every).after(first, period) for period in range(count)]
    if draw(st.booleans()):
        days = [day + timedelta(days=draw(st.integers(0, 2))) for day in days]
    met = draw(st.integers(0, count // 2))
    rows = [_installment(draw, number, day, is_met=number <= met) for number, day in enumerate(days, start=1)]
    pauses = [Pause(on - timedelta(days=40), draw(st.sampled_from([None, on - timedelta(days=9)])))]
    return loan_of(
        *rows,
        annual_rate_pct=Decimal(draw(st.sampled_from(RATES))),
        penalty_rate_pct=Decimal(draw(st.sampled_from(RATES))),
        day_count=draw(st.sampled_from(["30/360", "act/365", "act/360", "act/364", "act/act"])),
        rounding=draw(st.sampled_from(["half_even", "half_up", "floor"])),
        interest_method=draw(st.sampled_from(["declining", "declining", "flat"])),
        every=every,
        lender_type=draw(st.sampled_from([LenderType.CONSUMER_FINANCE, LenderType.BANK_LOAN_FACILITATION])),
        multiple=draw(st.sampled_from([None, None, 1, 10, 100])),
        currency=draw(st.sampled_from(["CNY", "JPY", "KWD"])),
        as_of=on - timedelta(days=draw(st.sampled_from([0, 1, 40, 400]))),
        disbursed_on=days[0] - timedelta(days=draw(st.sampled_from([0, 30, 400]))),
        pauses=draw(st.sampled_from([(), (), tuple(pauses)])),
    )


def _installment(draw: st.DrawFn, number: int, day: date, *, is_met: bool) -> InstallmentFacts:
    due = draw(PARTS)
    share = draw(st.sampled_from([0, 0, 2])) if not is_met else 1
    paid = Components(*(part // share if share else 0 for part in due.as_dict().values()))
    return InstallmentFacts(number, day, due, paid)


REQUESTS = st.builds(
    PlanRequest,
    kind=st.sampled_from(
        [
            PlanKind.CATCH_UP,
            PlanKind.RESCHEDULE,
            PlanKind.RESCHEDULE,
            PlanKind.DEFER,
            PlanKind.DEFER,
            *PlanKind,
        ]
    ),
    installments=st.sampled_from([0, 1, 2, 3, 12, 24, 60, 61]),
    defer_periods=st.integers(0, 4),
    interest_periods=st.just(1),
    steps=st.sampled_from([0, 2]),
    every=st.sampled_from(FREQUENCIES),
    day_of_month=st.sampled_from([0, 1, 15, 28]),
    weekday=st.integers(0, 7),
    arrears_treatment=st.sampled_from(ArrearsTreatment),
    deferred_interest=st.sampled_from(DeferredInterest),
    upfront_minor=st.sampled_from([0, 0, 0, 30_000]),
)


@st.composite
def batches(draw: st.DrawFn) -> tuple[Sequence[LoanFacts], Sequence[PlanRequest], PricingRules]:
    rules = draw(st.sampled_from([RULES, LEAP_DAY, MONTH_END]))
    some = draw(st.lists(loans(rules.on), min_size=1, max_size=4))
    return some, draw(st.lists(REQUESTS, min_size=1, max_size=3)), rules


@settings(max_examples=150, deadline=None)
@given(batches())
def test_every_number_is_that_of_the_plain_way(
    batch: tuple[Sequence[LoanFacts], Sequence[PlanRequest], PricingRules],
) -> None:
    some, requests, rules = batch
    assert quote_batch(some, requests, rules).quotes == [quote_plans(loan, requests, rules) for loan in some]


OPTIONS = (
    PlanRequest(PlanKind.CATCH_UP, installments=6),
    PlanRequest(PlanKind.CATCH_UP, installments=24, every="1 week"),
    PlanRequest(PlanKind.RESCHEDULE, installments=12, day_of_month=0),
    PlanRequest(PlanKind.RESCHEDULE, installments=60),
    PlanRequest(PlanKind.DEFER, defer_periods=3),
    PlanRequest(PlanKind.PAY_BY_DATE),
    PlanRequest(PlanKind.DEFER, defer_periods=1),
)
EXTRA = Components(fee=3_000, penalty=1_234)


@pytest.mark.parametrize("treatment", ArrearsTreatment)
@pytest.mark.parametrize("interest", DeferredInterest)
def test_usual_loans_are_all_quoted_at_once(treatment: ArrearsTreatment, interest: DeferredInterest) -> None:
    options = [
        replace(option, arrears_treatment=treatment, deferred_interest=interest)
        for option in OPTIONS
        if not (option.kind is PlanKind.DEFER and treatment is ArrearsTreatment.CAPITALISED)
    ]
    some = [
        late_loan(met=met, extra=EXTRA, annual_rate_pct=Decimal(rate), interest_method=method)
        for met in (2, 5, 6, 7)
        for rate in ("0", "14.4", "24")
        for method in ("declining", "flat")
    ]
    found = quote_batch(some, options, RULES)
    assert found.plainly == 0
    assert found.quotes == [quote_plans(loan, options, RULES) for loan in some]
    assert isinstance(found.quotes[0][0], PlanQuote | Refused)


def test_a_penalty_rate_above_the_cap_of_law_is_cut_in_columns_too() -> None:
    dear = late_loan(
        lender_type=LenderType.PRIVATE,
        disbursed_on=date(2025, 10, 1),
        as_of=date(2026, 8, 20),
        penalty_rate_pct=Decimal(36),
    )
    found = quote_batch([dear, replace(dear, lender_type=LenderType.BANK)], OPTIONS, RULES)
    assert found.plainly == 0
    assert found.quotes[0] == quote_plans(replace(dear, penalty_rate_pct=Decimal(12)), OPTIONS, RULES)
    assert found.quotes[0] != found.quotes[1]


def late_by(day: date, due: Components, **changes: Any) -> LoanFacts:
    return loan_of(InstallmentFacts(1, day, due, Components()), **changes)


BEYOND = {
    "a running plan": late_loan(is_under_plan=True),
    "a rate of many digits": late_loan(annual_rate_pct=Decimal("11.123456789012345")),
    "a penalty rate of many digits": late_loan(penalty_rate_pct=Decimal("18.123456789012345")),
    "sums beyond measure": late_by(date(2026, 9, 1), Components(3 * 10**13)),
    "sums beyond the machine's": late_by(date(2026, 9, 1), Components(2**70)),
    "sums beyond the machine's with a pause": replace(
        late_by(date(2026, 6, 1), Components(2**70)),
        as_of=date(2026, 6, 1),
        pauses=(Pause(date(2026, 7, 1), date(2026, 7, 9)),),
    ),
    "a date of another time": late_by(date(1850, 1, 1), Components(700)),
    "dates that do not rise": loan_of(
        *(InstallmentFacts(n, date(2026, 9, 1), Components(700), Components()) for n in (1, 2))
    ),
    "more paid than due": loan_of(
        InstallmentFacts(1, date(2026, 9, 1), Components(700, 70), Components(0, 90)),
        InstallmentFacts(2, date(2026, 10, 1), Components(700, 70), Components()),
    ),
    "an unknown multiple": late_loan(multiple=7),
    "no installments": loan_of(principal=1),
}


@pytest.mark.parametrize("loan", BEYOND.values(), ids=BEYOND)
def test_what_cannot_be_taken_goes_the_plain_way(loan: LoanFacts) -> None:
    found = quote_batch([late_loan(), loan, late_loan(met=3)], OPTIONS, RULES)
    assert found.plainly == len(OPTIONS)
    assert found.quotes[1] == quote_plans(loan, OPTIONS, RULES)
    assert found.quotes[::2] == [quote_plans(late_loan(met=met), OPTIONS, RULES) for met in (6, 3)]


def test_a_plan_of_a_lifetime_keeps_no_other_loan_from_the_quick_way() -> None:
    days = (date(2026, 9, 1), date(2050, 9, 1))
    long = loan_of(
        *(InstallmentFacts(n, day, Components(70_000, 700), Components()) for n, day in enumerate(days, 1))
    )
    found = quote_batch([late_loan(), long], OPTIONS, RULES)
    assert found.quotes == [quote_plans(loan, OPTIONS, RULES) for loan in (late_loan(), long)]
    assert found.plainly == quote_batch([long], OPTIONS, RULES).plainly > 0
    assert quote_batch([late_loan()], OPTIONS, RULES).plainly == 0


def test_kinds_that_have_no_columns_go_the_plain_way() -> None:
    asked = [
        PlanRequest(PlanKind.STEP_UP, installments=12, steps=2),
        PlanRequest(PlanKind.INTEREST_ONLY, interest_periods=1),
        PlanRequest(PlanKind.CATCH_UP, installments=6, upfront_minor=30_000),
    ]
    found = quote_batch([late_loan()], asked, RULES)
    assert (found.plainly, found.quotes) == (3, [quote_plans(late_loan(), asked, RULES)])


def test_a_product_too_large_for_the_machine_goes_the_plain_way() -> None:
    """Ten million million times a rate of a thousand million parts: wrong by far if it were worked out in 64 bits."""
    loan = late_loan(annual_rate_pct=Decimal("7.3331123"), day_count="act/act")
    large = replace(
        loan,
        installments=[
            replace(row, due=Components(row.due.principal * 10**6, 0)) for row in loan.installments
        ],
    )
    asked = OPTIONS[3:4]
    found = quote_batch([large], asked, RULES)
    assert (found.plainly, found.quotes) == (1, [quote_plans(large, asked, RULES)])


@pytest.mark.parametrize("case", published("engines", "schedule"))
def test_loans_of_published_schedules(case: Case) -> None:
    """Not one paid since it fell due: whatever the plain way says of them, which others hold against what was published."""
    terms = _terms(case["inputs"])
    rows = [
        InstallmentFacts(row.number, row.due_on, Components(row.principal, row.interest), Components())
        for row in schedule_of(terms).rows
    ]
    loan = loan_of(
        *rows,
        annual_rate_pct=terms.annual_rate_pct,
        day_count=terms.convention.day_count.value,
        every=str(terms.every),
        as_of=rows[0].due_on,
        disbursed_on=terms.disbursed_on,
    )
    rules = PricingRules(POLICY, CALENDAR, rows[0].due_on + timedelta(days=40))
    found = quote_batch([loan], OPTIONS, rules)
    assert found.quotes == [quote_plans(loan, OPTIONS, rules)]


def _terms(said: dict[str, Any]) -> ScheduleTerms:
    return ScheduleTerms(
        principal=round(Decimal(str(said["principal"])) * 100),
        annual_rate_pct=Decimal(str(said["annual_rate_pct"])),
        installments=said["n"],
        every=Every.parse(said.get("every", "1 month")),
        disbursed_on=date.fromisoformat(said["disbursed"]),
        convention=Convention(day_count=DayCount(said.get("day_count", "30/360").replace("actual", "act"))),
    )


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("count", [1, 2, 3, 12, 24, 60])
@pytest.mark.parametrize("unit", [1, 100])
def test_level_payments_are_those_of_the_domain(rounding: Rounding, count: int, unit: int) -> None:
    """Of many sums, so that the smoothing of the end has gaps on either side of its bound."""
    lent = np.concatenate([np.arange(200, 600), np.arange(1_000_000, 1_200_000, 499), [10**10, 10**12]])
    parts = np.array([31, 28, 30, 31, 30, 31] * 10)[:count]
    for numerator in (0, 72, 365):
        many = np.full(len(lent), numerator)
        found = declining(
            Lending(lent, many, np.full(len(lent), 5 * 100 * 365), parts, np.full(len(lent), unit), rounding)
        )
        factors = PeriodFactors.of(Decimal(numerator) / 5, parts.tolist(), 365)
        for at in np.flatnonzero(found.is_exact).tolist():
            rows = equal_payments(
                Basis(principal=int(lent[at]), factors=factors, rounding=rounding, unit=unit)
            )
            assert sum(rows[-1]) == found.last[at]
            assert {sum(row) for row in rows[:-1]} <= {int(found.usual[at])}
        # Payments in whole units often end a loan early where they are rounded; those are left to the plain way.
        assert unit > 1 or found.is_exact[400:].mean() > 0.99


MONTHS = tuple(date(2026, month, 5) for month in range(10, 13))


def test_a_cost_that_ends_in_half_a_hundredth_is_left_to_the_plain_way() -> None:
    """12.345 percent, which the domain rounds to the even 12.34."""
    found = yearly_costs(
        np.array([10_000_000]), np.array([[10_102_875, 0, 0]]), times_of(date(2026, 9, 5), MONTHS)
    )
    assert not found.is_proved[0]


@given(st.lists(st.integers(0, 10**7), min_size=3, max_size=3), st.integers(-5, 10**7))
@settings(max_examples=150, deadline=None)
def test_a_yearly_cost_is_proved_or_left_to_the_plain_way(payments: list[int], financed: int) -> None:
    found = yearly_costs(np.array([financed]), np.array([payments]), times_of(date(2026, 9, 5), MONTHS))
    cost = find_annualised_cost([(date(2026, 9, 5), financed)], list(zip(MONTHS, payments, strict=True)))
    if found.is_proved[0]:
        assert found.is_defined[0] == (cost is not None)
        if cost is not None:
            said = (hundredths(int(found.compound[0])), hundredths(int(found.simple[0])))
            assert said == tuple(
                format(pct.quantize(Decimal("0.01")) + 0, "f") for pct in (cost.compound_pct, cost.simple_pct)
            )


def test_a_yearly_cost_beyond_measure_is_not_proved() -> None:
    found = yearly_costs(np.array([100]), np.array([[900, 0, 0]]), times_of(date(2026, 9, 5), MONTHS))
    assert not found.is_proved[0]
