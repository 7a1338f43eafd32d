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
from portal.domain.spreading import added, kept, placed, refuse_capitalised, spread, without_principal


def draft_catch_up(
    loan: LoanFacts, owed: Owed, dates: Sequence[date], *, treatment: ArrearsTreatment
) -> Draft:
    """Raises ``installments_out_of_range`` where there are more parts than minor units."""
    refuse_capitalised(treatment)
    principal = Components(principal=owed.arrears.parts.principal)
    total = principal + kept(without_principal(owed.arrears.parts), treatment)
    if total.total < len(dates):
        raise DomainError("installments_out_of_range", field="installments", maximum=total.total)
    parts = _parts(total, len(dates), treatment=treatment, rounding=Rounding(loan.rounding))
    left = [total.total - paid for paid in accumulate(part.total for part in parts)]
    return Draft(dates, parts, left, total.total, total.total, total.principal)


def _parts(
    total: Components, count: int, *, treatment: ArrearsTreatment, rounding: Rounding
) -> Sequence[Components]:
    """Level payments, each with its share of every component; or the rest beside principal in the first."""
    if treatment is not ArrearsTreatment.FIRST_INSTALLMENT:
        return spread(total, level_parts(total.total, count, rounding=rounding))
    repaid = [Components(principal=part) for part in level_parts(total.principal, count, rounding=rounding)]
    beside = placed(without_principal(total), count, treatment=treatment, rounding=rounding)
    return added(repaid, beside)
