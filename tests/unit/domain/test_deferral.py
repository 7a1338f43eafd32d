"""Installments that move: where to, and what of interest and arrears goes with them."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portal.domain.deferral import deferred_dates, draft_deferral, pay_days
from portal.domain.drafts import Draft
from portal.domain.loans import Components, InstallmentFacts, LoanFacts
from portal.domain.owed import owed_on
from portal.domain.plans import ArrearsTreatment, DeferredInterest, PlanKind, PlanRequest
from tests.unit.domain.late_loans import TODAY, late_loan, loan_of
from tests.unit.domain.refusals import refusal

LOAN = loan_of(
    InstallmentFacts(1, date(2026, 8, 1), Components(60_000, 400), Components(60_000, 400)),
    InstallmentFacts(2, date(2026, 9, 1), Components(60_000, 500, 100, 40), Components()),
    InstallmentFacts(3, date(2026, 10, 1), Components(60_000, 300), Components()),
    penalty_rate_pct=Decimal(0),
)
"""12 % by 30/360; the second payment is late, with 6.40 beside its principal. Today is 10 September."""


def deferred(periods: int, loan: LoanFacts = LOAN, **asked: Any) -> Draft:
    return draft_deferral(
        loan, owed_on(loan, TODAY), PlanRequest(PlanKind.DEFER, defer_periods=periods, **asked)
    )


def due_on(*days: str, every: str = "1 month") -> LoanFacts:
    rows = [
        InstallmentFacts(number, date.fromisoformat(day), Components(100), Components())
        for number, day in enumerate(days, 1)
    ]
    return loan_of(*rows, every=every)


@pytest.mark.parametrize(
    ("days", "every", "further"),
    [
        (["2026-08-15", "2026-09-15"], "1 month", ["2026-10-15", "2026-11-15"]),
        (["2026-12-15", "2027-01-15"], "2 months", ["2027-03-15", "2027-05-15"]),
        # month ends stay month ends
        (["2026-01-31", "2026-02-28"], "1 month", ["2026-03-31", "2026-04-30"]),
        (["2026-01-30", "2026-02-28", "2026-03-30"], "1 month", ["2026-04-30", "2026-05-30"]),
        # one day that was moved for a holiday does not move the days after it
        (["2026-08-15", "2026-09-15", "2026-10-17"], "1 month", ["2026-11-15", "2026-12-15"]),
        (["2026-08-03", "2026-08-17"], "2 weeks", ["2026-08-31", "2026-09-14"]),
        (["2026-08-03", "2026-08-18"], "15 days", ["2026-09-02", "2026-09-17"]),
    ],
)
def test_the_schedule_goes_on_beyond_its_end_as_it_went(
    days: list[str], every: str, further: list[str]
) -> None:
    loan = due_on(*days, every=every)
    found = [day.isoformat() for day in pay_days(loan, len(days) + 2)]
    assert found == [*days, *further]
    assert pay_days(loan, len(days)) == [date.fromisoformat(day) for day in days]


def test_each_unpaid_installment_takes_the_day_of_the_one_so_many_after_it() -> None:
    assert deferred_dates(LOAN, 1) == [date(2026, 10, 1), date(2026, 11, 1)]
    assert deferred_dates(LOAN, 3) == [date(2026, 12, 1), date(2027, 1, 1)]


@pytest.mark.parametrize(
    ("way", "interest"),
    [
        (DeferredInterest.RUNS, [1_020, 1_200]),
        (DeferredInterest.RUNS_AND_PAID_AT_END, [0, 2_220]),
        (DeferredInterest.STOPS, [0, 0]),
    ],
)
def test_interest_of_the_time_gained_runs_from_today_or_from_the_old_day(
    way: DeferredInterest, interest: list[int]
) -> None:
    """600.00 at 12 %: from 10 September to 1 November 51 days of 360, from 1 October to 1 December 60."""
    draft = deferred(2, deferred_interest=way, arrears_treatment=ArrearsTreatment.WAIVED)
    assert draft.dates == [date(2026, 11, 1), date(2026, 12, 1)]
    first, second = interest
    assert draft.parts == [Components(60_000, first), Components(60_000, 300 + second)]


@pytest.mark.parametrize(
    ("treatment", "beside", "given_up"),
    [
        (ArrearsTreatment.SPREAD, [Components(0, 250, 50, 20)] * 2, Components()),
        (ArrearsTreatment.FIRST_INSTALLMENT, [Components(0, 500, 100, 40), Components()], Components()),
        (ArrearsTreatment.WAIVED, [Components()] * 2, Components(0, 500, 100, 40)),
    ],
)
def test_arrears_beside_principal_follow_what_was_asked(
    treatment: ArrearsTreatment, beside: list[Components], given_up: Components
) -> None:
    draft = deferred(2, arrears_treatment=treatment, deferred_interest=DeferredInterest.STOPS)
    assert draft.parts == [Components(60_000) + beside[0], Components(60_000, 300) + beside[1]]
    assert draft.waived == given_up


def test_what_is_owed_today_counts_the_days_of_the_running_period() -> None:
    """1,200.00 of principal, 6.40 beside it, and nine of thirty days of the next 3.00."""
    draft = deferred(1)
    assert (draft.advance, draft.financed, draft.repays) == (120_730, 120_730, 120_000)
    assert deferred(1, arrears_treatment=ArrearsTreatment.WAIVED).advance == 120_090
    assert draft.left_after == [60_000, 0]


def test_nothing_is_added_to_principal_that_stays_as_it_was() -> None:
    found = refusal(lambda: deferred(1, arrears_treatment=ArrearsTreatment.CAPITALISED))
    assert found == ("treatment_not_for_kind", "arrears_treatment", None)


def test_a_longer_loan_moves_whole() -> None:
    """Installments 7 to 12 of 12 are unpaid: the end moves from January to March."""
    dates = deferred_dates(late_loan(), 2)
    assert [day.isoformat() for day in dates] == [
        "2026-10-15",
        "2026-11-15",
        "2026-12-15",
        "2027-01-15",
        "2027-02-15",
        "2027-03-15",
    ]
