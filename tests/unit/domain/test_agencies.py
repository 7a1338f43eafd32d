"""Agencies (rule C20): the days at which something begins or ends, and the days beside them."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import pytest

from portal.domain.agencies import (
    BEFORE_EXPIRY,
    EVALUATE_EVERY,
    LONGEST_CONTRACT,
    ContractState,
    EvaluationDue,
    WhyDue,
    contract_state,
    evaluation_due,
    refuse_contract,
    refuse_renewal,
)
from portal.domain.errors import DomainError

DAY = timedelta(days=1)
BEGINS = date(2026, 1, 1)
YEAR_ON = BEGINS + EVALUATE_EVERY
ENDS = date(2028, 6, 30)


def _refused(act: Callable[[], None]) -> tuple[str, str | None, str | None] | None:
    try:
        act()
    except DomainError as error:
        return error.code, error.field, error.rule
    return None


@pytest.mark.parametrize(
    ("on", "evaluated", "due"),
    [
        (YEAR_ON - BEFORE_EXPIRY - DAY, [], None),
        (YEAR_ON - BEFORE_EXPIRY, [], EvaluationDue(WhyDue.YEARLY, YEAR_ON)),
        (YEAR_ON, [BEGINS + DAY, BEGINS], EvaluationDue(WhyDue.YEARLY, YEAR_ON + DAY)),
        (ENDS - BEFORE_EXPIRY - DAY, [ENDS - BEFORE_EXPIRY - DAY], None),
        (
            ENDS - BEFORE_EXPIRY,
            [ENDS - BEFORE_EXPIRY - DAY],
            EvaluationDue(WhyDue.EXPIRY, ENDS),
        ),
        (ENDS - BEFORE_EXPIRY, [ENDS - BEFORE_EXPIRY], None),
        (ENDS - BEFORE_EXPIRY, [], EvaluationDue(WhyDue.YEARLY, YEAR_ON)),
    ],
)
def test_an_evaluation_is_wanted_from_sixty_days_before(
    on: date, evaluated: Sequence[date], due: EvaluationDue | None
) -> None:
    assert evaluation_due(BEGINS, ENDS, evaluated, on=on) == due


def test_it_is_late_the_day_after() -> None:
    due = EvaluationDue(WhyDue.YEARLY, YEAR_ON)
    assert [due.is_late(YEAR_ON + days * DAY) for days in (-1, 0, 1)] == [False, False, True]


@pytest.mark.parametrize(
    ("on", "has_ended", "state"),
    [
        (BEGINS - DAY, False, ContractState.TO_COME),
        (BEGINS, False, ContractState.RUNNING),
        (ENDS, False, ContractState.RUNNING),
        (ENDS + DAY, False, ContractState.OVER),
        (BEGINS, True, ContractState.OVER),
    ],
)
def test_a_contract_runs_on_its_first_day_and_on_its_last(
    on: date, has_ended: bool, state: ContractState
) -> None:
    assert contract_state(BEGINS, ENDS, has_ended=has_ended, on=on) is state


@pytest.mark.parametrize(
    ("ends", "on", "code"),
    [
        (BEGINS - DAY, BEGINS - DAY, "contract_reversed"),
        (BEGINS, BEGINS, None),
        (ENDS, ENDS, None),
        (ENDS, ENDS + DAY, "contract_over"),
        (BEGINS + LONGEST_CONTRACT, BEGINS, None),
        (BEGINS + LONGEST_CONTRACT + DAY, BEGINS, "contract_too_long"),
    ],
)
def test_a_contract_is_refused_beside_its_days(ends: date, on: date, code: str | None) -> None:
    assert _refused(lambda: refuse_contract(BEGINS, ends, on=on)) == (code and (code, "contract_to", None))


@pytest.mark.parametrize(
    ("new", "evaluations", "code"),
    [
        (ENDS, [(ENDS, "passed")], "contract_not_longer"),
        (ENDS + DAY, [(ENDS, "passed")], None),
        (ENDS + DAY, [(ENDS - BEFORE_EXPIRY, "conditions")], None),
        (ENDS + DAY, [(ENDS - BEFORE_EXPIRY - DAY, "passed")], "evaluation_missing"),
        (ENDS + DAY, [(ENDS, "failed"), (ENDS - DAY, "passed")], "evaluation_missing"),
        (ENDS + DAY, [(ENDS, "passed"), (ENDS - DAY, "failed")], None),
        (ENDS + DAY, [], "evaluation_missing"),
    ],
)
def test_it_is_made_longer_only_after_an_evaluation_of_the_last_sixty_days(
    new: date, evaluations: Sequence[tuple[date, str]], code: str | None
) -> None:
    rule = "C20" if code == "evaluation_missing" else None
    refused = _refused(lambda: refuse_renewal(ENDS, new, evaluations, on=ENDS))
    assert refused == (code and (code, "contract_to", rule))
