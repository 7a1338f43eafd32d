"""Interest alone for some periods, then the loan as it was, that much later."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.errors import DomainError
from portal.domain.loans import Components, LoanFacts
from portal.domain.plans import ArrearsTreatment, Plan, PlanKind, PlanRequest
from portal.domain.pricing import price_plan
from tests.unit.domain.late_loans import RULES, late_loan

LOAN = late_loan()
"""Installment 7 (15 August) is late; 8 to 12 come on the 15th of September to January. 12 % by 30/360."""


def interest_only(periods: int, loan: LoanFacts = LOAN, **asked: Any) -> Plan:
    return price_plan(loan, PlanRequest(PlanKind.INTEREST_ONLY, interest_periods=periods, **asked), RULES)


def reckoned(plan: Plan) -> list[date]:
    return [row.date_moved_from or row.due_on for row in plan.rows]


def left(loan: LoanFacts = LOAN) -> int:
    return sum(row.outstanding.principal for row in loan.installments)


def test_the_first_pay_days_that_are_possible_take_interest_alone() -> None:
    """15 September is too early for an answer: 15 October is 35 days from now, the next ones a month each."""
    plan = interest_only(2)
    first, second = plan.rows[:2]
    assert reckoned(plan)[:3] == [date(2026, 10, 15), date(2026, 11, 15), date(2026, 12, 15)]
    assert first.parts == Components(interest=round(Decimal(left()) * 12 * 35 / 36_000))
    assert second.parts == Components(interest=round(Decimal(left()) / 100))
    assert second.balance == left()


def test_then_the_installments_follow_as_before_the_overdue_one_first() -> None:
    plan = interest_only(2, arrears_treatment=ArrearsTreatment.WAIVED)
    late, *coming = LOAN.installments[6:]
    assert plan.rows[2].parts == Components(late.due.principal, round(Decimal(left()) / 100))
    assert [row.parts for row in plan.rows[3:]] == [row.due for row in coming]
    assert reckoned(plan)[-1] == date(2027, 5, 15)


def test_of_two_late_installments_the_second_bears_interest_on_what_the_first_has_left() -> None:
    loan = late_loan(met=5)
    first, second, *coming = loan.installments[5:]
    plan = interest_only(2, loan, arrears_treatment=ArrearsTreatment.WAIVED)
    assert plan.rows[2].parts == Components(first.due.principal, round(Decimal(left(loan)) / 100))
    rest = left(loan) - first.due.principal
    assert plan.rows[3].parts == Components(second.due.principal, round(Decimal(rest) / 100))
    assert [row.parts for row in plan.rows[4:]] == [row.due for row in coming]


def test_each_period_more_moves_the_end_by_one() -> None:
    assert [reckoned(interest_only(k))[-1].isoformat() for k in (1, 2, 3, 6)] == [
        "2027-04-15",
        "2027-05-15",
        "2027-06-15",
        "2027-09-15",
    ]


def test_old_interest_penalty_and_fees_wait_until_principal_is_repaid_again() -> None:
    loan = late_loan(extra=Components(fee=600, penalty=60))
    plan = interest_only(1, loan)
    assert [row.parts.penalty for row in plan.rows] == [0, 10, 10, 10, 10, 10, 10]
    assert sum(row.parts.fee for row in plan.rows) == 600
    assert plan.rows[0].parts.fee == 0


def test_they_come_with_the_first_payment_where_policy_says_so() -> None:
    loan = late_loan(extra=Components(penalty=60))
    plan = interest_only(1, loan, arrears_treatment=ArrearsTreatment.FIRST_INSTALLMENT)
    assert [row.parts.penalty for row in plan.rows] == [60, 0, 0, 0, 0, 0, 0]


def test_it_costs_the_contract_rate_and_says_when_it_ends() -> None:
    plan = interest_only(3)
    assert plan.cost.annual_simple_pct is not None
    assert Decimal(11) < Decimal(plan.cost.annual_simple_pct) < Decimal("12.5")
    assert "interest_first" in plan.notes
    assert "last_payment_larger" not in plan.notes
    assert plan.running_rows == ()


def test_a_loan_without_interest_has_none_to_pay_first() -> None:
    with pytest.raises(DomainError) as refusal:
        interest_only(2, late_loan(annual_rate_pct=Decimal(0)))
    assert (refusal.value.code, refusal.value.field) == ("no_interest_to_pay", "kind")


def test_a_loan_whose_term_is_over_goes_on_beyond_its_end() -> None:
    loan = late_loan(met=10)
    late = [row for row in loan.installments if not row.is_met]
    over = price_plan(
        loan,
        PlanRequest(PlanKind.INTEREST_ONLY, interest_periods=1),
        RULES.__class__(RULES.policy, RULES.calendar, date(2027, 3, 1)),
    )
    assert [row.parts.principal for row in over.rows] == [0, *(row.due.principal for row in late)]
    assert reckoned(over) == [date(2027, 3, 15), date(2027, 4, 15), date(2027, 5, 15)]


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 6),
    st.builds(
        late_loan,
        met=st.integers(2, 6),
        annual_rate_pct=st.decimals(1, 36, places=2),
        day_count=st.sampled_from(["30/360", "act/365", "act/act", "act/360"]),
        interest_method=st.sampled_from(["declining", "flat"]),
        rounding=st.sampled_from(["half_even", "half_up", "floor"]),
    ),
)
def test_k_payments_of_interest_and_all_principal_after_them(periods: int, loan: LoanFacts) -> None:
    plan = interest_only(periods, loan)
    alone, rest = plan.rows[:periods], plan.rows[periods:]
    unmet = [row for row in loan.installments if not row.is_met]
    assert all(row.parts == Components(interest=row.due) and row.due > 0 for row in alone)
    assert [row.parts.principal for row in rest] == [row.outstanding.principal for row in unmet]
    assert {row.balance for row in alone} == {left(loan)}
    assert plan.cost.total_paid - plan.cost.beyond_principal == left(loan)
