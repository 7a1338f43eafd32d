"""When two have to agree, by the policy's data; and that nobody is their own second."""

from dataclasses import replace
from typing import Any

import pytest

from portal.domain.errors import AccessRefused
from portal.domain.four_eyes import Involved, reasons_for_second, refuse_first
from portal.domain.plans import ArrearsTreatment, PlanKind, PlanRequest
from portal.domain.policy import Circumstances, Policy, Referral
from portal.domain.pricing import price_plan
from portal.domain.second_looks import DEFAULT_SECOND_LOOK, SecondLook, SecondReason
from tests.unit.domain.late_loans import POLICY, RULES, late_loan

LOAN = late_loan()
SIX = price_plan(LOAN, PlanRequest(kind=PlanKind.CATCH_UP, installments=6, day_of_month=15), RULES)


def asked(plan: Any = SIX, *, findings: Any = (), policy: Policy = POLICY, **of: Any) -> set[SecondReason]:
    return set(reasons_for_second(plan, findings=findings, circumstances=Circumstances(**of), policy=policy))


def with_look(**changes: object) -> Policy:
    return replace(POLICY, second_look=replace(POLICY.second_look, **changes))  # type: ignore[arg-type]


def test_an_everyday_plan_takes_one() -> None:
    assert asked(findings=[Referral.AMOUNT_ABOVE_BAND, Referral.GUARANTOR]) == set()


def test_the_sum_counts_from_above_the_limit() -> None:
    assert asked(policy=with_look(sum_minor=SIX.advance)) == set()
    assert asked(policy=with_look(sum_minor=SIX.advance - 1)) == {SecondReason.SUM}


def test_a_long_pause_a_waiver_and_a_settlement_take_two() -> None:
    two, three = (
        price_plan(LOAN, PlanRequest(kind=PlanKind.DEFER, defer_periods=count), RULES) for count in (2, 3)
    )
    assert (asked(two), asked(three)) == (set(), {SecondReason.DEFERRAL})
    waived = replace(SIX.request, arrears_treatment=ArrearsTreatment.WAIVED)
    assert SecondReason.WAIVER in asked(price_plan(LOAN, waived, RULES))
    settled = replace(SIX, kind=PlanKind.SETTLEMENT)
    assert asked(settled, policy=with_look(sum_minor=10**12, waived_minor=10**12, overrides=frozenset())) == {
        SecondReason.SETTLEMENT
    }


def test_relations_agents_and_findings_set_aside_take_two_where_the_policy_says_so() -> None:
    assert asked(is_staff_relation=True) == {SecondReason.STAFF_RELATION}
    assert asked(is_agent_drafted=True) == {SecondReason.AGENT_DRAFTED}
    assert asked(findings=[Referral.PLAN_BROKEN_LATELY]) == {SecondReason.OVERRIDE}
    assert asked(findings=[Referral.RATE_UNCLEAR]) == {SecondReason.OVERRIDE}
    assert asked(findings=[Referral.LATE_CHARGES_UNCLEAR]) == {SecondReason.OVERRIDE}
    lax = with_look(staff_relation=False, agent_drafted=False, overrides=frozenset())
    assert asked(policy=lax, is_staff_relation=True, is_agent_drafted=True) == set()


def test_a_policy_that_says_nothing_is_read_with_the_defaults() -> None:
    assert POLICY.second_look.defer_periods == DEFAULT_SECOND_LOOK["defer_periods"]


@pytest.mark.parametrize("name", ["staff_relation", "agent_drafted"])
def test_what_a_policy_says_of_relations_and_agents_is_read(name: str) -> None:
    for said in (True, False):
        assert getattr(SecondLook.from_data({**DEFAULT_SECOND_LOOK, name: said}), name) is said


def test_nobody_is_their_own_second() -> None:
    with pytest.raises(AccessRefused, match="decided_first_by_oneself"):
        refuse_first(7, Involved(None, (), (), first_id=7))
    refuse_first(8, Involved(None, (), (), first_id=7))


def test_each_part_of_the_rule_is_read_from_its_own_name() -> None:
    data = {
        "sum_minor": "1",
        "waived_minor": 2,
        "defer_periods": "3",
        "staff_relation": 1,
        "agent_drafted": 0,
        "overrides": ["rate_unclear", "rate_unclear"],
    }
    assert SecondLook.from_data(data) == SecondLook(1, 2, 3, True, False, frozenset({"rate_unclear"}))
    for name in data:
        with pytest.raises(KeyError, match=name):
            SecondLook.from_data({key: value for key, value in data.items() if key != name})
