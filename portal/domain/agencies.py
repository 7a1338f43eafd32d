"""Agencies (rule C20): evaluated every year and before a contract ends, and nobody's once it has ended."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from portal.domain.errors import DomainError

EVALUATE_EVERY: Final = timedelta(days=365)
BEFORE_EXPIRY: Final = timedelta(days=60)
"""Within so many days of its end a contract wants an evaluation of its own; a number of ours."""
LONGEST_CONTRACT: Final = timedelta(days=366 * 5)


class EvaluationResult(StrEnum):
    PASSED = "passed"
    CONDITIONS = "conditions"
    FAILED = "failed"


class WhyDue(StrEnum):
    YEARLY = "yearly"
    EXPIRY = "expiry"


class ContractState(StrEnum):
    TO_COME = "to_come"
    RUNNING = "running"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class EvaluationDue:
    """An evaluation is wanted by ``by``."""

    why: WhyDue
    by: date

    def is_late(self, on: date) -> bool:
        return self.by < on


def evaluation_due(
    contract_from: date, contract_to: date, evaluated: Collection[date], *, on: date
) -> EvaluationDue | None:
    """What is wanted next of a running contract, from sixty days before; None where nothing is."""
    last = max(evaluated, default=contract_from)
    found = []
    if last + EVALUATE_EVERY <= on + BEFORE_EXPIRY:
        found.append(EvaluationDue(WhyDue.YEARLY, last + EVALUATE_EVERY))
    if contract_to <= on + BEFORE_EXPIRY and not any(day >= contract_to - BEFORE_EXPIRY for day in evaluated):
        found.append(EvaluationDue(WhyDue.EXPIRY, contract_to))
    return min(found, key=lambda due: due.by, default=None)


def contract_state(contract_from: date, contract_to: date, *, has_ended: bool, on: date) -> ContractState:
    if has_ended or contract_to < on:
        return ContractState.OVER
    return ContractState.TO_COME if on < contract_from else ContractState.RUNNING


def refuse_contract(contract_from: date, contract_to: date, *, on: date) -> None:
    """Raises ``contract_reversed``, ``contract_over``, ``contract_too_long`` on ``contract_to``."""
    if contract_to < contract_from:
        raise DomainError("contract_reversed", field="contract_to")
    if contract_to < on:
        raise DomainError("contract_over", field="contract_to")
    if contract_to - contract_from > LONGEST_CONTRACT:
        raise DomainError("contract_too_long", field="contract_to")


def refuse_renewal(
    contract_to: date, new_to: date, evaluations: Collection[tuple[date, str]], *, on: date
) -> None:
    """Longer only after an evaluation of the last sixty days that did not fail: raises ``contract_not_longer``, ``evaluation_missing``."""
    if new_to <= contract_to:
        raise DomainError("contract_not_longer", field="contract_to")
    recent = [result for day, result in sorted(evaluations) if day >= on - BEFORE_EXPIRY]
    if not recent or recent[-1] == EvaluationResult.FAILED:
        raise DomainError("evaluation_missing", field="contract_to", rule="C20")
