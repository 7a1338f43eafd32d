"""One payment, several debts of the same kind: the borrower's word first, then Civil Code art. 560."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from portal.domain.errors import DomainError
from portal.domain.money import split_by_weight


@dataclass(frozen=True, slots=True)
class Debt:
    """``security`` is what secures it, in minor units (0: nothing); ``annual_rate_pct`` is how heavy it
    weighs.
    """

    ref: str
    due_on: date
    amount: int
    security: int = 0
    annual_rate_pct: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class DebtAllocation:
    """Minor units by debt, every debt named; ``credit`` is what exceeds them all."""

    paid: Mapping[str, int]
    credit: int


def allocate_among(
    debts: Sequence[Debt], amount: int, *, on: date, designated: str | None = None
) -> DebtAllocation:
    """The debt that the borrower names; then what is due, least secured, heaviest, earliest; ties pro rata.

    Raises ``debt_unknown`` for a designation that names none of them.
    """
    if amount <= 0:
        raise DomainError("amount_not_positive", field="amount")
    if designated is not None and designated not in {debt.ref for debt in debts}:
        raise DomainError("debt_unknown", field="designated")
    paid = dict.fromkeys((debt.ref for debt in debts), 0)
    left = amount

    def rank(debt: Debt) -> tuple[bool, bool, int, Decimal, date]:
        return debt.ref != designated, debt.due_on > on, debt.security, -debt.annual_rate_pct, debt.due_on

    for _, equal in groupby(sorted(debts, key=rank), key=rank):
        group = list(equal)
        sums = [debt.amount for debt in group]
        shares = split_by_weight(min(left, sum(sums)), sums)
        paid |= {debt.ref: share for debt, share in zip(group, shares, strict=True)}
        left -= sum(shares)
    return DebtAllocation(paid, left)
