"""What changed on a loan since terms were signed."""

from dataclasses import replace
from datetime import date
from typing import Any

from portal.domain.loans import Components, InstallmentFacts, LoanFacts
from portal.domain.moved_facts import moved_facts
from tests.unit.domain.late_loans import late_loan

LOAN = late_loan(payments=(("P1", date(2026, 7, 15), 106_619),))
SIGNED = {**LOAN.fingerprint(), "arrears": Components(principal=100_000, interest=6_619).as_dict()}


def moved(now: LoanFacts, arrears_now: int = 106_619) -> Any:
    return moved_facts(SIGNED, now, arrears_now=arrears_now)


def test_the_same_facts_moved_in_nothing() -> None:
    found = moved(LOAN)
    assert (found.arrears_then, found.arrears_now) == (106_619, 106_619)
    assert list(found.payments) == []
    assert not found.has_withdrawn_payment
    assert not found.has_new_schedule


def test_another_creditor_is_named_and_the_same_one_is_not() -> None:
    found = [
        moved_facts(SIGNED, LOAN, arrears_now=106_619, creditors=("星河消费金融", now)).new_creditor
        for now in ("星河消费金融", "江南资产管理")
    ]
    assert found == ["", "江南资产管理"]


def test_a_payment_since_is_told_with_its_day_and_sum_and_is_no_new_schedule() -> None:
    paid = replace(LOAN.installments[6], paid=Components(interest=5_000))
    rows = (*LOAN.installments[:6], paid, *LOAN.installments[7:])
    now = replace(LOAN, installments=rows, payments=(*LOAN.payments, ("P2", date(2026, 9, 9), 5_000)))
    found = moved(now, arrears_now=101_619)
    assert list(found.payments) == [(date(2026, 9, 9), 5_000)]
    assert not found.has_withdrawn_payment
    assert not found.has_new_schedule


def test_a_payment_that_is_gone_was_taken_back() -> None:
    found = moved(replace(LOAN, payments=()))
    assert found.has_withdrawn_payment
    assert list(found.payments) == []


def test_other_dates_or_sums_due_are_a_new_schedule() -> None:
    row = LOAN.installments[11]
    later = InstallmentFacts(row.number, date(2027, 2, 15), row.due, row.paid)
    assert moved(replace(LOAN, installments=(*LOAN.installments[:11], later))).has_new_schedule
    assert moved(replace(LOAN, installments=LOAN.installments[:11])).has_new_schedule


def test_penalty_that_grew_with_the_days_is_no_move() -> None:
    row = LOAN.installments[6]
    grown = replace(row, due=row.due + Components(penalty=321))
    now = replace(LOAN, installments=(*LOAN.installments[:6], grown, *LOAN.installments[7:]))
    assert now.fingerprint() == LOAN.fingerprint()


def test_what_is_signed_keeps_its_names() -> None:
    """They stand in what was frozen long ago."""
    assert list(LOAN.fingerprint()) == [
        "status",
        "principal",
        "annual_rate_pct",
        "penalty_rate_pct",
        "installments",
        "payments",
    ]
