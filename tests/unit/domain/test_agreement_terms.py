"""Old and new terms of an agreement (rule P03): what was to be paid without the plan, and what is with it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portal.domain.agreement_parts import CostBeforeAndAfter, LoanTerms, ScheduleRow
from portal.domain.agreement_terms import cost_before_and_after, loan_terms, old_terms, paid_under, schedule
from portal.domain.loans import Components, InstallmentFacts
from portal.domain.plans import Plan, PlanCost, PlanKind, PlanRequest, PlanRow
from tests.unit.domain.late_loans import loan_of

PRICED = date(2026, 9, 10)


def fact(number: int, due_on: date, due: Components, paid: Components | None = None) -> InstallmentFacts:
    return InstallmentFacts(number, due_on, due, paid or Components())


def each(principal: int, interest: int = 0, fee: int = 0, penalty: int = 0) -> Components:
    return Components(principal, interest, fee, penalty)


FACTS = loan_of(
    fact(1, date(2026, 6, 10), each(500, 50), each(500, 50)),
    fact(2, date(2026, 7, 10), each(510, 40, 6, 9), each(10, 0, 1)),
    fact(3, date(2026, 8, 10), each(520, 30)),
    fact(4, date(2026, 9, 10), each(530, 20, 2, 3), each(30, 5, 1, 1)),
    fact(5, date(2026, 10, 10), each(540, 10), each(540, 10)),
    fact(6, date(2026, 11, 10), each(550, 5)),
    annual_rate_pct=Decimal("2E+1"),
    penalty_rate_pct=Decimal("1E+1"),
    has_guarantor=True,
)
"""On the 10th of September numbers 2 and 3 are late, 4 falls due that day, 5 was paid ahead."""

ARREARS = each(1_020, 70, 5, 14)
"""As priced: 500 and 520 of principal, 40 and 30 of interest, 5 of fees, 9 of penalty and 5 that grew since."""

OWN = (
    PlanRow(1, date(2026, 10, 9), each(600, 40, 5, 14), 420, date_moved_from=date(2026, 10, 3)),
    PlanRow(2, date(2026, 11, 10), each(420, 30), 0, date_unchecked=True),
)
RUNNING = (
    PlanRow(4, date(2026, 9, 10), each(500, 15, 1, 2), 550, is_running=True),
    PlanRow(6, date(2026, 11, 10), each(550, 5), 0, is_running=True),
)


def plan(**changes: Any) -> Plan:
    usual = Plan(
        kind=PlanKind.CATCH_UP,
        request=PlanRequest(PlanKind.CATCH_UP, installments=2),
        priced_on=PRICED,
        currency="CNY",
        arrears=ARREARS,
        advance=1_109,
        rows=OWN,
        cost=PlanCost(1_109, 89, "12.34", "11.70", "cost/1"),
        running_rows=RUNNING,
    )
    return replace(usual, **changes)


def test_the_contract_is_named_by_its_own_terms_with_rates_written_out() -> None:
    assert loan_terms(FACTS) == LoanTerms(
        loan_ref="L1",
        product="cash",
        currency="CNY",
        disbursed_on="2026-01-15",
        principal=3_150,
        annual_rate_pct="20",
        penalty_rate_pct="10",
        amortisation="equal_installment",
        has_guarantor=True,
    )


def test_a_rate_keeps_the_decimals_that_the_contract_has() -> None:
    said = loan_terms(replace(FACTS, annual_rate_pct=Decimal("7.20"), penalty_rate_pct=Decimal("10.800")))
    assert (said.annual_rate_pct, said.penalty_rate_pct) == ("7.20", "10.800")


def test_without_the_plan_arrears_and_what_is_not_yet_due_are_to_be_paid() -> None:
    old = old_terms(FACTS, plan())
    assert old.arrears == {"principal": 1_020, "interest": 70, "fee": 5, "penalty": 14}
    assert old.overdue_since == "2026-07-10"
    assert old.rows == (
        ScheduleRow(number=4, due_on="2026-09-10", principal=500, interest=15, fee=1, penalty=2, due=518),
        ScheduleRow(number=6, due_on="2026-11-10", principal=550, interest=5, fee=0, penalty=0, due=555),
    )
    assert old.total == 1_109 + 518 + 555


def test_what_falls_due_on_the_day_of_pricing_is_not_late_yet() -> None:
    assert [row.number for row in old_terms(FACTS, plan(priced_on=date(2026, 9, 11))).rows] == [6]
    assert old_terms(FACTS, plan(priced_on=date(2026, 7, 11))).overdue_since == "2026-07-10"
    assert old_terms(FACTS, plan(priced_on=date(2026, 7, 10))).overdue_since is None
    assert old_terms(FACTS, plan(priced_on=date(2026, 7, 10))).rows[0].number == 2


def test_payments_stand_by_date_and_on_one_day_the_plans_own_first() -> None:
    assert schedule(plan()) == (
        ScheduleRow(number=4, due_on="2026-09-10", principal=500, interest=15, fee=1, penalty=2, due=518, is_running=True),
        ScheduleRow(
            number=1, due_on="2026-10-09", principal=600, interest=40, fee=5, penalty=14, due=659, balance=420, moved_from="2026-10-03"
        ),
        ScheduleRow(number=2, due_on="2026-11-10", principal=420, interest=30, fee=0, penalty=0, due=450, balance=0, date_unchecked=True),
        ScheduleRow(number=6, due_on="2026-11-10", principal=550, interest=5, fee=0, penalty=0, due=555, is_running=True),
    )  # fmt: skip


def test_payments_of_one_day_stand_by_number() -> None:
    day = date(2026, 10, 9)
    own = [PlanRow(number, day, each(1), 0) for number in (1, 0)]
    beside = [PlanRow(number, day, each(1), 0, is_running=True) for number in (5, 4)]
    rows = schedule(plan(rows=own, running_rows=beside))
    assert [(row.is_running, row.number) for row in rows] == [(False, 0), (False, 1), (True, 4), (True, 5)]


def test_all_that_is_to_be_paid_is_set_beside_what_was_before() -> None:
    """Before: 1,109 of arrears, 518 and 555. After: 1,109 of the plan, 518 and 555 besides; principal is 1,020 + 500 + 550."""
    assert cost_before_and_after(FACTS, plan()) == CostBeforeAndAfter(
        total_before=2_182,
        total_after=2_182,
        beyond_principal_before=112,
        beyond_principal_after=112,
        plan_total=1_109,
        annual_compound_pct="12.34",
        annual_simple_pct="11.70",
        method_version="cost/1",
    )


def test_a_plan_that_takes_all_over_is_compared_by_its_own_payments() -> None:
    anew = plan(
        rows=(*OWN, PlanRow(3, date(2026, 12, 10), each(1_050, 60), 0)),
        running_rows=(),
        cost=PlanCost(2_219, 149, None, None, "cost/1"),
    )
    cost = cost_before_and_after(FACTS, anew)
    assert (cost.total_before, cost.total_after) == (2_182, 659 + 450 + 1_110)
    assert (cost.beyond_principal_before, cost.beyond_principal_after) == (112, 149)
    assert (cost.plan_total, cost.annual_compound_pct, cost.annual_simple_pct) == (2_219, None, None)


@pytest.mark.parametrize(("asked", "beyond"), [(2_072, 2), (2_071, 1), (2_070, 0), (2_069, 0), (1_000, 0)])
def test_a_settlement_below_the_principal_costs_nothing_beyond_it(asked: int, beyond: int) -> None:
    settled = plan(rows=(PlanRow(1, date(2026, 10, 9), each(asked), 0),), running_rows=())
    cost = cost_before_and_after(FACTS, settled)
    assert (cost.total_after, cost.beyond_principal_after) == (asked, beyond)


def test_what_is_paid_under_the_plan_is_its_own_payments() -> None:
    assert paid_under(plan()) == each(1_020, 70, 5, 14)
