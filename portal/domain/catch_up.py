"""``catch_up``: the arrears in n parts beside the running schedule. They bear no further interest, no
penalty.
"""

from collections.abc import Sequence
from datetime import date
from itertools import accumulate

from portal.domain.amortisation import level_parts
from portal.domain.drafts import Draft
from portal.domain.errors import DomainError
from portal.domain.loans import Components, LoanFacts
from portal.domain.owed import Owed
from portal.domain.plans import ArrearsTreatment
from portal.domain.rounding import Rounding
from portal.domain.spreading import added, kept, placed, refuse_capitalised, spread, waived, without_principal
from portal.domain.upfront import Upfront, paid_first, share_of


def draft_catch_up(
    loan: LoanFacts,
    owed: Owed,
    dates: Sequence[date],
    *,
    treatment: ArrearsTreatment,
    upfront: Upfront | None = None,
) -> Draft:
    """Raises ``installments_out_of_range`` where there are more parts than minor units, and what
    ``upfront.share_of`` raises.
    """
    first, rest = _first_and_rest(loan, owed, treatment, upfront)
    _refuse_too_many(rest, len(dates))
    beside = without_principal(owed.arrears.parts)
    parts = _parts(rest, len(dates), treatment=treatment, rounding=Rounding(loan.rounding))
    left = [rest.total - paid for paid in accumulate(part.total for part in parts)]
    draft = Draft(
        dates, parts, left, rest.total, rest.total, rest.principal, waived=waived(beside, treatment)
    )
    return paid_first(draft, upfront, first, left=rest.total, financed=first.total)


def rest_to_spread(
    loan: LoanFacts, owed: Owed, *, treatment: ArrearsTreatment, upfront: Upfront | None
) -> Components:
    """What the payments of the plan share, whatever their number; raises as ``draft_catch_up``."""
    return _first_and_rest(loan, owed, treatment, upfront)[1]


def catch_up_sums(
    rest: Components, count: int, *, treatment: ArrearsTreatment, rounding: Rounding
) -> Sequence[int]:
    """What ``draft_catch_up`` comes to each time, without the shares of the components; raises as it does."""
    _refuse_too_many(rest, count)
    if treatment is not ArrearsTreatment.FIRST_INSTALLMENT:
        return level_parts(rest.total, count, rounding=rounding)
    repaid = level_parts(rest.principal, count, rounding=rounding)
    return [repaid[0] + without_principal(rest).total, *repaid[1:]]


def _first_and_rest(
    loan: LoanFacts, owed: Owed, treatment: ArrearsTreatment, upfront: Upfront | None
) -> tuple[Components, Components]:
    """(what is paid first, what is left to spread)."""
    refuse_capitalised(treatment)
    beside = without_principal(owed.arrears.parts)
    total = Components(principal=owed.arrears.parts.principal) + kept(beside, treatment)
    first = share_of(total, upfront, currency=loan.currency)
    return first, total - first


def _refuse_too_many(rest: Components, count: int) -> None:
    if rest.total < count:
        raise DomainError("installments_out_of_range", field="installments", maximum=rest.total)


def _parts(
    total: Components, count: int, *, treatment: ArrearsTreatment, rounding: Rounding
) -> Sequence[Components]:
    """Level payments, each with its share of every component; or the rest beside principal in the first."""
    if treatment is not ArrearsTreatment.FIRST_INSTALLMENT:
        return spread(total, level_parts(total.total, count, rounding=rounding))
    repaid = [Components(principal=part) for part in level_parts(total.principal, count, rounding=rounding)]
    beside = placed(without_principal(total), count, treatment=treatment, rounding=rounding)
    return added(repaid, beside)
