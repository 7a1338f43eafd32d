"""What policy looked at when an offer was signed, frozen: enough to answer it again under other limits, long afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, Final

from portal.domain.budgets import Budget
from portal.domain.loans import Components, InstallmentFacts, LenderType, LoanFacts, LoanStatus, Pause
from portal.domain.policy import Circumstances, HardshipReason, Policy, is_broken_lately

FORMAT: Final = 1
"""Raised where the data could not be read by what was written before."""

_KEPT: Final = tuple(
    each.name
    for each in fields(Circumstances)
    if each.name not in {"hardship_reason", "budget", "has_broken_plan_lately", "are_late_charges_clear"}
)
"""The circumstances that are frozen as they were. What a borrower told with consent stays where it can be withdrawn; how lately a plan
broke is the policy's to say, and what may be charged for lateness the loan's facts say themselves.
"""


class UnreadableFacts(ValueError):
    """Kept by another version of the product, or not whole."""


@dataclass(frozen=True, slots=True)
class FrozenFacts:
    """A loan and its circumstances on the day of signing. ``broken_on``: when earlier plans broke, None where nobody knew."""

    loan: LoanFacts
    on: date
    dpd: int
    circumstances: Circumstances
    broken_on: Sequence[date | None]
    calendar_version: str

    def under(
        self,
        policy: Policy,
        *,
        hardship: HardshipReason = HardshipReason.NOT_SAID,
        budget: Budget | None = None,
    ) -> Circumstances:
        """The circumstances as a policy sees them; ``hardship`` and ``budget`` are what the borrower still lets be kept."""
        kept = {name: getattr(self.circumstances, name) for name in _KEPT}
        return Circumstances(
            **kept,
            hardship_reason=hardship,
            budget=budget,
            has_broken_plan_lately=is_broken_lately(self.broken_on, self.on, policy),
        )

    def as_data(self) -> dict[str, Any]:
        """JSON-safe."""
        return {
            "format": FORMAT,
            "loan": _loan_data(self.loan),
            "on": self.on.isoformat(),
            "dpd": self.dpd,
            "circumstances": {name: getattr(self.circumstances, name) for name in _KEPT},
            "broken_on": [None if day is None else day.isoformat() for day in self.broken_on],
            "calendar": self.calendar_version,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "FrozenFacts":
        """What ``as_data`` gave, also after a way through JSON; ``UnreadableFacts`` where it is something else."""
        try:
            if data["format"] != FORMAT:
                raise UnreadableFacts(f"facts of format {data['format']}")
            return cls(
                loan=_loan(data["loan"]),
                on=date.fromisoformat(data["on"]),
                dpd=int(data["dpd"]),
                circumstances=Circumstances(**{name: data["circumstances"][name] for name in _KEPT}),
                broken_on=tuple(
                    None if day is None else date.fromisoformat(day) for day in data["broken_on"]
                ),
                calendar_version=str(data["calendar"]),
            )
        except (KeyError, TypeError) as error:
            raise UnreadableFacts(str(error)) from error


_TEXTS: Final = (
    "loan_ref", "currency", "creditor", "product", "amortisation", "interest_method", "day_count", "rounding", "every",
)  # fmt: skip


def _loan_data(loan: LoanFacts) -> dict[str, Any]:
    return {
        **{name: getattr(loan, name) for name in _TEXTS},
        "lender_type": loan.lender_type.value,
        "status": loan.status.value,
        "disbursed_on": loan.disbursed_on.isoformat(),
        "principal": loan.principal,
        "annual_rate_pct": format(loan.annual_rate_pct, "f"),
        "penalty_rate_pct": format(loan.penalty_rate_pct, "f"),
        "multiple": loan.multiple,
        "has_guarantor": loan.has_guarantor,
        "as_of": loan.as_of.isoformat(),
        "installments": [
            [row.number, row.due_on.isoformat(), *row.due.as_dict().values(), *row.paid.as_dict().values()]
            for row in loan.installments
        ],
        "pauses": [
            [each.start.isoformat(), each.end.isoformat() if each.end else None] for each in loan.pauses
        ],
        "is_under_plan": loan.is_under_plan,
    }


def _loan(data: Mapping[str, Any]) -> LoanFacts:
    texts: dict[str, Any] = {name: str(data[name]) for name in _TEXTS}
    return LoanFacts(
        **texts,
        lender_type=LenderType(data["lender_type"]),
        status=LoanStatus(data["status"]),
        disbursed_on=date.fromisoformat(data["disbursed_on"]),
        principal=data["principal"],
        annual_rate_pct=Decimal(data["annual_rate_pct"]),
        penalty_rate_pct=Decimal(data["penalty_rate_pct"]),
        multiple=data["multiple"],
        has_guarantor=data["has_guarantor"],
        as_of=date.fromisoformat(data["as_of"]),
        installments=tuple(_installment(row) for row in data["installments"]),
        pauses=tuple(
            Pause(date.fromisoformat(start), date.fromisoformat(end) if end else None)
            for start, end in data["pauses"]
        ),
        is_under_plan=data["is_under_plan"],
    )


def _installment(row: Sequence[Any]) -> InstallmentFacts:
    number, due_on, *sums = row
    return InstallmentFacts(number, date.fromisoformat(due_on), Components(*sums[:4]), Components(*sums[4:]))
