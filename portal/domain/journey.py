"""The plan journey: its questions in order, and what an answer's change drops."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any


class Question(StrEnum):
    """One question a page."""

    REASON = "reason"
    NEED = "need"
    CHOICE = "choice"
    BUDGET = "budget"
    """Only where the policy asks for it (rule P16)."""


class Need(StrEnum):
    """What would help."""

    MONTHLY = "monthly"
    STEP_UP = "step_up"
    INTEREST_FIRST = "interest_first"
    PAUSE = "pause"
    BY_DATE = "by_date"

    @property
    def asks_for_a_sum(self) -> bool:
        """Whether it is answered with what can be managed each time, how often and on which day."""
        return self in {Need.MONTHLY, Need.STEP_UP}


PERSON = "person"
"""``decided_by`` in the choice: the borrower wants no machine to decide (个人信息保护法 art. 24)."""

_DEPENDENTS: Mapping[Question, tuple[Question, ...]] = MappingProxyType(
    {Question.REASON: (), Question.NEED: (Question.CHOICE,), Question.CHOICE: (), Question.BUDGET: ()}
)


def next_question(answers: Mapping[str, Any], *, is_budget_asked: bool = False) -> Question | None:
    """The first question without an answer; None where all are answered and the check page is next.

    Whether the budget is asked depends on the chosen plan's price and policy: who knows both says so.
    """
    asked = [question for question in Question if question is not Question.BUDGET or is_budget_asked]
    return next((question for question in asked if question.value not in answers), None)


def with_answer(answers: Mapping[str, Any], question: Question, answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answers with one set. An unchanged answer drops nothing; a changed one drops what depended on it."""
    if answers.get(question.value) == dict(answer):
        return dict(answers)
    dropped = {dependent.value for dependent in _DEPENDENTS[question]}
    return {
        **{name: value for name, value in answers.items() if name not in dropped},
        question.value: dict(answer),
    }
