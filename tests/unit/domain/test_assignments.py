"""A loan that was handed on (rule C21)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.domain.assignments import Assignment, checked_proof, handed_on, refuse_another, refuse_telling
from portal.domain.errors import DomainError

LAST, FIRST = date(2026, 10, 26), date(2026, 11, 2)
DAY = timedelta(days=1)
TO_B = Assignment(former_creditor="A", former_until=LAST, on=FIRST)


def to(creditor: str, before: Assignment | None = None, *, former: str = "A") -> Assignment | None:
    return handed_on(before, former_creditor=former, creditor=creditor, former_until=LAST, on=FIRST)


def test_a_book_that_names_another_creditor_hands_the_loan_on_untold() -> None:
    assert to("B") == TO_B


def test_whoever_had_it_in_between_is_nobody_that_the_borrower_knows() -> None:
    found = handed_on(TO_B, former_creditor="B", creditor="C", former_until=FIRST, on=FIRST + 7 * DAY)
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


@pytest.mark.parametrize(
    ("named", "creditor"),
    [
        ("江南资产 管理", "江南资产\u3000管理"),
        ("江南资产 管理", "江南资产  管理"),
        ("江南资产(上海)", "江南资产（上海）"),
        ("江南资产（上海）", "江南资产(上海)"),
        ("jiangnan co., ltd", "Jiangnan Co., LTD"),
    ],
)
def test_a_name_is_the_same_in_whatever_width_case_and_spaces(named: str, creditor: str) -> None:
    refuse_another(named, creditor=creditor)
    with pytest.raises(DomainError, match="told_of_another"):
        refuse_another(f"{named} 2", creditor=creditor)


def test_a_notice_that_names_somebody_else_told_of_another_assignment() -> None:
    refuse_another(" 江南资产  管理 ", creditor="江南资产 管理")
    for named in ("", "B", "C "):
        with pytest.raises(DomainError, match="told_of_another"):
            refuse_another(named, creditor="D")


@pytest.mark.parametrize("typed", ["EMS-2026-0001", " 1234 ", "a" * 40])
def test_a_proof_is_a_number(typed: str) -> None:
    assert checked_proof(typed) == typed.strip()


@pytest.mark.parametrize("typed", ["", "123", "----", "a" * 41, "李娜收到了", "see file 12", "１２３４"])
def test_what_is_no_number_is_no_proof(typed: str) -> None:
    with pytest.raises(DomainError, match="proof_unclear"):
        checked_proof(typed)
