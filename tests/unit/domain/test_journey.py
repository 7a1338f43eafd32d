"""The plan journey: what comes next, and what a changed answer drops."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.journey import Question, next_question, with_answer

ALL: Mapping[str, Any] = {
    "reason": {"reason": "job_lost"},
    "need": {"need": "monthly"},
    "choice": {"kind": "defer"},
}
ANSWERS = st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)


def test_questions_come_in_their_order_and_end() -> None:
    answers: dict[str, Any] = {}
    asked = []
    while (question := next_question(answers)) is not None:
        asked.append(question)
        answers = with_answer(answers, question, {"any": 1})
    assert asked == [Question.REASON, Question.NEED, Question.CHOICE]


def test_the_month_is_asked_last_and_only_where_policy_asks() -> None:
    assert next_question(ALL) is None
    assert next_question(ALL, is_budget_asked=True) is Question.BUDGET
    assert next_question({**ALL, "budget": {"people": 1}}, is_budget_asked=True) is None
    assert next_question({"reason": {}}, is_budget_asked=True) is Question.NEED


def test_a_question_that_was_passed_over_is_asked_first() -> None:
    assert next_question({"need": {}, "choice": {}}) is Question.REASON


@pytest.mark.parametrize("question", Question)
def test_the_same_answer_again_drops_nothing(question: Question) -> None:
    answers = {**ALL, "budget": {"people": 1}}
    assert with_answer(answers, question, dict(answers[question.value])) == answers


@pytest.mark.parametrize("question", Question)
def test_the_month_stays_whatever_else_changes(question: Question) -> None:
    answers = {**ALL, "budget": {"people": 1}}
    assert with_answer(answers, question, {"any": 1})["budget"] == (
        {"any": 1} if question is Question.BUDGET else {"people": 1}
    )


def test_another_need_drops_the_plan_that_was_chosen_for_the_old_one() -> None:
    assert with_answer(ALL, Question.NEED, {"need": "pause"}) == {
        "reason": ALL["reason"],
        "need": {"need": "pause"},
    }


def test_another_reason_drops_nothing_else() -> None:
    assert with_answer(ALL, Question.REASON, {"reason": "illness"}) == {
        **ALL,
        "reason": {"reason": "illness"},
    }


def test_another_choice_drops_nothing_else() -> None:
    assert with_answer(ALL, Question.CHOICE, {"kind": "catch_up"}) == {**ALL, "choice": {"kind": "catch_up"}}


@given(st.fixed_dictionaries({q.value: ANSWERS for q in Question}), st.sampled_from(Question), ANSWERS)
def test_what_was_answered_is_kept_and_the_answers_before_are_left_as_they_were(
    answers: dict[str, Any], question: Question, answer: dict[str, int]
) -> None:
    before = {name: dict(value) for name, value in answers.items()}
    after = with_answer(answers, question, answer)
    assert after[question.value] == answer
    assert answers == before
    assert set(after) <= set(before)
    assert after is not answers
