"""A loan that was handed on (rule C21)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.domain.assignments import (
    BY_HAND,
    Assignment,
    ToldBy,
    checked_proof,
    handed_on,
    refuse_another,
    refuse_telling,
)
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
    ("told_on", "code", "rule"),
    [(FIRST + DAY, "date_in_future", None), (LAST - DAY, "told_before_assignment", "C21")],
)
def test_nobody_is_told_in_days_to_come_nor_while_the_books_name_the_creditor_of_before(
    told_on: date, code: str, rule: str | None
) -> None:
    with pytest.raises(DomainError, match=f"^{code}$") as refused:
        refuse_telling(told_on, former_until=LAST, today=FIRST)
    assert (refused.value.field, refused.value.rule) == ("told_on", rule)


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
        with pytest.raises(DomainError, match=r"^told_of_another$") as refused:
            refuse_another(named, creditor="D")
        assert (refused.value.field, refused.value.rule) == ("named", "C21")


def test_who_lived_through_several_creditors_untold_is_told_of_the_first_and_the_last_alone() -> None:
    """And from the day on which the first was named last."""
    to_c = handed_on(TO_B, former_creditor="B", creditor="C", former_until=FIRST, on=FIRST + 7 * DAY)
    to_d = handed_on(
        to_c, former_creditor="C", creditor="D", former_until=FIRST + 7 * DAY, on=FIRST + 14 * DAY
    )
    assert to_d == Assignment(former_creditor="A", former_until=LAST, on=FIRST + 14 * DAY)


def test_once_told_the_creditor_of_whom_the_borrower_heard_is_the_former_one() -> None:
    told = replace(TO_B, told_on=FIRST + DAY)
    found = handed_on(told, former_creditor="B", creditor="C", former_until=FIRST, on=FIRST + 7 * DAY)
    assert found == Assignment(former_creditor="B", former_until=FIRST, on=FIRST + 7 * DAY)


def test_staff_write_down_what_reached_the_borrower_outside_of_the_portal() -> None:
    assert BY_HAND == (ToldBy.LETTER, ToldBy.IN_PERSON, ToldBy.FORMER_CREDITOR)


@pytest.mark.parametrize("typed", ["EMS-2026-0001", " 1234 ", "a" * 40, f" {'7' * 40}\t", "-123"])
def test_a_proof_is_a_number(typed: str) -> None:
    assert checked_proof(typed) == typed.strip()


@pytest.mark.parametrize("typed", ["", "123", "----", "a" * 41, "李娜收到了", "see file 12", "１２３４"])
def test_what_is_no_number_is_no_proof(typed: str) -> None:
    with pytest.raises(DomainError, match=r"^proof_unclear$") as refused:
        checked_proof(typed)
    assert refused.value.field == "proof"
