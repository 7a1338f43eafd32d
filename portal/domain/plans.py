"""Plans: the kinds, what a borrower asks for, and the priced result that is hashed and signed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final

from portal.domain.loans import Components


class PlanKind(StrEnum):
    """Kinds of plan, in the order in which they are shown."""

    CATCH_UP = "catch_up"
    RESCHEDULE = "reschedule"
    STEP_UP = "step_up"
    INTEREST_ONLY = "interest_only"
    DEFER = "defer"
    PAY_BY_DATE = "pay_by_date"
    SETTLEMENT = "settlement"

    @property
    def goes_beside(self) -> bool:
        """Whether it takes over the arrears alone, while the running schedule goes on."""
        return self in {PlanKind.CATCH_UP, PlanKind.PAY_BY_DATE}

    @property
    def moves_schedule(self) -> bool:
        """Whether the loan's own installments stay and their dates move, on the loan's own pay days."""
        return self in {PlanKind.DEFER, PlanKind.INTEREST_ONLY}

    @property
    def is_in_parts(self) -> bool:
        """Whether number, frequency and first date are the borrower's to choose, and a sum may come first."""
        return self in {PlanKind.CATCH_UP, PlanKind.RESCHEDULE, PlanKind.STEP_UP}

    @property
    def is_offered_by_staff_alone(self) -> bool:
        return self is PlanKind.SETTLEMENT


FREQUENCIES: Final = ("1 week", "2 weeks", "4 weeks", "1 month")
"""How often payments of a plan in parts may come."""

UPFRONT_NUMBER: Final = 0
"""Number of the row that holds the sum paid first; installments count from 1."""


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

    ``installments`` is the number of parts; ``defer_periods`` the periods moved (defer), ``interest_periods`` the
    periods of interest alone (interest_only), ``steps`` the levels of step_up, 2 or 3. ``day_of_month`` is 1 to
    28, or 0 for the last day; ``weekday`` 1 for Monday to 7, or 0 for as early as possible, where payments come
    by weeks. ``first_on`` overrides the first date that the policy's lead would give; for pay_by_date it is the
    promised day. ``upfront_minor`` is paid first, on ``upfront_on`` or as early as possible. ``settle_minor`` is
    all that a settlement asks for.
    """

    kind: PlanKind
    installments: int = 0
    defer_periods: int = 0
    every: str = "1 month"
    day_of_month: int = 1
    first_on: date | None = None
    arrears_treatment: ArrearsTreatment = ArrearsTreatment.SPREAD
    deferred_interest: DeferredInterest = DeferredInterest.RUNS
    interest_periods: int = 0
    steps: int = 0
    weekday: int = 0
    upfront_minor: int = 0
    upfront_on: date | None = None
    settle_minor: int = 0

    @property
    def terms(self) -> int:
        """What the policy counts of this kind: installments, or periods."""
        match self.kind:
            case PlanKind.DEFER:
                return self.defer_periods
            case PlanKind.INTEREST_ONLY:
                return self.interest_periods
            case PlanKind.PAY_BY_DATE:
                return 1
            case _:
                return self.installments

    def with_terms(self, count: int) -> "PlanRequest":
        """The same with so many installments, or periods."""
        match self.kind:
            case PlanKind.DEFER:
                return replace(self, defer_periods=count)
            case PlanKind.INTEREST_ONLY:
                return replace(self, interest_periods=count)
            case _:
                return replace(self, installments=count)


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One payment of a plan, minor units. ``is_running`` marks a row of the old schedule that goes on besides."""

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

    @property
    def is_upfront(self) -> bool:
        """Whether it is the sum that is paid first."""
        return self.number == UPFRONT_NUMBER


@dataclass(frozen=True, slots=True)
class PlanCost:
    """What a plan costs: totals in minor units, percentages as decimal text with two places (None: not defined)."""

    total_paid: int
    beyond_principal: int
    annual_compound_pct: str | None
    annual_simple_pct: str | None
    method_version: str


NOTHING: Final = Components()


@dataclass(frozen=True, slots=True)
class Plan:
    """A priced plan. Same facts, request, policy and day give the same value, and so the same bytes.

    ``rows`` are the payments that the plan adds or replaces; ``running_rows`` are the payments of the running schedule
    that fall due beside a kind that ``goes_beside``, shown but not part of the plan's own sum. ``advance`` is what is
    owed today under the plan, ``waived`` what is never to be paid once the plan is kept.
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
    waived: Components = NOTHING

    @property
    def first_on(self) -> date:
        return self.rows[0].due_on

    @property
    def upfront(self) -> PlanRow | None:
        """The sum that is paid first, where there is one."""
        return self.rows[0] if self.rows[0].is_upfront else None

    @property
    def installments(self) -> Sequence[PlanRow]:
        """The payments without the sum that is paid first."""
        return [row for row in self.rows if not row.is_upfront]

    @property
    def levels(self) -> Sequence[tuple[int, int]]:
        """(how many payments follow one another, the largest of them) for each step of step_up, in order."""
        return tuple((len(block), max(row.due for row in block)) for block in self._blocks())

    def _blocks(self) -> Sequence[Sequence[PlanRow]]:
        rows, start, blocks = self.installments, 0, []
        for count in block_sizes(len(rows), max(1, self.request.steps)):
            blocks.append(rows[start : start + count])
            start += count
        return blocks

    @property
    def ends_on(self) -> date:
        return self.rows[-1].due_on

    @property
    def largest_payment(self) -> int:
        """Of the installments; what is paid first stands by itself."""
        return max(row.due for row in self.installments)

    @property
    def most_at_a_time(self) -> int:
        """What must be managed at most: the largest payment, with the largest running one until the plan's end besides."""
        beside = (row.due for row in self.running_rows if row.due_on <= self.ends_on)
        return self.largest_payment + max(beside, default=0)

    @property
    def is_level(self) -> bool:
        """Whether all payments are the same sum."""
        return len({row.due for row in self.installments}) == 1

    @property
    def begins_smaller(self) -> bool:
        """Whether the kind is one of smaller payments first."""
        return self.kind in {PlanKind.STEP_UP, PlanKind.INTEREST_ONLY}

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
                        "upfront_on": _day(request.get("upfront_on")),
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
                "waived": Components(**terms.get("waived", {})),
            }
        )


def block_sizes(count: int, steps: int) -> Sequence[int]:
    """``count`` payments in so many blocks, as equal as can be, the longer ones first."""
    whole, more = divmod(count, steps)
    return [whole + (at < more) for at in range(steps)]


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
