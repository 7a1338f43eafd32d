"""Sharing sums by component over the payments of a plan, exact to the minor unit."""

from collections.abc import Sequence
from operator import sub

from portal.domain.amortisation import level_parts
from portal.domain.errors import DomainError
from portal.domain.loans import Components
from portal.domain.money import split_by_weight
from portal.domain.plans import ArrearsTreatment
from portal.domain.rounding import Rounding


def spread(total: Components, amounts: Sequence[int]) -> list[Components]:
    """``total`` by component over payments of these amounts, which add up to it; each in proportion to what
    is left.
    """
    left, shares = [total.principal, total.interest, total.fee, total.penalty], []
    for amount in amounts:
        share = split_by_weight(amount, left)
        shares.append(Components(*share))
        left = list(map(sub, left, share))
    return shares


def first_of(total: Components, amount: int, order: Sequence[str]) -> Components:
    """``amount`` out of ``total``, component after component in ``order``."""
    left, taken = amount, {}
    for name in order:
        taken[name] = min(left, getattr(total, name))
        left -= taken[name]
    return Components(**taken)


def without_principal(parts: Components) -> Components:
    return Components(interest=parts.interest, fee=parts.fee, penalty=parts.penalty)


def added(rows: Sequence[Components], extras: Sequence[Components]) -> list[Components]:
    return [row + extra for row, extra in zip(rows, extras, strict=True)]


def kept(parts: Components, treatment: ArrearsTreatment) -> Components:
    """What stays of sums beside principal: nothing where they are waived."""
    return Components() if treatment is ArrearsTreatment.WAIVED else parts


def waived(parts: Components, treatment: ArrearsTreatment) -> Components:
    """What is given up of sums beside principal."""
    return parts if treatment is ArrearsTreatment.WAIVED else Components()


def placed(
    parts: Components, count: int, *, treatment: ArrearsTreatment, rounding: Rounding
) -> list[Components]:
    """Sums beside principal over ``count`` payments: all in the first, or spread evenly."""
    if treatment is ArrearsTreatment.FIRST_INSTALLMENT:
        return [parts] + [Components()] * (count - 1)
    return spread(parts, level_parts(parts.total, count, rounding=rounding))


def placed_sums(
    parts: Components, count: int, *, treatment: ArrearsTreatment, rounding: Rounding
) -> Sequence[int]:
    """What ``placed`` comes to each time."""
    if treatment is ArrearsTreatment.FIRST_INSTALLMENT:
        return [parts.total] + [0] * (count - 1)
    return level_parts(parts.total, count, rounding=rounding)


def refuse_capitalised(treatment: ArrearsTreatment) -> None:
    """Raises ``treatment_not_for_kind``: only a plan that lends anew has a principal to add to."""
    if treatment is ArrearsTreatment.CAPITALISED:
        raise DomainError("treatment_not_for_kind", field="arrears_treatment")
