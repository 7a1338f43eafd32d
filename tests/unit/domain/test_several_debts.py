from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import DomainError
from portal.domain.several_debts import Debt, allocate_among
from tests.published import Case, published
from tests.unit.domain.refusals import refusal

TODAY = date(2026, 3, 1)


def minor(text: str) -> int:
    return int(Decimal(text) * 100)


@pytest.mark.parametrize("case", published("rules", "allocation_multi"))
def test_the_statutory_cases_come_out(case: Case) -> None:
    given_ = case["input"]
    debts = [
        Debt(
            item["id"],
            date.fromisoformat(item["due"]),
            minor(item["amount"]),
            security=int(item.get("secured", False)) * minor(item["amount"]),
            annual_rate_pct=Decimal(item.get("annual_rate", "0")) * 100,
        )
        for item in given_["debts"]
    ]
    done = allocate_among(
        debts,
        minor(given_["payment"]),
        on=date.fromisoformat(given_.get("as_of", TODAY.isoformat())),
        designated=given_.get("designate"),
    )
    assert done.paid == {ref: minor(amount) for ref, amount in case["expected"].items()}
    assert done.credit == 0


def test_what_the_designated_debt_does_not_need_follows_the_law() -> None:
    debts = [Debt("A", date(2026, 1, 10), 600), Debt("C", date(2027, 2, 10), 600)]
    assert allocate_among(debts, 700, on=TODAY, designated="C").paid == {"C": 600, "A": 100}


def test_among_debts_due_the_least_secured_then_the_heaviest_then_the_earliest_is_served() -> None:
    day = date(2026, 1, 10)
    debts = [
        Debt("secured", day, 100, security=500, annual_rate_pct=Decimal(30)),
        Debt("light", day, 100, annual_rate_pct=Decimal(6)),
        Debt("heavy late", date(2026, 2, 10), 100, annual_rate_pct=Decimal(12)),
        Debt("heavy early", day, 100, annual_rate_pct=Decimal(12)),
        Debt("not due", date(2026, 9, 1), 100, annual_rate_pct=Decimal(36)),
    ]
    ranked = ["heavy early", "heavy late", "light", "secured", "not due"]
    for served in range(1, 6):
        paid = allocate_among(debts, 100 * served, on=TODAY).paid
        assert {ref for ref, amount in paid.items() if amount} == set(ranked[:served])


def test_equal_debts_share_in_proportion() -> None:
    debts = [Debt("a", TODAY, 300), Debt("b", TODAY, 100), Debt("c", TODAY, 100)]
    assert allocate_among(debts, 101, on=TODAY).paid == {"a": 61, "b": 20, "c": 20}


def test_more_than_all_debts_is_credit_and_an_unknown_designation_is_refused() -> None:
    debts = [Debt("a", TODAY, 300)]
    assert allocate_among(debts, 301, on=TODAY).credit == 1
    with pytest.raises(DomainError) as refused:
        allocate_among(debts, 1, on=TODAY, designated="b")
    assert refused.value.code == "debt_unknown"
    with pytest.raises(DomainError):
        allocate_among(debts, 0, on=TODAY)


debts_ = st.lists(
    st.tuples(
        st.dates(date(2025, 1, 1), date(2027, 1, 1)),
        st.integers(0, 9999),
        st.integers(0, 2),
        st.integers(0, 2),
    ),
    max_size=8,
).map(
    lambda rows: [
        Debt(str(n), on, a, security=s, annual_rate_pct=Decimal(r)) for n, (on, a, s, r) in enumerate(rows)
    ]
)


@given(debts=debts_, amount=st.integers(1, 50_000))
def test_shares_and_credit_add_up_and_no_debt_gets_more_than_it_is(debts: list[Debt], amount: int) -> None:
    done = allocate_among(debts, amount, on=TODAY)
    assert sum(done.paid.values()) + done.credit == amount
    assert all(0 <= done.paid[debt.ref] <= debt.amount for debt in debts)
    assert done.credit == 0 or all(done.paid[debt.ref] == debt.amount for debt in debts)


def test_what_cannot_be_placed_is_refused_beside_its_field() -> None:
    debts = [Debt("a", TODAY, 300)]
    for amount in (0, -1):
        assert refusal(partial(allocate_among, debts, amount, on=TODAY)) == (
            "amount_not_positive",
            "amount",
            None,
        )
    assert refusal(partial(allocate_among, debts, 1, on=TODAY, designated="b")) == (
        "debt_unknown",
        "designated",
        None,
    )
    assert allocate_among(debts, 1, on=TODAY).paid == {"a": 1}


def test_a_debt_is_due_on_its_day_and_every_debt_is_named() -> None:
    tomorrow = date(2026, 3, 2)
    debts = [
        Debt("tomorrow", tomorrow, 100, annual_rate_pct=Decimal(36)),
        Debt("today", TODAY, 100),
    ]
    assert allocate_among(debts, 100, on=TODAY).paid == {"tomorrow": 0, "today": 100}
    assert allocate_among(debts, 100, on=tomorrow).paid == {"tomorrow": 100, "today": 0}
