from calendar import isleap
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.arrears import Bucket, LatenessRules, arrears_of, bucket_of
from portal.domain.loans import Components, InstallmentFacts, LenderType, LoanFacts, LoanStatus, Pause
from portal.domain.penalty import paused_days
from tests.published import Case, published

DUE = date(2026, 3, 10)


def row(number: int, due_on: date, due: Components, paid: Components | None = None) -> InstallmentFacts:
    return InstallmentFacts(number, due_on, due, paid or Components())


def loan(*rows: InstallmentFacts, pauses: Sequence[Pause] = (), as_of: date = DUE) -> LoanFacts:
    return LoanFacts(
        loan_ref="L1",
        currency="CNY",
        creditor="C",
        product="cash",
        lender_type=LenderType.BANK,
        status=LoanStatus.ACTIVE,
        disbursed_on=date(2026, 1, 10),
        principal=sum(r.due.principal for r in rows),
        annual_rate_pct=Decimal(12),
        penalty_rate_pct=Decimal("18.25"),
        amortisation="equal_installment",
        interest_method="declining",
        day_count="act/365",
        rounding="half_even",
        every="1 month",
        multiple=None,
        has_guarantor=False,
        as_of=as_of,
        installments=rows,
        pauses=pauses,
    )


def one_late(**changes: object) -> LoanFacts:
    """10,000.00 of principal, 100.00 of interest, due on DUE."""
    return replace(loan(row(1, DUE, Components(1_000_000, 10_000))), **changes)  # type: ignore[arg-type]


def test_on_its_due_date_nothing_is_overdue_and_the_day_after_it_is_day_one() -> None:
    assert not arrears_of(one_late(), on=DUE).is_overdue
    next_day = arrears_of(one_late(), on=DUE + timedelta(days=1))
    assert (next_day.days_past_due, next_day.delinquent_days, next_day.bucket) == (1, 1, "M1")


def test_where_the_due_date_counts_it_is_day_one_itself() -> None:
    rules = LatenessRules(due_date_counts=True)
    assert arrears_of(one_late(), on=DUE, rules=rules).days_past_due == 1
    assert arrears_of(one_late(), on=DUE - timedelta(days=1), rules=rules).days_past_due == 0


def test_arrears_are_counted_by_component_from_the_oldest_unpaid_date() -> None:
    facts = loan(
        row(1, date(2026, 2, 10), Components(100, 10), Components(100, 10)),
        row(2, date(2026, 3, 10), Components(100, 9, 5, 2), Components(40, 9)),
        row(3, date(2026, 4, 10), Components(100, 8)),
        row(4, date(2026, 5, 10), Components(100, 7)),
        as_of=date(2026, 4, 20),
    )
    late = arrears_of(facts, on=date(2026, 4, 20))
    assert late.parts == Components(160, 8, 5, 2)
    assert late.oldest_unpaid_on == date(2026, 3, 10)
    assert late.days_past_due == 41
    assert [r.number for r in late.installments] == [2, 3]
    assert late.bucket == "M2"


def test_a_loan_without_arrears_has_no_bucket() -> None:
    late = arrears_of(loan(row(1, DUE, Components(100), Components(100))), on=DUE + timedelta(days=400))
    assert (late.is_overdue, late.oldest_unpaid_on, late.bucket, late.total) == (False, None, None, 0)


def test_penalty_is_the_books_up_to_as_of_and_grows_simply_from_there() -> None:
    facts = loan(row(1, DUE, Components(1_000_000, 10_000, 0, 700)), as_of=DUE + timedelta(days=20))
    assert arrears_of(facts, on=DUE + timedelta(days=20)).parts.penalty == 700
    grown = arrears_of(facts, on=DUE + timedelta(days=23))
    assert grown.accrued_penalty == 1_500  # 10,000.00 at 18.25 % / 365 a day: 5.00
    assert grown.book.penalty == 700
    assert grown.parts.penalty == 2_200


def test_penalty_starts_at_the_due_date_where_the_book_is_older() -> None:
    facts = one_late(as_of=DUE - timedelta(days=30))
    assert arrears_of(facts, on=DUE + timedelta(days=1)).accrued_penalty == 500


def test_penalty_falls_on_unpaid_principal_alone_and_stops_in_a_pause() -> None:
    facts = loan(row(1, DUE, Components(1_000_000, 10_000), Components(500_000)))
    on = DUE + timedelta(days=10)
    assert arrears_of(facts, on=on).accrued_penalty == 2_500
    paused = replace(facts, pauses=(Pause(DUE + timedelta(days=4), None),))
    assert arrears_of(paused, on=on).accrued_penalty == 1_000
    runs = LatenessRules(penalty_runs_while_paused=True)
    assert arrears_of(paused, on=on, rules=runs).accrued_penalty == 2_500


@pytest.mark.parametrize(
    ("day_count", "years"),
    [
        ("act/365", Decimal(36) / 365),
        ("30/360", Decimal(36) / 365),
        ("act/360", Decimal(36) / 360),
        ("act/364", Decimal(36) / 364),
        ("act/act", Decimal(30) / 365 + Decimal(6) / 366),
    ],
)
def test_the_penaltys_year_is_that_of_the_loans_day_count(day_count: str, years: Decimal) -> None:
    december = date(2027, 12, 1)
    facts = replace(loan(row(1, december, Components(1_000_000)), as_of=december), day_count=day_count)
    grown = arrears_of(facts, on=december + timedelta(days=36)).accrued_penalty
    assert grown == round(1_000_000 * Decimal("0.1825") * years)


def test_pauses_count_once_where_they_overlap_and_only_inside_the_unpaid_time() -> None:
    start, end = date(2026, 3, 1), date(2026, 3, 31)
    pauses = (
        Pause(date(2026, 2, 1), date(2026, 3, 3)),
        Pause(date(2026, 3, 10), date(2026, 3, 15)),
        Pause(date(2026, 3, 12), date(2026, 3, 20)),
        Pause(date(2026, 3, 13), date(2026, 3, 13)),
        Pause(date(2026, 3, 29), None),
        Pause(date(2026, 4, 5), date(2026, 4, 9)),
    )
    assert paused_days(start, end, pauses) == 2 + 10 + 2


def test_a_pause_before_the_oldest_unpaid_date_takes_no_day_off() -> None:
    facts = replace(one_late(), pauses=(Pause(DUE - timedelta(days=9), DUE),))
    assert arrears_of(facts, on=DUE + timedelta(days=12)).delinquent_days == 12


@pytest.mark.parametrize(
    ("days", "code"),
    [
        (0, None),
        (1, "M1"),
        (30, "M1"),
        (31, "M2"),
        (60, "M2"),
        (61, "M3"),
        (90, "M3"),
        (91, "M4+"),
        (9999, "M4+"),
    ],
)
def test_buckets_begin_and_end_where_the_glossary_says(days: int, code: str | None) -> None:
    assert bucket_of(days) == code


PEER_RANGES = tuple(
    Bucket(code, first, last)
    for code, first, last in [
        ("RANGE_1", 1, 3),
        ("RANGE_3", 4, 30),
        ("RANGE_30", 31, 60),
        ("RANGE_60", 61, None),
    ]
)
STALE_AT_THE_PEER = {
    ("FIN-DPD-03", "2023-10-15"),
    ("FIN-DPD-03", "2023-10-26"),
    ("FIN-DPD-03", "2023-11-14"),
    ("FIN-DPD-03", "2023-11-30"),
}
"""Days on which the peer shows the range of its last run (docs/decisions/0020-buckets-follow-the-days.md)."""


@pytest.mark.parametrize("case", published("engines", "delinquency"))
def test_days_late_are_the_published_ones_on_every_day_of_the_timeline(case: Case) -> None:
    given_ = case["inputs"]
    rows = [
        row(n, date.fromisoformat(item["due"]), Components(item["amount"] * 100))
        for n, item in enumerate(given_["instalments"], 1)
    ]
    rules = LatenessRules(grace_days=given_["grace_on_arrears_days"], buckets=PEER_RANGES)
    pauses: list[Pause] = []
    checks = 0
    for step in case["expected"]["timeline"]:
        on = date.fromisoformat(step["on"])
        if step.get("event") == "pause":
            pauses.append(Pause(on, date.fromisoformat(step["end"])))
        elif step.get("event") == "resume":
            pauses[-1] = replace(pauses[-1], end=on)
        else:
            late = arrears_of(loan(*rows, pauses=tuple(pauses)), on=on, rules=rules)
            want = step["check"]
            assert late.days_past_due == want["past_due_days"], on
            assert late.delinquent_days == want["delinquent_days"], on
            assert late.delinquent_from == date.fromisoformat(want["delinquent_date"]), on
            assert late.book.total == want["delinquent_amount"] * 100, on
            shown = "NO_DELINQUENCY" if late.bucket is None else late.bucket
            if (case["id"], step["on"]) in STALE_AT_THE_PEER:
                assert shown != want["classification"], on
            else:
                assert shown == want["classification"], on
            checks += 1
    assert checks >= 6


days = st.integers(0, 400).map(lambda n: DUE + timedelta(days=n))


@given(
    on=days, grace=st.integers(0, 30), spans=st.lists(st.tuples(st.integers(-40, 400), st.integers(-5, 90)))
)
def test_delinquent_days_never_pass_the_days_past_due_nor_fall_below_zero(
    on: date, grace: int, spans: list[tuple[int, int]]
) -> None:
    pauses = tuple(Pause(DUE + timedelta(days=a), DUE + timedelta(days=a + n)) for a, n in spans)
    late = arrears_of(one_late(pauses=pauses), on=on, rules=LatenessRules(grace_days=grace))
    assert 0 <= late.delinquent_days <= late.days_past_due == (on - DUE).days
    by_day = sum(
        any(p.start <= d < (p.end or d) for p in pauses)
        for d in (DUE + timedelta(n) for n in range((on - DUE).days))
    )
    assert late.paused_days == by_day


@given(on=days, later=st.integers(0, 100), principal=st.integers(0, 10**9))
def test_penalty_never_shrinks_as_days_pass(on: date, later: int, principal: int) -> None:
    facts = loan(row(1, DUE, Components(principal, 1)))
    first = arrears_of(facts, on=on).accrued_penalty
    assert 0 <= first <= arrears_of(facts, on=on + timedelta(days=later)).accrued_penalty


@given(
    on=days,
    spans=st.lists(st.tuples(st.integers(-40, 400), st.integers(-5, 90)), max_size=3),
    principal=st.integers(1, 10**11),
    rate=st.decimals(0, 36, places=4),
    day_count=st.sampled_from(["act/365", "30/360", "act/360", "act/364", "act/act"]),
)
def test_penalty_is_each_free_days_own_part_of_its_year_rounded_once(
    on: date, spans: list[tuple[int, int]], principal: int, rate: Decimal, day_count: str
) -> None:
    pauses = tuple(Pause(DUE + timedelta(days=a), DUE + timedelta(days=a + n)) for a, n in spans)
    changes = {"pauses": pauses, "penalty_rate_pct": rate, "day_count": day_count}
    late = arrears_of(replace(loan(row(1, DUE, Components(principal))), **changes), on=on)  # type: ignore[arg-type]
    free = [
        day
        for day in (DUE + timedelta(n) for n in range((on - DUE).days))
        if not any(p.start <= day < (p.end or date.max) for p in pauses)
    ]
    years = sum((Fraction(1, days_of_year(day_count, day)) for day in free), Fraction())
    assert late.accrued_penalty == round(principal * Fraction(rate) / 100 * years)


def days_of_year(day_count: str, day: date) -> int:
    """Of one night, which ``act/act`` counts to the year of its morning."""
    if day_count == "act/act":
        return 366 if isleap((day + timedelta(1)).year) else 365
    return {"act/360": 360, "act/364": 364}.get(day_count, 365)
