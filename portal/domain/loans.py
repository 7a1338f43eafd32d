"""The facts of a loan, as the rules need them: frozen, free of the database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class LoanStatus(StrEnum):
    """Status of the account in the lender's book."""

    ACTIVE = "active"
    CLOSED = "closed"
    CHARGED_OFF = "charged_off"


class LenderType(StrEnum):
    """Kinds of lender that the rate caps tell apart (rule P07)."""

    BANK = "bank"
    CREDIT_CARD = "credit_card"
    CONSUMER_FINANCE = "consumer_finance"
    BANK_LOAN_FACILITATION = "bank_loan_facilitation"
    MICRO_LOAN = "micro_loan"
    PRIVATE = "private"
    UNKNOWN = "unknown"


class Stage(StrEnum):
    """Who is handling a late loan."""

    REMINDER = "reminder"
    INTERNAL = "internal"
    AGENCY = "agency"
    LEGAL = "legal"


@dataclass(frozen=True, slots=True)
class Components:
    """Principal, interest, fee and penalty of one sum, in minor units."""

    principal: int = 0
    interest: int = 0
    fee: int = 0
    penalty: int = 0

    @property
    def total(self) -> int:
        return self.principal + self.interest + self.fee + self.penalty

    def __add__(self, other: "Components") -> "Components":
        return Components(
            self.principal + other.principal,
            self.interest + other.interest,
            self.fee + other.fee,
            self.penalty + other.penalty,
        )

    def __sub__(self, other: "Components") -> "Components":
        return Components(
            self.principal - other.principal,
            self.interest - other.interest,
            self.fee - other.fee,
            self.penalty - other.penalty,
        )

    def as_dict(self) -> dict[str, int]:
        return {
            "principal": self.principal,
            "interest": self.interest,
            "fee": self.fee,
            "penalty": self.penalty,
        }


@dataclass(frozen=True, slots=True)
class InstallmentFacts:
    """One scheduled payment of a loan: what is due, what was paid."""

    number: int
    due_on: date
    due: Components
    paid: Components

    @property
    def outstanding(self) -> Components:
        return self.due - self.paid

    @property
    def is_met(self) -> bool:
        """Nothing of it is outstanding."""
        due, paid = self.due, self.paid
        return (
            due.principal + due.interest + due.fee + due.penalty
            <= paid.principal + paid.interest + paid.fee + paid.penalty
        )


def outstanding_of(installments: Iterable[InstallmentFacts]) -> Components:
    """What is due of all of them and not paid yet: their ``outstanding`` together."""
    principal = interest = fee = penalty = 0
    for row in installments:
        due, paid = row.due, row.paid
        principal += due.principal - paid.principal
        interest += due.interest - paid.interest
        fee += due.fee - paid.fee
        penalty += due.penalty - paid.penalty
    return Components(principal, interest, fee, penalty)


@dataclass(frozen=True, slots=True)
class Pause:
    """Days that do not count as delinquent, from ``start`` up to but not including ``end`` (None: still running)."""

    start: date
    end: date | None


@dataclass(frozen=True, slots=True)
class LoanFacts:
    """A loan as the book states it at ``as_of``; rates are percent a year, money is minor units of ``currency``."""

    loan_ref: str
    currency: str
    creditor: str
    product: str
    lender_type: LenderType
    status: LoanStatus
    disbursed_on: date
    principal: int
    annual_rate_pct: Decimal
    penalty_rate_pct: Decimal
    amortisation: str
    interest_method: str
    day_count: str
    rounding: str
    every: str
    multiple: int | None
    has_guarantor: bool
    as_of: date
    installments: Sequence[InstallmentFacts]
    pauses: Sequence[Pause] = ()
    payments: Sequence[tuple[str, date, int]] = ()
    """(payment_ref, paid_on, minor units) of payments that were not reversed."""
    is_under_plan: bool = False
    """The installments are those that a running plan left, not the book's: a change is priced from them, late or not."""

    def fingerprint(self) -> Mapping[str, object]:
        """What "facts moved" compares: balance, payments, schedule and status; a new day or ``as_of`` alone is no move.

        A row is number, date, principal, interest and fee due, then the four parts paid. The penalty due is left out: it grows by
        itself, and a newer book restates it every day.
        """
        return {
            "status": self.status.value,
            "principal": self.principal,
            "annual_rate_pct": str(self.annual_rate_pct),
            "penalty_rate_pct": str(self.penalty_rate_pct),
            "installments": [
                [
                    i.number,
                    i.due_on.isoformat(),
                    i.due.principal,
                    i.due.interest,
                    i.due.fee,
                    *i.paid.as_dict().values(),
                ]
                for i in self.installments
            ],
            "payments": sorted([ref, paid_on.isoformat(), amount] for ref, paid_on, amount in self.payments),
        }
