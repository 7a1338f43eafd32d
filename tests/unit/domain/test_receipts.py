"""On what a payment went: by the plan's order, by the law's where that is what the book says, and else it is not guessed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.allocation import Payment
from portal.domain.arrears import arrears_of
from portal.domain.loans import Components, InstallmentFacts, LoanFacts
from portal.domain.plan_progress import progress_of
from portal.domain.receipts import after_paying, receipts
from tests.unit.domain.late_loans import TODAY, late_loan, loan_of
from tests.unit.domain.test_plan_progress import FIRST, THREE

PART = Components(principal=90_000, interest=10_000)


def installment(number: int, due_on: date, paid: Components = Components()) -> InstallmentFacts:  # noqa: B008 - frozen
    return InstallmentFacts(number, due_on, PART, paid)


def test_a_book_that_follows_the_law_tells_on_what_each_payment_went() -> None:
    first, second = date(2026, 8, 15), date(2026, 9, 15)
    loan = loan_of(
        installment(1, first, PART),
        installment(2, second, Components(interest=10_000, principal=20_000)),
        payments=(("a", first, 100_000), ("b", second, 30_000)),
    )
    newest, oldest = receipts(loan, None)
    assert newest.placed is not None
    assert oldest.placed is not None
    assert [(p.due_on, p.parts.total) for p in oldest.placed] == [(first, 100_000)]
    assert [(p.due_on, p.parts) for p in newest.placed] == [
        (second, Components(interest=10_000, principal=20_000))
    ]


def test_one_that_does_not_is_shown_without_a_guess() -> None:
    first = date(2026, 8, 15)
    loan = loan_of(installment(1, first, PART), payments=(("a", first, 70_000),))
    (receipt,) = receipts(loan, None)
    assert receipt.placed is None
    assert receipt.amount == 70_000


def test_a_payment_beyond_all_that_was_open_is_told_with_its_credit() -> None:
    first = date(2026, 8, 15)
    loan = loan_of(installment(1, first, PART), payments=(("a", first, 100_300), ("taken_back", first, 0)))
    (receipt,) = receipts(loan, None)
    assert (receipt.reference, receipt.paid_on, receipt.amount, receipt.credit) == ("a", first, 100_300, 300)
    assert not receipt.is_of_plan


def test_of_one_day_the_later_reference_stands_first_and_a_payment_today_is_told_with_its_credit() -> None:
    first = date(2026, 8, 15)
    loan = loan_of(installment(1, first, PART), payments=(("a", first, 40_000), ("b", first, 60_000)))
    assert [receipt.reference for receipt in receipts(loan, None)] == ["b", "a"]
    would = after_paying(loan_of(installment(1, first)), 100_007, on=TODAY, progress=None)
    assert (would.paid_on, would.amount, would.credit, would.is_of_plan) == (TODAY, 100_007, 7, False)
    assert would.placed is not None
    assert [(placed.due_on, placed.parts) for placed in would.placed] == [(first, PART)]


def test_under_a_plan_the_plans_order_tells() -> None:
    loan = late_loan(payments=(("old", date(2026, 3, 15), 106_619), ("new", FIRST, 150_000)))
    progress = progress_of(THREE, [Payment("new", FIRST, 150_000)], on=FIRST)
    newest, oldest = receipts(loan, progress)
    assert newest.is_of_plan
    assert newest.placed is not None
    assert [placed.parts.total for placed in newest.placed] == [100_000, 50_000]
    assert oldest.placed is None


def test_what_a_payment_would_do_is_what_it_does() -> None:
    loan = late_loan(met=6)
    before = replace(loan, payments=())
    would = after_paying(before, 50_000, on=TODAY, progress=None)
    assert would.placed is not None
    assert sum(placed.parts.total for placed in would.placed) + would.credit == 50_000
    assert would.placed[0].due_on == min(row.due_on for row in loan.installments if not row.is_met)


def late_since_the_books_day() -> LoanFacts:
    """Three late rows of 1,000.00 and 10.00 interest, of which the book, 24 days old, has no penalty but 5.00 in the first."""
    first = replace(row := LATE_ROWS[0], due=row.due + Components(penalty=500))
    return loan_of(
        first,
        *LATE_ROWS[1:],
        InstallmentFacts(4, date(2026, 4, 1), Components(100_000, 1_000), Components()),
        disbursed_on=date(2025, 10, 1),
        as_of=date(2026, 3, 1),
    )


LATE_ROWS = [
    InstallmentFacts(number, day, Components(100_000, 1_000), Components())
    for number, day in enumerate((date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)), start=1)
]


def test_a_payment_of_all_that_is_overdue_pays_the_penalty_grown_since_the_books_day_and_nothing_in_advance() -> (
    None
):
    loan, on = late_since_the_books_day(), date(2026, 3, 25)
    arrears = arrears_of(loan, on=on)
    assert arrears.parts == Components(principal=300_000, interest=3_000, penalty=500 + 3 * 1_184)
    would = after_paying(loan, arrears.total, on=on, progress=None)
    assert would.placed is not None
    assert (sum((placed.parts for placed in would.placed), Components()), would.credit) == (arrears.parts, 0)
    assert [placed.due_on for placed in would.placed] == [row.due_on for row in LATE_ROWS]


def test_grown_penalty_is_paid_before_interest_and_principal() -> None:
    loan, on = late_since_the_books_day(), date(2026, 3, 25)
    would = after_paying(loan, 500 + 1_184 + 100, on=on, progress=None)
    assert would.placed is not None
    assert [(placed.due_on, placed.parts) for placed in would.placed] == [
        (LATE_ROWS[0].due_on, Components(penalty=1_684)),
        (LATE_ROWS[1].due_on, Components(penalty=100)),
    ]


@given(st.integers(1, 350_000))
def test_every_cent_of_a_payment_without_a_plan_is_told(minor: int) -> None:
    would = after_paying(late_since_the_books_day(), minor, on=date(2026, 3, 25), progress=None)
    assert would.placed is not None
    assert sum(placed.parts.total for placed in would.placed) + would.credit == minor


@given(st.lists(st.integers(1, 250_000), max_size=5), st.integers(1, 400_000))
def test_every_cent_of_every_receipt_is_told(sums: Sequence[int], more: int) -> None:
    payments = [Payment(f"p{at}", FIRST + timedelta(days=at), minor) for at, minor in enumerate(sums)]
    progress = progress_of(THREE, payments, on=FIRST + timedelta(days=9))
    loan = late_loan(payments=tuple((p.reference, p.paid_on, p.amount) for p in payments))
    for receipt in [
        *receipts(loan, progress),
        after_paying(loan, more, on=FIRST + timedelta(days=9), progress=progress),
    ]:
        assert receipt.placed is not None
        assert sum(placed.parts.total for placed in receipt.placed) + receipt.credit == receipt.amount
