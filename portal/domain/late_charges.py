"""What may be charged for lateness: penalty, overdue interest and fees together against the cap (rule P08)."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Final

from portal.domain.loans import InstallmentFacts, LenderType, LoanFacts
from portal.domain.rate_caps import Cap, claimable_pct, is_presumed_excessive, law_cap_of

_INSTITUTIONS: Final = frozenset(
    {
        LenderType.BANK,
        LenderType.CREDIT_CARD,
        LenderType.CONSUMER_FINANCE,
        LenderType.BANK_LOAN_FACILITATION,
    }
)
_INSTITUTIONS_MOST: Final = Decimal("1.5")
"""Times the contract rate: a financial institution's penalty rate is 30 to 50 % above it (银发〔2003〕251号)."""
_SHORTEST_YEAR: Final = 360
"""Days of the year that gives the most: what is more than that is more by any lender's count."""


def claimable_penalty_pct(loan: LoanFacts) -> Decimal:
    """The book's penalty rate, as far as the cap that law sets lets it be claimed (art. 29); what law caps nowhere is the book's.

    It stands in place of the contract rate on overdue principal, so no other rate runs beside it.
    """
    return claimable_pct(loan.penalty_rate_pct, cap=law_cap_of(loan.lender_type, loan.disbursed_on))


def are_late_charges_clear(loan: LoanFacts, cap: Cap) -> bool:
    """Whether nobody needs to look at what this lender charges for lateness; ``cap`` is the plan's (``legal_limits.loan_cap``).

    Of a lender whose kind nobody recorded that is said already.
    """
    if loan.lender_type is LenderType.UNKNOWN:
        return True
    if cap.pct is None:
        return loan.penalty_rate_pct <= 0 and not any(row.due.penalty for row in loan.installments)
    return not (
        max(loan.annual_rate_pct, loan.penalty_rate_pct) > cap.pct
        or _is_out_of_proportion(loan)
        or _has_charged_beyond(loan, law_cap_of(loan.lender_type, loan.disbursed_on))
    )


def _is_out_of_proportion(loan: LoanFacts) -> bool:
    """Measured by the contract rate, which is what late payment costs the lender; without one nothing can be said."""
    penalty, contract = loan.penalty_rate_pct, loan.annual_rate_pct
    if contract <= 0:
        return False
    if loan.lender_type in _INSTITUTIONS:
        return penalty > contract * _INSTITUTIONS_MOST
    return is_presumed_excessive(liquidated=penalty, loss=contract)


def _has_charged_beyond(loan: LoanFacts, cap: Cap) -> bool:
    """Whether the book's own penalty and fees of what has fallen due are more than the cap leaves for them, beyond any rounding."""
    if cap.pct is None:
        return False
    rows = loan.installments
    late = [row for row in rows if row.due_on < loan.as_of]
    charged = sum(row.due.penalty + row.due.fee for row in late)
    return charged > sum(_left_for_charges(loan, late, cap.pct)) + len(late)


def _left_for_charges(
    loan: LoanFacts, late: Sequence[InstallmentFacts], cap_pct: Decimal
) -> Iterator[Fraction]:
    """By installment: what the cap leaves beside interest on all principal in its period, and the whole cap on its own principal since."""
    beside_interest = Fraction(max(Decimal(), cap_pct - loan.annual_rate_pct))
    starts = [loan.disbursed_on, *(row.due_on for row in late)]
    repaid = accumulate((row.due.principal for row in late), initial=0)
    for row, start, before in zip(late, starts, repaid, strict=False):
        in_time = beside_interest * (loan.principal - before) * (row.due_on - start).days
        since = Fraction(cap_pct) * row.due.principal * (loan.as_of - row.due_on).days
        yield (in_time + since) / (100 * _SHORTEST_YEAR)
