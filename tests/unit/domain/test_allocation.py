from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.allocation import (
    CN_561,
    CN_PARTS,
    INTEREST_FIRST,
    AllocationOrder,
    Ledger,
    Part,
    Payment,
    Timing,
    allocate,
    allocate_by_date,
    order_of,
    refuse_nothing,
    timing_of,
)
from portal.domain.errors import Conflict, DomainError, NotFound
from portal.domain.loans import Components, InstallmentFacts
from tests.published import Case, published

TODAY = date(2026, 3, 10)
NAMES = {"costs": Part.FEE, "interest": Part.INTEREST, "penalty": Part.PENALTY, "principal": Part.PRINCIPAL}


def row(number: int, due_on: date, **due: int) -> InstallmentFacts:
    return InstallmentFacts(number, due_on, Components(**due), Components())


def minor(text: object) -> int:
    return int(Decimal(str(text)) * 100)


@pytest.mark.parametrize("case", published("rules", "allocation"))
def test_the_statutory_cases_come_out(case: Case) -> None:
    given_, want = case["input"], case["expected"]
    due = {part.value: minor(given_.get(name, 0)) for name, part in NAMES.items()}
    agreed = given_.get("agreed_order")
    order = CN_561 if agreed is None else order_of([NAMES[name] for name in agreed])
    installment = row(1, TODAY - timedelta(days=5), **due)
    ledger = Ledger([installment]).pay(Payment("p", TODAY, minor(given_["payment"])), order=order)
    paid = ledger.installments[0].paid
    for name in ("costs", "interest", "principal"):
        assert getattr(paid, NAMES[name]) == minor(want[name]), name
    assert ledger.installments[0].outstanding.total == minor(want["left"])
    assert ledger.credit == 0


@pytest.mark.parametrize("case", published("engines", "allocation", only="FIN-ALL-01"))
def test_all_interest_due_goes_before_any_principal_in_the_indian_order(case: Case) -> None:
    due = {"overdue": TODAY - timedelta(days=30), "due": TODAY}
    rows = [
        row(n, due[item["state"]], principal=item["principal"], interest=item["interest"])
        for n, item in enumerate(case["inputs"]["instalments"], 1)
    ]
    done = allocate(rows, Payment("p", TODAY, case["inputs"]["payment"]), order=INTEREST_FIRST)
    assert done.rows == tuple(
        (item["instalment"], Components(item["principal"], item["interest"]))
        for item in case["expected"]["allocation"]
    )
    assert done.credit == 0


@pytest.mark.parametrize("case", published("engines", "allocation", only="FIN-ALL-02"))
def test_an_overdue_and_a_due_installment_share_one_payment_and_the_next_closes_the_loan(case: Case) -> None:
    rows = [
        row(i["n"], date.fromisoformat(i["due"]), principal=i["principal"], interest=i["interest"])
        for i in case["inputs"]["instalments"]
    ]
    on = date.fromisoformat(case["inputs"]["payment"]["on"])
    ledger = Ledger(rows).pay(Payment("1", on, case["inputs"]["payment"]["amount"]), order=INTEREST_FIRST)
    third, fourth = ledger.installments
    want_third, want_fourth = case["expected"]["after"]
    assert third.outstanding.principal == want_third["principal_outstanding"]
    assert third.outstanding.total == want_third["total_outstanding"]
    assert fourth.paid.interest == want_fourth["interest_paid"]
    assert fourth.outstanding.total == want_fourth["total_outstanding"]
    closed = ledger.pay(Payment("2", on, 3000), order=INTEREST_FIRST)
    assert all(i.is_met for i in closed.installments)
    assert closed.credit == 0


LATE, NOW, SOON = TODAY - timedelta(days=40), TODAY, TODAY + timedelta(days=20)
FULL = (
    row(1, LATE, principal=100, interest=10, fee=3, penalty=2),
    row(2, NOW, principal=100, interest=9, fee=3),
    row(3, SOON, principal=100, interest=8),
    row(4, SOON + timedelta(days=30), principal=100, interest=7),
)


def test_what_exceeds_all_that_is_due_is_credit_unless_the_order_names_the_future() -> None:
    done = allocate(FULL, Payment("p", TODAY, 300))
    assert done.rows == ((1, Components(100, 10, 3, 2)), (2, Components(100, 9, 3, 0)))
    assert done.credit == 73
    ahead = order_of(CN_PARTS, (Timing.PAST_DUE, Timing.DUE, Timing.IN_ADVANCE))
    assert allocate(FULL, Payment("p", TODAY, 300), order=ahead).rows[2:] == ((3, Components(65, 8)),)


def test_a_payment_in_advance_ends_the_nearer_installment_before_it_touches_the_next() -> None:
    ahead = order_of(CN_PARTS, (Timing.IN_ADVANCE,))
    done = allocate(FULL, Payment("p", TODAY, 110), order=ahead)
    assert done.rows == ((3, Components(100, 8)), (4, Components(0, 2)))


def test_the_oldest_is_served_first_whatever_its_number() -> None:
    rows = (row(1, NOW - timedelta(days=3), principal=50), row(2, LATE, principal=50))
    assert allocate(rows, Payment("p", TODAY, 60)).rows == ((1, Components(10)), (2, Components(50)))


def test_the_same_reference_twice_is_one_payment() -> None:
    once = Ledger(FULL).pay(Payment("A", TODAY, 50))
    assert once.pay(Payment("A", TODAY, 50)) == once
    with pytest.raises(Conflict) as refusal:
        once.pay(Payment("A", TODAY, 51))
    assert refusal.value.code == "payment_reference_taken"


def test_a_reversal_restores_what_was_there_and_counts_once() -> None:
    before = Ledger(FULL).pay(Payment("A", TODAY, 50))
    back = before.pay(Payment("B", TODAY, 500)).reverse("B")
    assert back.installments == before.installments
    assert back.credit == before.credit == 0
    assert back.reverse("B") == back
    assert back.pay(Payment("B", TODAY, 500)) == back


def test_reversing_an_earlier_payment_leaves_the_later_where_it_went() -> None:
    ledger = Ledger(FULL).pay(Payment("A", TODAY, 5)).pay(Payment("B", TODAY, 20)).reverse("A")
    assert ledger.installments[0].paid == Components(principal=10, interest=10)
    assert sum(i.paid.total for i in ledger.installments) == 20


def test_a_reversal_of_nothing_is_refused() -> None:
    with pytest.raises(NotFound) as refusal:
        Ledger(FULL).reverse("nobody's")
    assert refusal.value.code == "payment_unknown"
    assert (refusal.value.field, refusal.value.details) == ("reference", {"reference": "nobody's"})


@pytest.mark.parametrize("amount", [0, -1])
def test_a_payment_is_more_than_nothing(amount: int) -> None:
    with pytest.raises(DomainError) as refusal:
        allocate(FULL, Payment("p", TODAY, amount))
    assert refusal.value.code == "amount_not_positive"


sums = st.integers(0, 10_000)
rows_ = st.lists(st.tuples(st.integers(-200, 200), sums, sums, sums, sums), min_size=0, max_size=8).map(
    lambda items: [
        InstallmentFacts(n, TODAY + timedelta(days=days), Components(p, i, f, x), Components())
        for n, (days, p, i, f, x) in enumerate(items, 1)
    ]
)
orders = st.permutations([(timing, part) for timing in Timing for part in Part]).flatmap(
    lambda steps: st.integers(0, len(steps)).map(lambda n: tuple(steps[:n]))
)


@given(rows=rows_, order=orders, amounts=st.lists(st.integers(1, 60_000), min_size=1, max_size=5))
def test_every_cent_is_allocated_or_held_and_nothing_is_paid_twice(
    rows: list[InstallmentFacts], order: AllocationOrder, amounts: list[int]
) -> None:
    ledger = Ledger(rows)
    for n, amount in enumerate(amounts):
        ledger = ledger.pay(Payment(str(n), TODAY, amount), order=order)
    assert sum(row.paid.total for row in ledger.installments) + ledger.credit == sum(amounts)
    assert all(min(row.outstanding.as_dict().values()) >= 0 for row in ledger.installments)
    for n in reversed(range(len(amounts))):
        ledger = ledger.reverse(str(n))
    assert list(ledger.installments) == rows
    assert ledger.credit == 0


@given(rows=rows_, order=orders, amount=st.integers(1, 60_000))
def test_credit_is_held_only_where_nothing_that_the_order_names_is_open(
    rows: list[InstallmentFacts], order: AllocationOrder, amount: int
) -> None:
    done = allocate(rows, Payment("p", TODAY, amount), order=order)
    placed = dict(done.rows)
    if done.credit:
        left = [row.outstanding - placed.get(row.number, Components()) for row in rows]
        for row, open_ in zip(rows, left, strict=True):
            assert all(getattr(open_, part) == 0 for t, part in order if t is timing_of(row, TODAY))


@pytest.mark.parametrize(("days", "timing"), [(-1, Timing.PAST_DUE), (0, Timing.DUE), (1, Timing.IN_ADVANCE)])
def test_an_installment_is_past_due_from_the_day_after_its_date(days: int, timing: Timing) -> None:
    assert timing_of(row(1, TODAY + timedelta(days=days), principal=1), TODAY) is timing


def test_what_is_refused_is_told_on_its_field() -> None:
    with pytest.raises(DomainError) as nothing:
        refuse_nothing(0, field="sum")
    assert (nothing.value.code, nothing.value.field) == ("amount_not_positive", "sum")
    with pytest.raises(DomainError) as placed:
        allocate(FULL, Payment("p", TODAY, 0))
    assert placed.value.field == "amount"
    refuse_nothing(1)
    with pytest.raises(Conflict) as taken:
        Ledger(FULL).pay(Payment("A", TODAY, 50)).pay(Payment("A", TODAY + timedelta(days=1), 50))
    assert (taken.value.field, taken.value.details) == ("reference", {"reference": "A"})


def test_by_date_a_payment_ends_one_installment_before_the_next_whether_past_or_to_come() -> None:
    """140 of 115, 112 and so on: all of the first, and of the second its fee, its interest and 13 of principal."""
    done = allocate_by_date(tuple(reversed(FULL)), Payment("p", TODAY, 140))
    assert done.rows == ((1, Components(100, 10, 3, 2)), (2, Components(13, 9, 3)))
    whole = allocate_by_date(FULL, Payment("p", TODAY, 450))
    assert (whole.credit, sum(parts.total for _, parts in whole.rows)) == (8, 442)
    principal = allocate_by_date(FULL, Payment("p", TODAY, 150), parts=(Part.PRINCIPAL,))
    assert principal.rows == ((1, Components(100)), (2, Components(50)))


def test_credit_is_that_of_the_payments_that_were_not_reversed() -> None:
    ledger = Ledger(FULL).pay(Payment("A", TODAY, 230)).pay(Payment("B", TODAY, 40))
    assert ledger.credit == (230 + 40) - 227
    assert ledger.reverse("B").credit == 3
    assert [entry.is_reversed for entry in ledger.reverse("B").allocations] == [False, True]


def test_of_two_of_one_day_the_smaller_number_is_served_first() -> None:
    rows = (row(2, LATE, principal=50), row(1, LATE, principal=50))
    assert allocate(rows, Payment("p", TODAY, 60)).rows == ((1, Components(50)), (2, Components(10)))
    assert allocate_by_date(rows, Payment("p", TODAY, 60)).rows == ((1, Components(50)), (2, Components(10)))
