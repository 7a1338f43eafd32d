"""On which day a loan is counted again: the first on which a figure is another, or something may happen."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from portal.domain.arrears import Bucket, LatenessRules, arrears_of
from portal.domain.loans import LoanFacts, Pause
from portal.domain.next_looks import NEVER, LookRules, next_look
from portal.domain.stage_packs import PACKS, StagePack
from tests.unit.domain.late_loans import CALENDAR, TODAY, late_loan

PACK = StagePack.from_data(PACKS[0])
USUAL = LatenessRules()
DUE = date(2026, 8, 15)
"""Of the first installment that is not paid; the others follow on the 15th of each month, the last in January."""
DAY = timedelta(days=1)


def rules(lateness: LatenessRules = USUAL, pack: StagePack = PACK) -> LookRules:
    return LookRules(lateness=lateness, pack=pack, calendar=CALENDAR)


def look(
    on: date,
    loan: LoanFacts | None = None,
    *,
    lateness: LatenessRules = USUAL,
    limitation_ends_on: date | None = None,
) -> date:
    loan = loan or late_loan(met=11 if on > date(2026, 12, 15) else 6)
    arrears = arrears_of(loan, on=on, rules=lateness)
    return next_look(loan, arrears, rules=rules(lateness), limitation_ends_on=limitation_ends_on)


def alone(loan: LoanFacts) -> LoanFacts:
    """Only what is overdue in August: nothing falls due afterwards."""
    return replace(loan, installments=loan.installments[:7])


def test_days_are_the_begins_of_buckets_and_stages_and_those_of_messages_each_once() -> None:
    """M1 to M4 begin on 1, 31, 61 and 91; stages on 1, 31, 91 and 181; the rest are messages."""
    assert rules().days == sorted(
        {1, 31, 61, 91, 181}
        | {1, 4, 8, 15, 22, 29}
        | {35, 66, 97, 128, 159, 190, 221, 252, 283, 314, 345}
        | {81, 111, 141, 171}
    )


def test_a_bucket_that_ends_before_the_next_begins_is_looked_at_as_it_ends() -> None:
    lateness = LatenessRules(buckets=(Bucket("A", 5, 9), Bucket("B", 20, None)))
    days = rules(lateness).days
    assert {5, 10, 20} <= set(days)
    assert not {6, 9, 11, 19, 21} & set(days)


@pytest.mark.parametrize(
    ("counted", "following"),
    [(1, 4), (3, 4), (4, 8), (8, 15), (30, 31), (31, 35), (60, 61), (61, 66), (344, 345)],
)
def test_a_late_loan_is_counted_again_on_the_next_day_that_means_something(
    counted: int, following: int
) -> None:
    assert look(DUE + counted * DAY, alone(late_loan())) == DUE + following * DAY


def test_after_the_last_of_them_nothing_is_known_to_happen() -> None:
    assert look(DUE + 345 * DAY, alone(late_loan())) == NEVER


def test_days_of_grace_move_what_is_counted() -> None:
    """Three days of grace: 15 August and 18 days are 15 counted ones; the 22nd counted is the 25th since."""
    assert look(DUE + 18 * DAY, alone(late_loan()), lateness=LatenessRules(grace_days=3)) == DUE + 25 * DAY
    assert look(DUE + 17 * DAY, alone(late_loan()), lateness=LatenessRules(grace_days=3)) == DUE + 18 * DAY


def test_a_loan_that_is_not_late_is_counted_again_on_the_day_after_its_next_date() -> None:
    assert look(TODAY, late_loan(met=7)) == date(2026, 9, 16)
    assert look(date(2026, 9, 15), late_loan(met=7)) == date(2026, 9, 16)


def test_where_the_due_date_counts_it_is_that_day_itself() -> None:
    india = LatenessRules(due_date_counts=True)
    assert look(TODAY, late_loan(met=7), lateness=india) == date(2026, 9, 15)
    assert look(date(2026, 9, 14), late_loan(met=7), lateness=india) == date(2026, 9, 15)
    late = look(date(2026, 9, 15), alone(late_loan()), lateness=india)
    assert late == DUE - DAY + 35 * DAY


def test_what_comes_first_counts() -> None:
    """On 10 September 26 days are counted. The 29th is 13 September, before the next date; from then on the 31st is 15 September, and
    the day after the next date the 16th.
    """
    assert look(TODAY) == date(2026, 9, 13)
    assert look(date(2026, 9, 13)) == date(2026, 9, 15)
    assert look(date(2026, 9, 15)) == date(2026, 9, 16)


def test_a_loan_with_nothing_left_to_pay_is_not_counted_again() -> None:
    assert look(TODAY, late_loan(met=12)) == NEVER == date.max


@pytest.mark.parametrize("met", [6, 7, 12])
@pytest.mark.parametrize("pause", [Pause(TODAY, None), Pause(date(2026, 3, 1), date(2026, 3, 2))])
def test_a_loan_that_was_ever_paused_is_counted_daily(met: int, pause: Pause) -> None:
    assert look(TODAY, late_loan(met=met, pauses=(pause,))) == TODAY + DAY


@pytest.mark.parametrize(
    ("ends_on", "following"),
    [
        (TODAY - DAY, NEVER),
        (TODAY, TODAY + DAY),
        (TODAY + DAY, TODAY + 2 * DAY),
    ],
)
def test_the_day_after_the_limitation_period_counts_as_long_as_it_lies_ahead(
    ends_on: date, following: date
) -> None:
    assert look(TODAY, late_loan(met=12), limitation_ends_on=ends_on) == following


def test_the_limitation_period_is_one_reason_of_several() -> None:
    assert look(TODAY, limitation_ends_on=date(2026, 9, 11)) == date(2026, 9, 12)
    assert look(TODAY, limitation_ends_on=date(2026, 9, 20)) == date(2026, 9, 13)


def test_loans_are_counted_anew_where_any_rule_is_another() -> None:
    known = rules().digest
    assert known == rules(LatenessRules(), StagePack.from_data(PACKS[0])).digest
    assert len(known) == 16
    others = [
        rules(LatenessRules(grace_days=1)),
        rules(pack=replace(PACK, version="CN-2027-01")),
        replace(rules(), calendar=replace(CALENDAR, covers_to=date(2027, 12, 31))),
    ]
    assert len({known, *(other.digest for other in others)}) == 4


@pytest.mark.parametrize("met", [0, 3, 6, 9, 11])
@pytest.mark.parametrize(
    "lateness", [USUAL, LatenessRules(grace_days=3), LatenessRules(due_date_counts=True)]
)
def test_between_two_looks_nothing_changes_but_days_and_penalty(met: int, lateness: LatenessRules) -> None:
    loan = late_loan(met=met, penalty_rate_pct=Decimal(0))
    on = date(2026, 1, 20)
    for _ in range(30):
        standing = arrears_of(loan, on=on, rules=lateness)
        until = min(next_look(loan, standing, rules=rules(lateness)), date(2027, 12, 31))
        between = [on + timedelta(days=ahead) for ahead in range(1, (until - on).days)]
        for day in between:
            later = arrears_of(loan, on=day, rules=lateness)
            assert (later.total, later.bucket) == (standing.total, standing.bucket)
        on = until
        if on == date(2027, 12, 31):
            break
