"""``settlement``: less than everything owed, at once or in up to three parts, and the rest is waived once it is paid.

What is given up first is penalty, then fees, then interest, and principal last: so a settlement reads as the
borrower's gain that it is, and no part of it is called a charge while principal was waived.
"""

from collections.abc import Sequence
from datetime import date
from itertools import accumulate
from typing import Final

from portal.domain.amortisation import level_parts
from portal.domain.drafts import Draft
from portal.domain.errors import DomainError
from portal.domain.loans import Components, LoanFacts
from portal.domain.money import refused_sum
from portal.domain.owed import Owed
from portal.domain.policy import Policy
from portal.domain.rounding import Rounding
from portal.domain.spreading import first_of, spread

_KEPT_FIRST: Final = ("principal", "interest", "fee", "penalty")


def settlement_bounds(owed: Owed, policy: Policy) -> tuple[int, int]:
    """The least and the most that a settlement may ask for: the policy's share of everything owed, and less than all."""
    least = -(-owed.total * policy.settlement_floor_pct // 100)
    return least, owed.total - 1


def draft_settlement(
    loan: LoanFacts, owed: Owed, dates: Sequence[date], asked: int, *, policy: Policy
) -> Draft:
    """Raises ``settlement_out_of_bounds``, and ``installments_out_of_range`` where there are more parts than minor units."""
    least, most = settlement_bounds(owed, policy)
    if not least <= asked <= most:
        raise refused_sum(
            "settlement_out_of_bounds", field="settle", currency=loan.currency, lowest=least, highest=most
        )
    if asked < len(dates):
        raise DomainError("installments_out_of_range", field="installments", maximum=asked)
    everything = Components(principal=owed.principal) + owed.beside_principal
    kept = first_of(everything, asked, _KEPT_FIRST)
    parts = spread(kept, level_parts(asked, len(dates), rounding=Rounding(loan.rounding)))
    left = [asked - paid for paid in accumulate(part.total for part in parts)]
    return Draft(dates, parts, left, asked, asked, kept.principal, waived=everything - kept)
