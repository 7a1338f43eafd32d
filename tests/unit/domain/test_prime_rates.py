"""The one-year prime rate: what was published, until when that is known, and what an operator adds."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from portal.domain.errors import DomainError
from portal.domain.loans import LenderType
from portal.domain.prime_rates import PUBLISHED_1Y, refuse_rate
from portal.domain.rate_caps import cap_of, know_prime_rates, known_prime_rates, law_cap_of

TODAY = date(2026, 11, 2)


@pytest.fixture(autouse=True)
def _nothing_further() -> None:
    know_prime_rates({})


@pytest.mark.parametrize(
    ("day", "pct"),
    [
        (date(2019, 8, 19), None),
        (date(2019, 8, 20), "4.25"),
        (date(2020, 8, 20), "3.85"),
        (date(2021, 12, 19), "3.85"),
        (date(2021, 12, 20), "3.80"),
        (date(2024, 10, 20), "3.35"),
        (date(2024, 10, 21), "3.10"),
        (date(2025, 9, 21), "3.00"),
        (date(2025, 10, 23), "3.00"),
        (date(2025, 10, 24), None),
    ],
)
def test_the_newest_figure_published_by_then_holds(day: date, pct: str | None) -> None:
    assert PUBLISHED_1Y.on(day) == (None if pct is None else Decimal(pct))


def test_a_contract_of_any_day_since_the_law_has_a_cap_as_far_as_figures_are_known() -> None:
    assert cap_of(LenderType.PRIVATE, date(2020, 8, 19)).pct is None
    assert cap_of(LenderType.PRIVATE, date(2020, 8, 20)).pct == Decimal("15.40")
    assert cap_of(LenderType.PRIVATE, date(2024, 5, 1)).pct == Decimal("13.80")
    assert cap_of(LenderType.PRIVATE, date(2026, 1, 5)).pct is None


def test_what_an_operator_adds_holds_for_a_month_and_no_longer() -> None:
    added = replace(PUBLISHED_1Y, further={date(2026, 1, 20): Decimal("2.90")})
    assert added.on(date(2026, 1, 19)) is None
    assert added.on(date(2026, 1, 20)) == added.on(date(2026, 2, 20)) == Decimal("2.90")
    assert added.on(date(2026, 2, 21)) is None
    assert added.on(date(2025, 9, 30)) == Decimal("3.00")
    assert (added.newest, PUBLISHED_1Y.newest) == (date(2026, 1, 20), date(2025, 9, 22))
    assert (added.covers(date(2026, 2, 1)), added.covers(date(2026, 3, 1))) == (True, False)


def test_caps_go_by_what_was_added_at_once() -> None:
    day = date(2026, 1, 25)
    assert law_cap_of(LenderType.PRIVATE, day).pct is None
    know_prime_rates({date(2026, 1, 20): Decimal("2.90")})
    assert law_cap_of(LenderType.PRIVATE, day).pct == cap_of(LenderType.PRIVATE, day).pct == Decimal("11.60")
    assert known_prime_rates().newest == date(2026, 1, 20)
    know_prime_rates({})
    assert law_cap_of(LenderType.PRIVATE, day).pct is None


@pytest.mark.parametrize(
    ("published_on", "pct", "code", "field", "rule"),
    [
        (TODAY + timedelta(days=18), "3.00", "date_in_future", "published_on", None),
        (date(2025, 9, 22), "3.00", "rate_known_already", "published_on", "P07"),
        (date(2024, 10, 21), "9.00", "rate_known_already", "published_on", "P07"),
        (date(2026, 10, 19), "3.00", "rate_day_unlikely", "published_on", "P07"),
        (date(2026, 10, 29), "3.00", "rate_day_unlikely", "published_on", "P07"),
        (date(2026, 10, 20), "0", "rate_unlikely", "pct", "P07"),
        (date(2026, 10, 20), "-1", "rate_unlikely", "pct", "P07"),
        (date(2026, 10, 20), "10.01", "rate_unlikely", "pct", "P07"),
        (date(2026, 10, 20), "3.001", "rate_unlikely", "pct", "P07"),
        (date(2026, 10, 20), "1E+1", "rate_unlikely", "pct", "P07"),
        (date(2026, 10, 20), "NaN", "rate_unlikely", "pct", "P07"),
        (date(2026, 10, 20), "Infinity", "rate_unlikely", "pct", "P07"),
    ],
)
def test_what_can_be_no_figure_of_a_month_is_refused(
    published_on: date, pct: str, code: str, field: str, rule: str | None
) -> None:
    with pytest.raises(DomainError, match=f"^{code}$") as refused:
        refuse_rate(published_on, Decimal(pct), today=TODAY)
    assert (refused.value.field, refused.value.rule) == (field, rule)
    until = {"until": "2025-09-22"} if code == "rate_known_already" else {}
    assert refused.value.details == until


def test_a_figure_is_added_on_the_day_on_which_it_is_published() -> None:
    refuse_rate(date(2026, 10, 20), Decimal("3.00"), today=date(2026, 10, 20))
    with pytest.raises(DomainError, match=r"^date_in_future$"):
        refuse_rate(date(2026, 10, 21), Decimal("3.00"), today=date(2026, 10, 20))


def test_what_was_published_is_not_overruled_by_what_somebody_added() -> None:
    added = replace(
        PUBLISHED_1Y, further={date(2025, 9, 22): Decimal("9.00"), date(2025, 8, 20): Decimal("2.90")}
    )
    assert added.on(date(2025, 9, 22)) == Decimal("3.00")
    assert added.newest == date(2025, 9, 22)


def test_a_figure_holds_a_month_also_where_a_later_one_is_missing() -> None:
    """Between two that were added lies a month of which nobody knows the figure."""
    further = {date(2026, 1, 20): Decimal("2.90"), date(2026, 4, 20): Decimal("2.80")}
    added = replace(PUBLISHED_1Y, further=further)
    assert added.on(date(2026, 2, 20)) == Decimal("2.90")
    assert added.on(date(2026, 3, 20)) is None
    assert added.on(date(2026, 4, 20)) == Decimal("2.80")
    assert added.newest == date(2026, 4, 20)


def test_a_figure_of_a_day_on_which_one_may_come_is_taken() -> None:
    for day, pct in ((20, "3"), (28, "10.00"), (21, "2.9"), (21, "0.01")):
        refuse_rate(date(2026, 10, day), Decimal(pct), today=TODAY)
