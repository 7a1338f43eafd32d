"""Penalty that a book charges beyond what an agreement fixed: from its signing on none is claimed while the plan is kept."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from portal.domain.loans import InstallmentFacts

_PENALTY_PAID: Final = -1
"""Of a row of the fingerprint (see ``LoanFacts.fingerprint``)."""


def penalty_beyond(signed: Mapping[str, Any], book: Sequence[InstallmentFacts]) -> int:
    """By how much the penalty of the book, paid or not, is above the one that was fixed; minor units, 0 where it is not.

    ``signed`` is ``AgreementContent.facts`` of the first agreement about the book's own figures. A unit an installment is rounding.
    """
    paid = sum(int(row[_PENALTY_PAID]) for row in signed["installments"])
    fixed = paid + int(signed["arrears"]["penalty"])
    beyond = sum(row.due.penalty for row in book) - fixed
    return beyond if beyond > len(book) else 0
