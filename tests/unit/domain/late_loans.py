"""Late loans for tests of pricing."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from portal.domain.calendar import BusinessCalendar, Every
from portal.domain.loans import Components, InstallmentFacts, LenderType, LoanFacts, LoanStatus
from portal.domain.policy import DEFAULT_POLICY, Policy
from portal.domain.pricing_rules import PricingRules
from portal.domain.schedules import ScheduleTerms, schedule_of

TODAY = date(2026, 9, 10)
CALENDAR = BusinessCalendar.of(
    "CN-2026",
    first_year=2026,
    covers_to=date(2026, 12, 31),
    holidays=[date(2026, 9, 25), *(date(2026, 10, day) for day in range(1, 8))],
    workdays=[date(2026, 9, 20), date(2026, 10, 10)],
)
POLICY = Policy.from_data("test", DEFAULT_POLICY)
RULES = PricingRules(POLICY, CALENDAR, TODAY)


def loan_of(*installments: InstallmentFacts, **changes: Any) -> LoanFacts:
    facts: dict[str, Any] = {
        "loan_ref": "L1",
        "currency": "CNY",
        "creditor": "C",
        "product": "cash",
        "lender_type": LenderType.CONSUMER_FINANCE,
        "status": LoanStatus.ACTIVE,
        "disbursed_on": date(2026, 1, 15),
        "principal": sum(row.due.principal for row in installments),
        "annual_rate_pct": Decimal(12),
        "penalty_rate_pct": Decimal(18),
        "amortisation": "equal_installment",
        "interest_method": "declining",
        "day_count": "30/360",
        "rounding": "half_even",
        "every": "1 month",
        "multiple": None,
        "has_guarantor": False,
        "as_of": TODAY,
        "installments": tuple(installments),
    }
    return LoanFacts(**(facts | changes))


def late_loan(*, met: int = 6, extra: Components | None = None, **changes: Any) -> LoanFacts:
    """12,000.00 over 12 months from 15 January at 12 %, the first ``met`` installments paid; ``extra`` is due
    besides in the first unmet one (penalty, fee).
    """
    terms = ScheduleTerms(
        principal=1_200_000,
        annual_rate_pct=Decimal(12),
        installments=12,
        every=Every.parse("1 month"),
        disbursed_on=date(2026, 1, 15),
    )
    return loan_of(*_installments(terms, met, extra or Components()), **changes)


def _installments(terms: ScheduleTerms, met: int, extra: Components) -> Sequence[InstallmentFacts]:
    return [
        InstallmentFacts(
            row.number,
            row.due_on,
            (due := Components(row.principal, row.interest))
            + (extra if row.number == met + 1 else Components()),
            due if row.number <= met else Components(),
        )
        for row in schedule_of(terms).rows
    ]
