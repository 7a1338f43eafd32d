"""What changed on a loan since terms were signed: told to the borrower before anything is signed again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from portal.domain.loans import Components, LoanFacts

_DUE: Final = 5
"""Of a row of the fingerprint: number, date and what is due; the rest is what was paid."""


@dataclass(frozen=True, slots=True)
class MovedFacts:
    """Minor units. ``payments`` arrived since, as (day, sum); the others say that the book itself was changed."""

    arrears_then: int
    arrears_now: int
    payments: Sequence[tuple[date, int]]
    has_withdrawn_payment: bool
    has_new_schedule: bool
    new_creditor: str = ""
    """Who the claim belongs to now, where that is somebody else."""


def moved_facts(
    signed: Mapping[str, Any], now: LoanFacts, *, arrears_now: int, creditors: tuple[str, str] = ("", "")
) -> MovedFacts:
    """``signed`` is ``AgreementContent.facts``: the fingerprint of the loan with the arrears that were priced. ``creditors`` are the one
    that the signed text names and the one of today.
    """
    creditor_then, creditor_now = creditors
    before = {ref for ref, _, _ in signed["payments"]}
    after = {ref for ref, _, _ in now.payments}
    schedule = [row[:_DUE] for row in signed["installments"]]
    return MovedFacts(
        arrears_then=Components(**signed["arrears"]).total,
        arrears_now=arrears_now,
        payments=[(day, amount) for ref, day, amount in now.payments if ref not in before],
        has_withdrawn_payment=bool(before - after),
        has_new_schedule=schedule != [row[:_DUE] for row in _rows(now)],
        new_creditor=creditor_now if creditor_now != creditor_then else "",
    )


def _rows(facts: LoanFacts) -> Sequence[Sequence[Any]]:
    rows: Sequence[Sequence[Any]] = facts.fingerprint()["installments"]  # type: ignore[assignment]
    return rows
