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
    refuse_capitalised(treatment)
    beside = without_principal(owed.arrears.parts)
    total = Components(principal=owed.arrears.parts.principal) + kept(beside, treatment)
    first = share_of(total, upfront, currency=loan.currency)
    rest = total - first
    if rest.total < len(dates):
        raise DomainError("installments_out_of_range", field="installments", maximum=rest.total)
    parts = _parts(rest, len(dates), treatment=treatment, rounding=Rounding(loan.rounding))
    left = [rest.total - paid for paid in accumulate(part.total for part in parts)]
    draft = Draft(
        dates, parts, left, rest.total, rest.total, rest.principal, waived=waived(beside, treatment)
    )
    return paid_first(draft, upfront, first, left=rest.total, financed=first.total)


def _parts(
    total: Components, count: int, *, treatment: ArrearsTreatment, rounding: Rounding
) -> Sequence[Components]:
    """Level payments, each with its share of every component; or the rest beside principal in the first."""
    if treatment is not ArrearsTreatment.FIRST_INSTALLMENT:
        return spread(total, level_parts(total.total, count, rounding=rounding))
    repaid = [Components(principal=part) for part in level_parts(total.principal, count, rounding=rounding)]
    beside = placed(without_principal(total), count, treatment=treatment, rounding=rounding)
    return added(repaid, beside)
