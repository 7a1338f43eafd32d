"""What a loan may cost at most: caps by lender type and contract date (rules P07-P10)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Final

from portal.domain.errors import DomainError
from portal.domain.loans import LenderType
from portal.domain.prime_rates import PUBLISHED_1Y, PrimeRates


class CapBasis(StrEnum):
    """Where a cap comes from."""

    FOUR_LPR = "four_lpr"
    ALL_IN = "all_in"
    PRODUCT = "product"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Cap:
    """``pct`` a year; None where nobody knows it, and then a person looks."""

    pct: Decimal | None
    basis: CapBasis

    @property
    def is_known(self) -> bool:
        return self.pct is not None


@dataclass(frozen=True, slots=True)
class CapTable:
    """One version of the caps, as data.

    ``all_in`` and ``product`` hold, by lender type, the first contract date and the percentage. ``four_lpr_from`` is the first contract
    date under the present judicial interpretation.
    """

    version: str
    four_lpr_from: date
    all_in: Mapping[LenderType, tuple[date, Decimal]]
    product: Mapping[LenderType, tuple[date, Decimal]]
    lpr_times: int = 4


_LENDERS_OWN: Final = (date.min, Decimal(24))
_LICENSED: Final = (
    LenderType.BANK,
    LenderType.CREDIT_CARD,
    LenderType.CONSUMER_FINANCE,
    LenderType.MICRO_LOAN,
)

CN_CAPS: Final = CapTable(
    version="cn-2",
    four_lpr_from=date(2020, 8, 20),
    all_in={LenderType.BANK_LOAN_FACILITATION: (date(2025, 10, 1), Decimal(24))},
    product=dict.fromkeys(_LICENSED, _LENDERS_OWN),
)
"""Private lending interpretation art. 25-29; 金规〔2025〕9号 art. 6.

The product caps are a lender's first setting and no figure of law.
"""
_prime_rates: list[PrimeRates] = [PUBLISHED_1Y]
"""One: what this process knows of the prime rate. Without the figure of its month a private loan goes to a person."""


def known_prime_rates() -> PrimeRates:
    return _prime_rates[0]


def know_prime_rates(further: Mapping[date, Decimal]) -> None:
    """What operators added to the published figures holds from here on, for all that this process works out."""
    _prime_rates[0] = replace(PUBLISHED_1Y, further=dict(further))
    law_cap_of.cache_clear()


def cap_of(
    lender_type: LenderType, contract_date: date, *, table: CapTable = CN_CAPS, lpr_1y: Decimal | None = None
) -> Cap:
    """The cap on a contract of that day. ``lpr_1y`` overrides the prime rate that is known.

    Four times the prime rate binds private lending alone: licensed lenders and the seven kinds of local
    financial organisations are outside it (art. 1; reply 法释〔2020〕27号).
    """
    if lender_type is LenderType.PRIVATE:
        prime = known_prime_rates().on(contract_date) if lpr_1y is None else lpr_1y
        if prime is None or contract_date < table.four_lpr_from:
            return Cap(None, CapBasis.UNKNOWN)
        return Cap(prime * table.lpr_times, CapBasis.FOUR_LPR)
    for caps, basis in ((table.all_in, CapBasis.ALL_IN), (table.product, CapBasis.PRODUCT)):
        since, pct = caps.get(lender_type, (date.max, Decimal()))
        if contract_date >= since:
            return Cap(pct, basis)
    return Cap(None, CapBasis.UNKNOWN)


_BY_LAW: Final = replace(CN_CAPS, product={})


@lru_cache(maxsize=1 << 12)
def law_cap_of(lender_type: LenderType, contract_date: date) -> Cap:
    """The cap that law itself sets on a contract of that day; unknown where the only one is a lender's own."""
    return cap_of(lender_type, contract_date, table=_BY_LAW)


class RateVerdict(StrEnum):
    WITHIN = "within"
    UNCLEAR = "unclear"
    ABOVE = "above"


def judge_rate(*, simple_pct: Decimal, compound_pct: Decimal, cap: Cap) -> RateVerdict:
    """Above where even the simple yearly figure exceeds the cap; where only the compound one does, a person
    looks.
    """
    if cap.pct is None:
        return RateVerdict.UNCLEAR
    if min(simple_pct, compound_pct) > cap.pct:
        return RateVerdict.ABOVE
    return RateVerdict.UNCLEAR if max(simple_pct, compound_pct) > cap.pct else RateVerdict.WITHIN


def refuse_above_cap(pct: Decimal, cap: Cap) -> None:
    """Raises ``rate_above_cap`` naming the cap; an unknown cap refuses nothing."""
    if cap.pct is not None and pct > cap.pct:
        raise DomainError("rate_above_cap", rule="P07", cap=_text(cap.pct), asked=_text(pct))


def claimable_pct(*rates: Decimal, cap: Cap) -> Decimal:
    """Overdue interest, penalty and other fees together, as far as the cap lets them be claimed (art. 29)."""
    total = sum(rates, Decimal())
    return total if cap.pct is None else min(total, cap.pct)


def is_presumed_excessive(*, liquidated: int | Decimal, loss: int | Decimal) -> bool:
    """Liquidated damages more than 30 % above the actual loss (contract part interpretation, art. 65); both sums or both rates."""
    return liquidated * 10 > loss * 13


def most_ever_payable(original_principal: int, *, cap_pct: Decimal, whole_term_years: Fraction) -> int:
    """Principal and interest that may ever be paid when unpaid interest is written into a new principal
    (art. 27).
    """
    return int(original_principal * (1 + Fraction(cap_pct) / 100 * whole_term_years))


def refuse_repapering(
    total_payable: int, original_principal: int, *, cap: Cap, whole_term_years: Fraction
) -> None:
    """Raises ``total_above_cap`` where new terms pass ``most_ever_payable``; binds private lending alone."""
    if cap.basis is not CapBasis.FOUR_LPR or cap.pct is None:
        return
    most = most_ever_payable(original_principal, cap_pct=cap.pct, whole_term_years=whole_term_years)
    if total_payable > most:
        raise DomainError("total_above_cap", rule="P09", most_minor=most, cap=_text(cap.pct))


def principal_received(face: int, *, withheld: int) -> int:
    """What was deducted before it was paid out was never lent (Civil Code art. 670)."""
    if not 0 <= withheld < face:
        raise DomainError("withheld_out_of_range", field="withheld", rule="P10")
    return face - withheld


def _text(pct: Decimal) -> str:
    return f"{pct.normalize():f}"
