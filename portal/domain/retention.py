"""How long what is kept: the least that rules ask for (C16, C17), after which nothing but a dispute keeps it."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from portal.domain.calendar import add_months


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """``years`` from the day of what is kept, or from settlement; ``after_settlement``: never before the loan is settled.

    ``is_erased``: the day's run erases it. Where it does not, a person decides.
    """

    rule: str
    years: int
    after_settlement: bool
    is_erased: bool

    def cutoff(self, on: date) -> date:
        """What is older than this day may go."""
        return add_months(on, -12 * self.years)


CONTACTS: Final = Retention(rule="C16", years=5, after_settlement=True, is_erased=True)
"""Records of collection: 5 years, and not before settlement."""
AGREEMENTS: Final = Retention(rule="C17", years=10, after_settlement=True, is_erased=False)
"""Agreements, identity, transactions: 10 years after settlement. Nothing here is as old as that yet."""
