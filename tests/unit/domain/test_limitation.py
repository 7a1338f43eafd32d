from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.calendar import BusinessCalendar
from portal.domain.limitation import (
    Cause,
    Ground,
    Interruption,
    expiry,
    last_day_of,
    limitation,
    limitation_of,
)
from portal.domain.loans import Components
from tests.published import Case, published
from tests.unit.domain.test_arrears import loan, row

CAUSES = {
    "borrower_proposes_plan": Cause.PLAN_SIGNED,
    "sms_demand": Cause.DEMAND_DELIVERED,
    "assignment_notice": Cause.ASSIGNMENT_NOTICE,
}
GROUNDS = {"义务人同意履行": Ground.DEBTOR_AGREES}
LAST_DUE = date(2023, 3, 10)


@pytest.mark.parametrize("case", published("rules", "limitation"))
def test_the_statutory_cases_come_out(case: Case) -> None:
    given_, want = case["input"], case["expected"]
    if "raw_expiry" in given_:
        days_off = [date.fromisoformat(day) for day in given_["holidays"]]
        year = BusinessCalendar.of("case", first_year=2026, covers_to=date(2026, 12, 31), holidays=days_off)
        assert last_day_of(date.fromisoformat(given_["raw_expiry"]), year) == (
            date.fromisoformat(want["expires_on"]),
            False,
        )
        return
    if "start" in given_:
        last, _ = expiry(date.fromisoformat(given_["start"]), years=given_["years"])
        assert last == date.fromisoformat(want["expires_on"])
        return
    acts = [
        Interruption(date.fromisoformat(item["on"]), CAUSES[item["type"]], item.get("delivered", True))
        for item in given_["events"]
    ]
    clock = limitation([date.fromisoformat(day) for day in given_["instalments"]], acts)
    if "expires_on" in want:
        assert clock.expires_on == date.fromisoformat(want["expires_on"])
    if "event_counts_as" in want:
        assert acts[0].ground is GROUNDS[want["event_counts_as"]]
    if "must_warn" in want:
        assert clock.is_over(date.fromisoformat(given_["today"])) is want["must_warn"] is want["time_barred"]


def test_the_last_day_itself_still_runs() -> None:
    clock = limitation([LAST_DUE])
    assert not clock.is_over(date(2026, 3, 10))
    assert clock.is_over(date(2026, 3, 11))


def test_an_act_before_the_last_due_date_shortens_nothing() -> None:
    clock = limitation([LAST_DUE], [Interruption(date(2022, 12, 1), Cause.PART_PAYMENT)])
    assert (clock.expires_on, clock.restarted_by) == (date(2026, 3, 10), None)


def test_each_act_while_it_runs_restarts_it_in_turn_whatever_their_order() -> None:
    acts = [
        Interruption(date(2028, 1, 1), Cause.DEMAND_DELIVERED),
        Interruption(date(2025, 6, 1), Cause.PART_PAYMENT),
    ]
    clock = limitation([LAST_DUE], acts)
    assert (clock.runs_from, clock.restarted_by) == (date(2028, 1, 1), Cause.DEMAND_DELIVERED)
    assert clock.expires_on == date(2031, 1, 1)


def test_an_act_after_the_end_restarts_nothing_and_is_kept_in_sight() -> None:
    late = Interruption(date(2026, 4, 1), Cause.PLAN_SIGNED)
    clock = limitation([LAST_DUE], [late])
    assert clock.expires_on == date(2026, 3, 10)
    assert clock.after_expiry == (late,)
    assert clock.is_over(date(2026, 4, 2))


def test_a_day_off_at_the_end_leaves_time_for_an_act_on_the_next_working_day() -> None:
    weekend = BusinessCalendar.of("t", first_year=2026, covers_to=date(2032, 12, 31))
    due = date(2023, 3, 14)  # 14 March 2026 is a Saturday
    clock = limitation([due], [Interruption(date(2026, 3, 16), Cause.REQUEST_FOR_TIME)], calendar=weekend)
    assert (clock.runs_from, clock.is_unchecked) == (date(2026, 3, 16), False)


def test_beyond_the_published_calendar_the_last_day_stands_and_says_so() -> None:
    short = BusinessCalendar.of("t", first_year=2020, covers_to=date(2025, 12, 31))
    assert limitation([date(2023, 3, 14)], calendar=short).is_unchecked
    assert limitation([date(2023, 3, 14)], calendar=short).expires_on == date(2026, 3, 14)


def test_an_act_of_the_borrower_needs_no_delivery() -> None:
    act = Interruption(date(2025, 1, 1), Cause.PART_PAYMENT, has_arrived=False)
    assert limitation([LAST_DUE], [act]).runs_from == date(2025, 1, 1)


def test_payments_in_the_book_are_acts_too() -> None:
    facts = replace(loan(row(1, LAST_DUE, Components(100))), payments=(("P1", date(2025, 5, 5), 40),))
    assert limitation_of(facts).expires_on == date(2028, 5, 5)


@pytest.mark.parametrize("amount", [0, -40])
def test_nothing_paid_is_no_act(amount: int) -> None:
    facts = loan(row(1, LAST_DUE, Components(100)))
    paid_nothing = replace(facts, payments=(("P1", date(2025, 5, 5), amount),))
    assert limitation_of(paid_nothing) == limitation_of(facts)


@given(
    due=st.dates(date(2010, 1, 1), date(2030, 1, 1)),
    gaps=st.lists(st.tuples(st.integers(0, 2000), st.sampled_from(Cause), st.booleans()), max_size=6),
)
def test_an_act_never_brings_the_end_nearer(due: date, gaps: list[tuple[int, Cause, bool]]) -> None:
    acts = [Interruption(due + timedelta(days=days), cause, arrived) for days, cause, arrived in gaps]
    ends = [limitation([due], acts[:n]).expires_on for n in range(len(acts) + 1)]
    assert ends[0] == min(ends)
    assert limitation([due], acts).expires_on == limitation([due], acts[::-1]).expires_on


def test_without_installments_the_period_runs_from_the_day_the_loan_was_paid_out() -> None:
    """Such a loan owes nothing, and its pages ask all the same."""
    facts = replace(
        loan(row(1, date(2026, 3, 10), Components(principal=1))),
        installments=(),
        disbursed_on=date(2025, 5, 5),
        payments=(),
    )
    assert limitation_of(facts).expires_on == date(2028, 5, 5)
