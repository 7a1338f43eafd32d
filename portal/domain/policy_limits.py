"""Every limit of the policy by name: what it is measured in, within what it may lie, and which cannot stand together.

Law's own limits are not among them: 60 months (rule P01) and the caps of rates (P07) bound what may be typed here.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final

from portal.domain.errors import DomainError
from portal.domain.loans import LenderType
from portal.domain.money import MAXIMUM
from portal.domain.plans import ArrearsTreatment, DeferredInterest, PlanKind
from portal.domain.policy import DEFAULT_POLICY, LEGAL_CAP_MONTHS, Policy, Referral

Value = int | str | bool | Sequence[int] | Sequence[str] | None
"""A whole number (sums in minor units), a code or a percentage as text, a yes or no, sums, codes; None for no limit."""


class Unit(StrEnum):
    SUM = "sum"
    SUMS = "sums"
    DAYS = "days"
    WORKING_DAYS = "working_days"
    INSTALLMENTS = "installments"
    PERIODS = "periods"
    MONTHS = "months"
    PERCENT = "percent"
    RATE = "rate"
    """Percent a year, as decimal text."""
    PER_MILLE = "per_mille"
    SECONDS = "seconds"
    MINUTES = "minutes"
    HOUR = "hour"
    COUNT = "count"
    CODE = "code"
    CODES = "codes"
    FLAG = "flag"


class Section(StrEnum):
    """How the limits are grouped on pages."""

    AT_ONCE = "at_once"
    OFFERED = "offered"
    TREATMENT = "treatment"
    BUDGET = "budget"
    SECOND = "second"
    TIMES = "times"
    RATES = "rates"
    SUPPORT = "support"


@dataclass(frozen=True, slots=True)
class Limit:
    """``path`` leads to it in the body; ``least`` and ``most`` are included.

    An ``is_optional`` one may be left empty: no limit, or none of it.
    """

    path: tuple[str, ...]
    section: Section
    unit: Unit
    least: int = 0
    most: int = MAXIMUM
    choices: tuple[str, ...] = ()
    is_optional: bool = False

    @property
    def name(self) -> str:
        return ".".join(self.path)

    @property
    def subject(self) -> str | None:
        """The kind of plan, or of lender, that a limit of many is about."""
        return self.path[1] if self.path[0] in {"bands", "max_terms", "product_caps"} else None

    @property
    def topic(self) -> str:
        """The name without its subject: what words are kept by."""
        return ".".join(part for part in self.path if part != self.subject)


@dataclass(frozen=True, slots=True)
class Change:
    """One limit that two versions differ in."""

    limit: Limit
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class PolicyFault:
    """What is wrong with one limit."""

    name: str
    code: str
    details: Mapping[str, object]


class PolicyFaultsError(DomainError):
    """All faults of a body at once, so that nobody mends one to meet the next."""

    def __init__(self, faults: Sequence[PolicyFault]) -> None:
        super().__init__("policy_not_sound")
        self.faults = tuple(faults)


def _span(kind: PlanKind) -> tuple[Unit, int]:
    """What a kind's terms are counted in, and how many there may be at most."""
    match kind:
        case PlanKind.DEFER:
            return Unit.PERIODS, 3
        case PlanKind.INTEREST_ONLY:
            return Unit.PERIODS, 12
        case PlanKind.PAY_BY_DATE:
            return Unit.INSTALLMENTS, 1
        case PlanKind.SETTLEMENT:
            return Unit.INSTALLMENTS, 3
        case _:
            return Unit.MONTHS, LEGAL_CAP_MONTHS


AT_ONCE_KINDS: Final = tuple(kind for kind in PlanKind if kind is not PlanKind.SETTLEMENT)
"""A settlement is a person's to approve whatever the policy says (rule P18)."""
_NOT_LENT_ANEW: Final = (PlanKind.CATCH_UP, PlanKind.INTEREST_ONLY, PlanKind.DEFER, PlanKind.PAY_BY_DATE)
"""Kinds with no principal of their own that arrears could be added to."""
_MOST_SUM: Final = 10**11
_CAPPED_LENDERS: Final = tuple(
    kind
    for kind in LenderType
    if kind not in {LenderType.PRIVATE, LenderType.UNKNOWN, LenderType.BANK_LOAN_FACILITATION}
)
"""For the others law has a figure of its own, or a person looks."""
HIGHEST_RATE: Final = 36
"""Percent a year that a lender's own cap may be at most; where law has a figure, that one comes first (rule P07)."""


def _bands() -> Iterator[Limit]:
    for kind in AT_ONCE_KINDS:
        unit, most = _span(kind)
        for name, of_unit, highest in (
            ("max_amount_minor", Unit.SUM, _MOST_SUM),
            ("max_dpd", Unit.DAYS, 3650),
            ("max_terms", unit, most),
        ):
            least = 0 if name == "max_dpd" else 1
            yield Limit(
                ("bands", kind.value, name), Section.AT_ONCE, of_unit, least, highest, is_optional=True
            )


def _offered() -> Iterator[Limit]:
    for kind in PlanKind:
        unit, most = _span(kind)
        yield Limit(("max_terms", kind.value), Section.OFFERED, unit, 1, most, is_optional=True)


def _rates() -> Iterator[Limit]:
    for kind in _CAPPED_LENDERS:
        yield Limit(("product_caps", kind.value), Section.RATES, Unit.RATE, 1, HIGHEST_RATE, is_optional=True)


def _codes(*codes: StrEnum) -> tuple[str, ...]:
    return tuple(code.value for code in codes)


LIMITS: Final[tuple[Limit, ...]] = (
    *_bands(),
    Limit(("min_payment_minor",), Section.AT_ONCE, Unit.SUM, 0, _MOST_SUM),
    Limit(("deferral_periods_a_year",), Section.AT_ONCE, Unit.PERIODS, 0, 12),
    Limit(("broken_plan_months",), Section.AT_ONCE, Unit.MONTHS, 0, 120),
    Limit(("agent_drafted_limit_minor",), Section.AT_ONCE, Unit.SUM, 0, _MOST_SUM),
    *_offered(),
    Limit(("step_up_top_pct",), Section.OFFERED, Unit.PERCENT, 101, 400),
    Limit(("settlement_floor_pct",), Section.OFFERED, Unit.PERCENT, 1, 100),
    Limit(("promise_days",), Section.OFFERED, Unit.DAYS, 5, 90),
    Limit(
        ("arrears_treatment",),
        Section.TREATMENT,
        Unit.CODE,
        choices=_codes(
            ArrearsTreatment.SPREAD, ArrearsTreatment.FIRST_INSTALLMENT, ArrearsTreatment.CAPITALISED
        ),
    ),
    Limit(("deferred_interest",), Section.TREATMENT, Unit.CODE, choices=_codes(*DeferredInterest)),
    Limit(("budget", "asked_for"), Section.BUDGET, Unit.CODES, choices=_codes(*Referral)),
    Limit(("budget", "asked_above_minor"), Section.BUDGET, Unit.SUM, 0, _MOST_SUM, is_optional=True),
    Limit(("budget", "income_share_pct"), Section.BUDGET, Unit.PERCENT, 1, 100),
    Limit(("budget", "living_floor_minor"), Section.BUDGET, Unit.SUMS, 0, _MOST_SUM),
    Limit(("second_look", "sum_minor"), Section.SECOND, Unit.SUM, 0, _MOST_SUM),
    Limit(("second_look", "waived_minor"), Section.SECOND, Unit.SUM, 0, _MOST_SUM),
    Limit(("second_look", "defer_periods"), Section.SECOND, Unit.PERIODS, 0, 3),
    Limit(("second_look", "staff_relation"), Section.SECOND, Unit.FLAG),
    Limit(("second_look", "agent_drafted"), Section.SECOND, Unit.FLAG),
    Limit(("second_look", "overrides"), Section.SECOND, Unit.CODES, choices=_codes(*Referral)),
    Limit(("answer_working_days",), Section.TIMES, Unit.WORKING_DAYS, 0, 15),
    Limit(("answer_hour",), Section.TIMES, Unit.HOUR, 8, 21),
    Limit(("lead_working_days",), Section.TIMES, Unit.WORKING_DAYS, 0, 20),
    Limit(("draft_days",), Section.TIMES, Unit.DAYS, 1, 90),
    Limit(("offer_days",), Section.TIMES, Unit.DAYS, 1, 60),
    Limit(("counter_days",), Section.TIMES, Unit.DAYS, 1, 60),
    Limit(("question_days",), Section.TIMES, Unit.DAYS, 1, 60),
    Limit(("reading_seconds",), Section.TIMES, Unit.SECONDS, 15, 300),
    Limit(("cooling_minutes",), Section.TIMES, Unit.MINUTES, 0, 1440),
    *_rates(),
    Limit(("support", "borrowers_a_day"), Section.SUPPORT, Unit.COUNT, 1, 1000),
    Limit(("support", "share_per_mille"), Section.SUPPORT, Unit.PER_MILLE, 0, 1000),
    Limit(("support", "first_hour"), Section.SUPPORT, Unit.HOUR, 0, 23),
    Limit(("support", "last_hour"), Section.SUPPORT, Unit.HOUR, 1, 24),
)
BY_NAME: Final[Mapping[str, Limit]] = {limit.name: limit for limit in LIMITS}


def values_of(body: Mapping[str, Any]) -> dict[str, Value]:
    """Every limit of a body by name; what an older body does not say holds as policy reads it."""
    whole = _with_defaults(body)
    return {limit.name: _at(whole, limit) for limit in LIMITS}


def _with_defaults(body: Mapping[str, Any]) -> dict[str, Any]:
    """``asked_for`` empty and no sum are what it is to ask for no budget."""
    no_budget = {**DEFAULT_POLICY["budget"], "asked_for": [], "asked_above_minor": None}
    return {**DEFAULT_POLICY, "budget": no_budget, **body}


def _at(body: Mapping[str, Any], limit: Limit) -> Value:
    found: Any = body
    for part in limit.path:
        found = found.get(part) if isinstance(found, Mapping) else None
    return sorted(found) if limit.unit is Unit.CODES else found


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[Change]:
    """What two bodies differ in, in the order of the limits."""
    old, new = values_of(before), values_of(after)
    return [
        Change(limit, old[limit.name], new[limit.name])
        for limit in LIMITS
        if old[limit.name] != new[limit.name]
    ]


def body_of(values: Mapping[str, Value], *, base: Mapping[str, Any]) -> dict[str, Any]:
    """A body with these values; what ``base`` says besides stays. Raises ``PolicyFaultsError`` with every fault."""
    refuse_unsound(values)
    body = deepcopy(_with_defaults(base))
    for group in ("bands", "max_terms", "product_caps"):
        body[group] = {}
    for limit in LIMITS:
        value = values[limit.name]
        if value is None and limit.subject is not None:
            continue
        _put(
            body,
            limit.path,
            list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value,
        )
    return body


def _put(body: dict[str, Any], path: Sequence[str], value: Value | list[Any]) -> None:
    *way, last = path
    for part in way:
        body = body.setdefault(part, {})
    body[last] = value


def refuse_unsound(values: Mapping[str, Value]) -> None:
    """Raises ``PolicyFaultsError``: a limit out of range, and limits that cannot stand together."""
    faults = [fault for limit in LIMITS for fault in _faults_of(limit, values[limit.name])]
    faulty = {fault.name for fault in faults}
    faults += [fault for fault in _misfits(values) if fault.name not in faulty]
    if faults:
        raise PolicyFaultsError(faults)


def refuse_unsound_body(body: Mapping[str, Any]) -> None:
    """The same of a stored body, which must be a policy besides: KeyError or ValueError where it is none."""
    Policy.from_data("", body)
    refuse_unsound(values_of(body))


def _faults_of(limit: Limit, value: Value) -> Iterator[PolicyFault]:
    if value is None:
        if not limit.is_optional:
            yield _fault(limit, "policy_value_missing")
        return
    match limit.unit:
        case Unit.FLAG:
            return
        case Unit.CODE | Unit.CODES:
            codes = [value] if isinstance(value, str) else list(value)  # type: ignore[arg-type]
            if not set(codes) <= set(limit.choices):
                yield _fault(limit, "policy_value_unknown")
        case Unit.SUMS:
            yield from _floor_faults(limit, value)
        case Unit.RATE:
            if not _is_rate(value, limit):
                yield _fault(limit, "policy_value_out_of_range", least=limit.least, most=limit.most)
        case _:
            if not isinstance(value, int) or not limit.least <= value <= limit.most:
                yield _fault(limit, "policy_value_out_of_range", least=limit.least, most=limit.most)


def _floor_faults(limit: Limit, value: Value) -> Iterator[PolicyFault]:
    sums = [each for each in value if isinstance(each, int)] if isinstance(value, Sequence) else []
    if not sums or len(sums) > 9:
        yield _fault(limit, "policy_value_missing")
    elif any(not limit.least <= each <= limit.most for each in sums):
        yield _fault(limit, "policy_value_out_of_range", least=limit.least, most=limit.most)
    elif sums != sorted(sums):
        yield _fault(limit, "policy_floor_falls")


def _is_rate(value: Value, limit: Limit) -> bool:
    try:
        return limit.least <= Decimal(str(value)) <= limit.most
    except InvalidOperation:
        return False


def _misfits(values: Mapping[str, Value]) -> Iterator[PolicyFault]:
    for kind in AT_ONCE_KINDS:
        yield from _band_misfits(values, kind)
    if not any(values[f"max_terms.{kind.value}"] for kind in AT_ONCE_KINDS):
        yield PolicyFault(f"max_terms.{PlanKind.CATCH_UP.value}", "policy_offers_nothing", {})
    if values["arrears_treatment"] == ArrearsTreatment.CAPITALISED.value and any(
        values[f"max_terms.{kind.value}"] for kind in _NOT_LENT_ANEW
    ):
        yield PolicyFault("arrears_treatment", "policy_treatment_not_for_kinds", {})
    first, last = values["support.first_hour"], values["support.last_hour"]
    if isinstance(first, int) and isinstance(last, int) and first >= last:
        yield PolicyFault("support.last_hour", "policy_hours_end_before_they_begin", {})


def _band_misfits(values: Mapping[str, Value], kind: PlanKind) -> Iterator[PolicyFault]:
    names = {part: f"bands.{kind.value}.{part}" for part in ("max_amount_minor", "max_dpd", "max_terms")}
    said = {part: values[name] for part, name in names.items()}
    missing = [part for part, value in said.items() if value is None]
    if missing and len(missing) < len(said):
        yield from (PolicyFault(names[part], "policy_band_in_part", {}) for part in missing)
        return
    offered = values[f"max_terms.{kind.value}"]
    if missing:
        return
    if offered is None:
        yield PolicyFault(names["max_terms"], "policy_band_of_nothing", {})
    elif isinstance(offered, int) and isinstance(said["max_terms"], int) and said["max_terms"] > offered:
        yield PolicyFault(names["max_terms"], "policy_band_above_offer", {"most": offered})
    least = values["min_payment_minor"]
    amount = said["max_amount_minor"]
    if kind.is_in_parts and isinstance(least, int) and isinstance(amount, int) and amount < least:
        yield PolicyFault(names["max_amount_minor"], "policy_band_below_payment", {})


def _fault(limit: Limit, code: str, **details: object) -> PolicyFault:
    return PolicyFault(limit.name, code, details)
