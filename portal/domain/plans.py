"""Plans: the kinds, what a borrower asks for, and the priced result that is hashed and signed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from portal.domain.loans import Components


class PlanKind(StrEnum):
    """Kinds of plan; later kinds (interest_only, step_up, pay_by_date, settlement) join here."""

    CATCH_UP = "catch_up"
    RESCHEDULE = "reschedule"
    DEFER = "defer"


class ArrearsTreatment(StrEnum):
    """What happens to the interest, penalty and fees in arrears. Never silent."""

    SPREAD = "spread"
    FIRST_INSTALLMENT = "first_installment"
    CAPITALISED = "capitalised"
    WAIVED = "waived"


class DeferredInterest(StrEnum):
    """What interest does while due dates are moved."""

    RUNS = "runs"
    STOPS = "stops"
    RUNS_AND_PAID_AT_END = "runs_and_paid_at_end"


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What a borrower (or an approver, countering) asks to be priced.

    ``installments`` is the number of parts (catch_up, reschedule); ``defer_periods`` the periods moved (defer, 1 to 3).
    ``day_of_month`` is 1 to 28, or 0 for the last day. ``first_on`` overrides the first date that the policy's lead would give.
    """

    kind: PlanKind
    installments: int = 0
    defer_periods: int = 0
    every: str = "1 month"
    day_of_month: int = 1
    first_on: date | None = None
    arrears_treatment: ArrearsTreatment = ArrearsTreatment.SPREAD
    deferred_interest: DeferredInterest = DeferredInterest.RUNS


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One payment of a plan, minor units. ``is_running`` marks a row of the old schedule that goes on beside a catch_up."""

    number: int
    due_on: date
    parts: Components
    balance: int
    is_running: bool = False
    date_moved_from: date | None = None
    date_unchecked: bool = False

    @property
    def due(self) -> int:
        return self.parts.total


@dataclass(frozen=True, slots=True)
class PlanCost:
    """What a plan costs: totals in minor units, percentages as decimal text with two places (None: not defined)."""

    total_paid: int
    beyond_principal: int
    annual_compound_pct: str | None
    annual_simple_pct: str | None
    method_version: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A priced plan. Same facts, request, policy and day give the same value, and so the same bytes.

    ``rows`` are the payments that the plan adds or replaces; ``running_rows`` (catch_up) are the payments of the running schedule
    that fall due besides, shown but not part of the plan's own sum. ``advance`` is what is owed today under the plan.
    """

    kind: PlanKind
    request: PlanRequest
    priced_on: date
    currency: str
    arrears: Components
    advance: int
    rows: Sequence[PlanRow]
    cost: PlanCost
    running_rows: Sequence[PlanRow] = ()
    notes: Sequence[str] = field(default=())
    """Codes that the page must explain: e.g. ``last_payment_larger``, ``date_moved_holiday``, ``dates_beyond_calendar``."""
    convention: Mapping[str, str] = field(default_factory=dict)
    """amortisation, interest_method, day_count, rounding, calendar version, engine version."""

    @property
    def first_on(self) -> date:
        return self.rows[0].due_on

    @property
    def ends_on(self) -> date:
        return self.rows[-1].due_on

    @property
    def largest_payment(self) -> int:
        return max(row.due for row in self.rows)

    @property
    def most_at_a_time(self) -> int:
        """What must be managed at most: the largest payment, with the largest running one until the plan's end besides."""
        beside = (row.due for row in self.running_rows if row.due_on <= self.ends_on)
        return self.largest_payment + max(beside, default=0)

    @property
    def is_level(self) -> bool:
        """Whether all payments are the same sum."""
        return len({row.due for row in self.rows}) == 1

    def terms(self) -> dict[str, object]:
        """The plan as JSON-safe data, the form that is hashed (dates ISO, enums their values, money integers)."""
        return _plain(asdict(self))  # type: ignore[return-value]

    @classmethod
    def from_terms(cls, terms: Mapping[str, Any]) -> "Plan":
        """What ``terms`` gave, also after a way through JSON."""
        request = terms["request"]
        return cls(
            **{
                **terms,
                "kind": PlanKind(terms["kind"]),
                "request": PlanRequest(
                    **{
                        **request,
                        "kind": PlanKind(request["kind"]),
                        "first_on": _day(request["first_on"]),
                        "arrears_treatment": ArrearsTreatment(request["arrears_treatment"]),
                        "deferred_interest": DeferredInterest(request["deferred_interest"]),
                    }
                ),
                "priced_on": date.fromisoformat(terms["priced_on"]),
                "arrears": Components(**terms["arrears"]),
                "rows": tuple(map(_row, terms["rows"])),
                "cost": PlanCost(**terms["cost"]),
                "running_rows": tuple(map(_row, terms["running_rows"])),
                "notes": tuple(terms["notes"]),
            }
        )


def _row(data: Mapping[str, Any]) -> PlanRow:
    return PlanRow(
        **{
            **data,
            "due_on": date.fromisoformat(data["due_on"]),
            "parts": Components(**data["parts"]),
            "date_moved_from": _day(data["date_moved_from"]),
        }
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _plain(value: object) -> object:
    match value:
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case date():
            return value.isoformat()
        case StrEnum():
            return value.value
        case _:
            return value
