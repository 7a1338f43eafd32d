"""Level payments: an annuity, rounded once, its end smoothed."""

from collections.abc import Sequence
from dataclasses import replace

from portal.domain.amortisation import Basis, Parts
from portal.domain.rounding import Rounding


def equal_payments(basis: Basis) -> list[Parts]:
    """The last row takes what is left.

    Where the payment would end the loan early, or not begin to repay it, it is rounded down; where that does
    not help either (sums too small for the unit or for the term), the largest payment in minor units that
    lasts to the end is taken. An interest grace leaves the payment as it would be without one.
    """
    if basis.grace_interest:
        usual = equal_payments(replace(basis, grace_interest=0))
        rows = level_rows(basis, sum(usual[basis.grace_principal]))
        return rows if _runs_to_the_end(basis, rows) else _fitted_rows(basis)
    annuity, of = basis.factors.after(basis.grace_principal).annuity(basis.principal)
    unit, divided = basis.unit, basis.rounding.division
    payment = divided(annuity, of * unit) * unit
    rows = _smoothed(basis, payment, level_rows(basis, payment))
    if _runs_to_the_end(basis, rows):
        return rows
    rows = level_rows(basis, annuity // (of * unit) * unit)
    return rows if _runs_to_the_end(basis, rows) else _fitted_rows(basis)


def level_rows(basis: Basis, payment: int) -> list[Parts]:
    """Rows of one payment. Interest that it does not cover is carried over and bears none itself."""
    return _usual_rows(basis, payment) or carrying_rows(basis, payment)


def _usual_rows(basis: Basis, payment: int) -> list[Parts]:
    """The same where every payment covers its interest, half even and without graces, in a bare loop; empty
    where this is not so.
    """
    if basis.rounding is not Rounding.HALF_EVEN or basis.grace_principal or basis.grace_interest:
        return []
    balance, whole = basis.principal, basis.factors.denominator
    *before_last, at_end = basis.factors.numerators
    rows: list[Parts] = []
    for numerator in before_last:
        interest, rest = divmod(balance * numerator, whole)
        rest += rest
        if rest > whole or (rest == whole and interest % 2):
            interest += 1
        rows.append((payment - interest, interest))
        balance -= payment - interest
    if balance < 0 or (rows and min(rows)[0] < 0):
        return []
    rows.append((balance, basis.rounding.of(balance * at_end, whole)))
    return rows


def carrying_rows(basis: Basis, payment: int) -> list[Parts]:
    """The rows of every case, with what one payment leaves to the next."""
    balance, whole, divided = basis.principal, basis.factors.denominator, basis.rounding.division
    *before_last, at_end = basis.factors.numerators
    unusual = max(basis.grace_principal, basis.grace_interest)
    rows, owed = _rows_with_graces(basis, payment, before_last[:unusual])
    balance -= sum(repaid for repaid, _ in rows)
    for numerator in before_last[unusual:]:
        owed += divided(balance * numerator, whole)
        interest = min(payment, owed)
        repaid = min(payment - interest, balance)
        rows.append((repaid, interest))
        balance -= repaid
        owed -= interest
    rows.append((balance, owed + divided(balance * at_end, whole)))
    return rows


def _rows_with_graces(basis: Basis, payment: int, numerators: Sequence[int]) -> tuple[list[Parts], int]:
    """(the first rows, where a grace leaves out principal or interest; the interest still owed after them)."""
    rows: list[Parts] = []
    balance, owed = basis.principal, 0
    for period, numerator in enumerate(numerators):
        owed += basis.rounding.of(balance * numerator, basis.factors.denominator)
        repays = period >= basis.grace_principal
        interest = 0 if period < basis.grace_interest else min(owed, payment) if repays else owed
        repaid = min(balance, payment - interest) if repays else 0
        rows.append((repaid, interest))
        balance, owed = balance - repaid, owed - interest
    return rows, owed


def _runs_to_the_end(basis: Basis, rows: Sequence[Parts]) -> bool:
    """Whether the last row has principal left, and those before it have come to repay some.

    The first may not: what a long first period or a grace leaves to be paid comes before principal.
    """
    paying = rows[basis.grace_principal :]
    before = paying[:-1] if basis.grace_interest else paying[-2:-1]
    return paying[-1][0] > 0 and (not before or any(repaid > 0 for repaid, _ in before))


def _smoothed(basis: Basis, payment: int, rows: list[Parts]) -> list[Parts]:
    """Where the last payment strays by more minor units than half the number of payments, spread that once.

    Kept only where the gap shrinks. As in Apache Fineract (EmiAdjustment) the difference is rounded by
    itself.
    """
    gap = sum(rows[-1]) - payment
    if abs(gap) <= basis.paying // 2 or basis.paying == 1:
        return rows
    tried = basis.rounding.to_multiple(payment + basis.rounding.of(gap, basis.paying), basis.unit)
    again = level_rows(basis, tried)
    is_closer = abs(sum(again[-1]) - tried) < abs(gap)
    return again if is_closer and _runs_to_the_end(basis, again) else rows


def _fitted_rows(basis: Basis) -> list[Parts]:
    """Rows of the largest payment that leaves the last row at least as much to pay."""
    low, high = 0, basis.principal + basis.factors.flat_interest(basis.principal, Rounding.HALF_UP)
    while low < high:
        middle = (low + high + 1) // 2
        last = level_rows(basis, middle)[-1]
        if last[0] > 0 and sum(last) >= middle:
            low = middle
        else:
            high = middle - 1
    return level_rows(basis, low)
