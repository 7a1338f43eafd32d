"""Which terms each kind of plan reads; what is said of the others says nothing about it."""

from collections.abc import Mapping
from typing import Final

from portal.domain.plans import PlanKind

_OF_ALL: Final = frozenset({"kind", "arrears_treatment"})
_IN_PARTS: Final = frozenset({"installments", "every", "day_of_month", "weekday", "first_on"})
_WITH_A_SUM_FIRST: Final = _IN_PARTS | {"upfront_minor", "upfront_on"}
READ_BY: Final[Mapping[PlanKind, frozenset[str]]] = {
    PlanKind.CATCH_UP: _OF_ALL | _WITH_A_SUM_FIRST,
    PlanKind.RESCHEDULE: _OF_ALL | _WITH_A_SUM_FIRST,
    PlanKind.STEP_UP: _OF_ALL | _WITH_A_SUM_FIRST | {"steps"},
    PlanKind.DEFER: _OF_ALL | {"defer_periods", "deferred_interest"},
    PlanKind.INTEREST_ONLY: _OF_ALL | {"interest_periods"},
    PlanKind.PAY_BY_DATE: _OF_ALL | {"first_on"},
    PlanKind.SETTLEMENT: _OF_ALL | _IN_PARTS | {"settle_minor"},
}
"""By kind, names of fields of ``PlanRequest``."""
