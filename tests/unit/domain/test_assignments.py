"""A loan that was handed on (rule C21)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.domain.assignments import Assignment, checked_proof, handed_on, refuse_telling
from portal.domain.errors import DomainError

LAST, FIRST = date(2026, 10, 26), date(2026, 11, 2)
DAY = timedelta(days=1)
TO_B = Assignment(former_creditor="A", former_until=LAST, on=FIRST)


def to(
    creditor: str, before: Assignment | None = None, *, former: str = "A", noticed_on: date | None = None
) -> Assignment | None:
    return handed_on(
        before, former_creditor=former, creditor=creditor, former_until=LAST, on=FIRST, noticed_on=noticed_on
    )


def test_a_book_that_names_another_creditor_hands_the_loan_on_untold() -> None:
    assert to("B") == TO_B


@pytest.mark.parametrize(
    ("noticed_on", "counts"),
    [(LAST, False), (LAST + DAY, False), (FIRST - DAY, False), (FIRST, True), (FIRST + DAY, True)],
)
def test_a_notice_to_all_counts_by_itself_from_the_first_book_that_names_the_creditor(
    noticed_on: date, counts: bool
) -> None:
    """One between the two books may have been about other loans that the creditor bought earlier."""
    assert to("B", noticed_on=noticed_on) == replace(TO_B, told_on=noticed_on if counts else None)


def test_whoever_had_it_in_between_is_nobody_that_the_borrower_knows() -> None:
    found = handed_on(
        TO_B, former_creditor="B", creditor="C", former_until=FIRST, on=FIRST + 7 * DAY, noticed_on=None
    )
    assert found == Assignment(former_creditor="A", former_until=LAST, on=FIRST + 7 * DAY)


def test_back_with_whom_the_borrower_knows_there_is_nothing_to_tell() -> None:
    assert to("A", TO_B, former="B") is None


def test_back_after_a_notice_it_is_handed_on_once_more() -> None:
    assert to("A", replace(TO_B, told_on=FIRST), former="B") == replace(TO_B, former_creditor="B")


@pytest.mark.parametrize(
    ("told_on", "code"),
    [(FIRST + DAY, "date_in_future"), (LAST - DAY, "told_before_assignment")],
)
def test_nobody_is_told_in_days_to_come_nor_while_the_books_name_the_creditor_of_before(
    told_on: date, code: str
) -> None:
    with pytest.raises(DomainError, match=code):
        refuse_telling(told_on, former_until=LAST, today=FIRST)


def test_the_first_and_the_last_possible_day_are_taken() -> None:
    for told_on in (LAST, FIRST):
        refuse_telling(told_on, former_until=LAST, today=FIRST)


@pytest.mark.parametrize("typed", ["EMS-2026-0001", " 1234 ", "a" * 40])
def test_a_proof_is_a_number(typed: str) -> None:
    assert checked_proof(typed) == typed.strip()


@pytest.mark.parametrize("typed", ["", "123", "----", "a" * 41, "李娜收到了", "see file 12", "１２３４"])
def test_what_is_no_number_is_no_proof(typed: str) -> None:
    with pytest.raises(DomainError, match="proof_unclear"):
        checked_proof(typed)
