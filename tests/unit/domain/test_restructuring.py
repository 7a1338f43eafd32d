"""Changes to a running schedule, as the peers' tests state them."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.arrears import LatenessRules, arrears_of
from portal.domain.calendar import Every
from portal.domain.errors import DomainError
from portal.domain.loans import Components, InstallmentFacts
from portal.domain.restructuring import extend_term, reage, reamortise
from portal.domain.rounding import Rounding
from portal.domain.schedules import Schedule, ScheduleRow, ScheduleTerms, schedule_of
from tests.published import Case, published
from tests.unit.domain.late_loans import loan_of

YUAN = 100


def minor(amount: object) -> int:
    return int(Decimal(str(amount)) * 100)


def day(text: str) -> date:
    return date.fromisoformat(text)


def with_down_payment(inputs: Case) -> tuple[Schedule, ScheduleTerms]:
    """The schedule as disbursed: a down payment on the first day where the case has one."""
    principal, disbursed_on = minor(inputs["principal"]), day(inputs["disbursed"])
    down = principal * inputs["down_payment_pct"] // 100
    terms = ScheduleTerms(
        principal=principal - down,
        annual_rate_pct=Decimal(str(inputs["annual_rate_pct"])),
        installments=inputs["n"],
        every=Every.parse(inputs["every"]),
        disbursed_on=disbursed_on,
    )
    rows = schedule_of(terms).rows
    if not down:
        return Schedule(rows), terms
    first = ScheduleRow(1, disbursed_on, down, 0, principal - down)
    return Schedule([first, *(row._replace(number=row.number + 1) for row in rows)]), terms


@pytest.mark.parametrize("case", [c for c in published("engines", "reschedule") if "RSC" in str(c.id)])
def test_a_term_is_extended_as_published(case: Case) -> None:
    schedule, terms = with_down_payment(case["inputs"])
    request = case["inputs"]["request"]
    adjusted = request.get("adjustedDueDate")
    extended = extend_term(
        schedule,
        terms,
        from_due_on=day(request["rescheduleFromDate"]),
        extra_installments=int(request["extraTerms"]),
        moved_to=day(adjusted) if adjusted else None,
    )
    found = [(r.number, r.due_on, r.principal, r.due, r.balance) for r in extended.rows]
    assert found == [
        (row["n"], day(row["due_date"]), minor(row["principal"]), minor(row["due"]), minor(row["balance"]))
        for row in case["expected"]["rows_after"]
    ]


def installments_before(case: Case) -> list[InstallmentFacts]:
    return [
        InstallmentFacts(
            row["n"],
            day(row["due_date"]),
            Components(principal=minor(row["due"])),
            Components(principal=minor(row["paid"])),
        )
        for row in case["expected"]["rows_before"]
    ]


def assert_after(rows: list[InstallmentFacts], case: Case) -> None:
    expected = [
        (row["n"], day(row["due_date"]), minor(row["due"]), minor(row["paid"]), minor(row["outstanding"]))
        for row in case["expected"]["rows_after"]
    ]
    found = [(r.number, r.due_on, r.due.total, r.paid.total, r.outstanding.total) for r in rows]
    assert found == expected


@pytest.mark.parametrize("case", published("engines", "reamortise"))
def test_arrears_are_spread_over_what_is_left_as_published(case: Case) -> None:
    rows = reamortise(
        installments_before(case), as_of=day(case["inputs"]["as_of"]), rounding=Rounding.HALF_EVEN, unit=YUAN
    )
    assert_after(rows, case)


@pytest.mark.parametrize("case", published("engines", "reage"))
def test_arrears_are_aged_anew_as_published(case: Case) -> None:
    asked, as_of = case["inputs"]["re_age"], day(case["inputs"]["as_of"])
    before = installments_before(case)
    rows = reage(
        before,
        as_of=as_of,
        first_due_on=day(asked["startDate"]),
        every=Every.parse(f"{asked['frequencyNumber']} {asked['frequencyType']}"),
        count=int(asked["numberOfInstallments"]),
        rounding=Rounding.HALF_EVEN,
    )
    assert_after(rows, case)
    late = arrears_of(loan_of(*before), on=as_of, rules=LatenessRules(grace_days=3))
    assert (late.delinquent_from, late.bucket) == (date(2024, 1, 19), "M2")
    assert arrears_of(loan_of(*rows), on=as_of).days_past_due == 0


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**4)), min_size=2, max_size=24),
    st.integers(1, 23),
    st.sampled_from(list(Rounding)),
)
def test_no_cent_is_lost_when_arrears_are_spread(
    dues: list[tuple[int, int]], past: int, rounding: Rounding
) -> None:
    start, month = date(2026, 1, 31), Every.parse("1 month")
    rows = [
        InstallmentFacts(n + 1, month.after(start, n), Components(principal, interest), Components())
        for n, (principal, interest) in enumerate(dues)
    ]
    as_of = rows[min(past, len(rows) - 1) - 1].due_on
    spread = reamortise(rows, as_of=as_of, rounding=rounding)
    total = sum((row.due for row in rows), Components())
    assert sum((row.due for row in spread), Components()) == total
    assert not any(row.outstanding.total for row in spread if row.due_on <= as_of)


def test_arrears_need_something_left_to_go_on() -> None:
    row = InstallmentFacts(1, date(2026, 1, 31), Components(100), Components())
    with pytest.raises(DomainError, match="no_installments_left"):
        reamortise([row], as_of=date(2026, 2, 1), rounding=Rounding.HALF_EVEN)


def test_a_term_is_extended_from_a_due_date_alone() -> None:
    terms = ScheduleTerms(
        principal=1000,
        annual_rate_pct=Decimal(0),
        installments=2,
        every=Every.parse("1 month"),
        disbursed_on=date(2026, 1, 1),
    )
    with pytest.raises(DomainError, match="no_row_on_date"):
        extend_term(schedule_of(terms), terms, from_due_on=date(2026, 2, 2))


def test_ageing_anew_refuses_dates_behind_and_between() -> None:
    rows = [
        InstallmentFacts(1, date(2026, 1, 31), Components(100), Components()),
        InstallmentFacts(2, date(2026, 3, 31), Components(100), Components()),
    ]
    asked = {"every": Every.parse("1 month"), "count": 2, "rounding": Rounding.HALF_EVEN}
    with pytest.raises(DomainError, match="first_date_not_after_start"):
        reage(rows, as_of=date(2026, 2, 1), first_due_on=date(2026, 2, 1), **asked)  # type: ignore[arg-type]
    with pytest.raises(DomainError, match="dates_not_rising"):
        reage(rows, as_of=date(2026, 2, 1), first_due_on=date(2026, 3, 1), **asked)  # type: ignore[arg-type]


MONTH = Every.parse("1 month")


def part(number: int, due_on: date, due: Components, paid: Components | None = None) -> InstallmentFacts:
    return InstallmentFacts(number, due_on, due, paid or Components())


PARTLY_PAID = [
    part(1, date(2026, 1, 31), Components(100, 10, 4, 2), Components(30, 10)),
    part(2, date(2026, 2, 28), Components(100, 8)),
    part(3, date(2026, 3, 31), Components(100, 6), Components(0, 1)),
    part(4, date(2026, 4, 30), Components(100, 4)),
]


def test_each_component_is_spread_by_itself_and_what_was_paid_stays() -> None:
    """Up to 28 February 170 of principal, 8 of interest, 4 of fees and 2 of penalty are unpaid: halves of each."""
    rows = reamortise(PARTLY_PAID, as_of=date(2026, 2, 28), rounding=Rounding.HALF_EVEN)
    assert rows == [
        part(1, date(2026, 1, 31), Components(30, 10), Components(30, 10)),
        part(2, date(2026, 2, 28), Components()),
        part(3, date(2026, 3, 31), Components(185, 10, 2, 1), Components(0, 1)),
        part(4, date(2026, 4, 30), Components(185, 8, 2, 1)),
    ]


def test_what_is_not_yet_due_on_the_day_is_not_spread() -> None:
    """On the eve of 28 February 70 of principal, 4 of fees and 2 of penalty are unpaid: thirds, and the last takes the rest."""
    eve = reamortise(PARTLY_PAID, as_of=date(2026, 2, 27), rounding=Rounding.HALF_EVEN)
    assert [row.due for row in eve] == [
        Components(30, 10),
        Components(123, 8, 1),
        Components(123, 6, 1),
        Components(124, 4, 2, 2),
    ]


def test_what_is_aged_anew_falls_due_from_the_new_date_with_numbers_of_its_own() -> None:
    rows = reage(
        PARTLY_PAID[:2],
        as_of=date(2026, 3, 1),
        first_due_on=date(2026, 3, 2),
        every=MONTH,
        count=2,
        rounding=Rounding.FLOOR,
    )
    assert rows == [
        part(1, date(2026, 1, 31), Components(30, 10), Components(30, 10)),
        part(2, date(2026, 2, 28), Components()),
        part(3, date(2026, 3, 2), Components(85, 4, 2, 1)),
        part(4, date(2026, 4, 2), Components(85, 4, 2, 1)),
    ]


def test_new_dates_come_after_those_that_are_still_to_come() -> None:
    asked = {"as_of": date(2026, 2, 28), "every": MONTH, "count": 1, "rounding": Rounding.FLOOR}
    rows = reage(PARTLY_PAID, first_due_on=date(2026, 5, 1), **asked)  # type: ignore[arg-type]
    assert [(row.number, row.due_on.month) for row in rows] == [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5)]
    assert rows[2:4] == PARTLY_PAID[2:]
    for first, code in [
        (date(2026, 4, 30), "dates_not_rising"),
        (date(2026, 2, 28), "first_date_not_after_start"),
    ]:
        with pytest.raises(DomainError) as refused:
            reage(PARTLY_PAID, first_due_on=first, **asked)  # type: ignore[arg-type]
        assert (refused.value.code, refused.value.field) == (code, "first_due_on")


INTEREST_FREE = ScheduleTerms(
    principal=1_200,
    annual_rate_pct=Decimal(0),
    installments=4,
    every=MONTH,
    disbursed_on=date(2026, 1, 1),
)


def extended(
    from_due_on: date, extra: int = 0, moved_to: date | None = None
) -> list[tuple[int, date, int, int]]:
    schedule = schedule_of(INTEREST_FREE)
    found = extend_term(
        schedule, INTEREST_FREE, from_due_on=from_due_on, extra_installments=extra, moved_to=moved_to
    )
    return [(row.number, row.due_on, row.principal, row.balance) for row in found.rows]


def test_a_longer_term_splits_the_principal_that_is_left() -> None:
    """Four of 300; of 900 left after the first three become five."""
    assert extended(date(2026, 3, 1), extra=2) == [
        (1, date(2026, 2, 1), 300, 900),
        (2, date(2026, 3, 1), 180, 720),
        (3, date(2026, 4, 1), 180, 540),
        (4, date(2026, 5, 1), 180, 360),
        (5, date(2026, 6, 1), 180, 180),
        (6, date(2026, 7, 1), 180, 0),
    ]


def test_from_the_first_row_on_all_of_it_may_move() -> None:
    assert extended(date(2026, 2, 1)) == [
        (n, date(2026, n + 1, 1), 300, 1_200 - 300 * n) for n in (1, 2, 3, 4)
    ]
    moved = extended(date(2026, 2, 1), moved_to=date(2026, 2, 15))
    assert [(row[0], row[1]) for row in moved] == [(n, date(2026, n + 1, 15)) for n in (1, 2, 3, 4)]
    last = extended(date(2026, 5, 1), extra=1)
    assert [row[2] for row in last] == [300, 300, 300, 150, 150]


@pytest.mark.parametrize("day", [date(2026, 1, 31), date(2026, 2, 2), date(2026, 5, 2), date(2027, 1, 1)])
def test_a_day_on_which_nothing_falls_due_is_refused_on_its_field(day: date) -> None:
    with pytest.raises(DomainError, match=r"^no_row_on_date$") as refused:
        extended(day)
    assert refused.value.field == "from_due_on"


def test_where_nothing_is_left_to_come_arrears_cannot_be_spread() -> None:
    with pytest.raises(DomainError, match=r"^no_installments_left$"):
        reamortise(PARTLY_PAID, as_of=date(2026, 4, 30), rounding=Rounding.FLOOR)
    assert reamortise(PARTLY_PAID, as_of=date(2026, 4, 29), rounding=Rounding.FLOOR)[-1].due.principal == 370
