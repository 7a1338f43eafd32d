"""Limits of what messages may cost: each mark is told once."""

import pytest

from portal.domain.message_budgets import (
    Mark,
    MessageBudget,
    Period,
    Spent,
    Unit,
    alarms,
    parts_of,
    raised_by,
)

BUDGET = MessageBudget(messages_a_day=10, cost_a_month=1000)


def test_marks_stand_at_eighty_and_at_a_hundred_percent() -> None:
    def marks(messages: int, cost: int) -> set[tuple[Mark, Period, Unit]]:
        found = alarms(BUDGET, Spent(messages, 0), Spent(messages, cost))
        return {(each.mark, each.period, each.unit) for each in found}

    assert marks(7, 799) == set()
    assert marks(8, 0) == {(Mark.NEAR, Period.DAY, Unit.MESSAGES)}
    assert marks(9, 800) == {(Mark.NEAR, Period.DAY, Unit.MESSAGES), (Mark.NEAR, Period.MONTH, Unit.COST)}
    assert marks(10, 1000) == {
        (Mark.REACHED, Period.DAY, Unit.MESSAGES),
        (Mark.REACHED, Period.MONTH, Unit.COST),
    }


def test_only_what_was_added_last_raises_an_alarm() -> None:
    told = [
        [alarm.mark for alarm in raised_by(BUDGET, Spent(count, 0), Spent(count, 0), Spent(1, 0))]
        for count in range(1, 13)
    ]
    assert [count for count, marks in enumerate(told, 1) if marks] == [8, 10]
    assert (told[7], told[9]) == ([Mark.NEAR], [Mark.REACHED])


@pytest.mark.parametrize(
    ("budget", "added"),
    [
        (MessageBudget(messages_a_day=10), Spent(1, 7)),
        (MessageBudget(messages_a_month=10), Spent(1, 7)),
        (MessageBudget(cost_a_day=10), Spent(7, 1)),
        (MessageBudget(cost_a_month=10), Spent(7, 1)),
    ],
)
def test_of_each_limit_both_marks_are_told_once(budget: MessageBudget, added: Spent) -> None:
    def told(count: int) -> list[Mark]:
        spent = Spent(count * added.messages, count * added.cost_minor)
        return [alarm.mark for alarm in raised_by(budget, spent, spent, added)]

    assert {count: told(count) for count in range(1, 14) if told(count)} == {
        8: [Mark.NEAR],
        10: [Mark.REACHED],
    }


def test_without_limits_there_is_no_alarm() -> None:
    assert list(alarms(MessageBudget(), Spent(10**9, 10**9), Spent(10**9, 10**9))) == []


def test_long_messages_are_paid_in_parts_of_67() -> None:
    assert [parts_of("字" * length) for length in (0, 70, 71, 134, 135)] == [1, 1, 2, 2, 3]
