"""What policy looked at on the day of signing goes to JSON and comes back as it was."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portal.domain.budgets import Budget
from portal.domain.frozen_facts import FORMAT, FrozenFacts, UnreadableFacts
from portal.domain.loans import Components, InstallmentFacts, LenderType, LoanFacts, LoanStatus, Pause
from portal.domain.policy import Circumstances, HardshipReason
from tests.unit.domain.late_loans import POLICY

LOAN = LoanFacts(
    loan_ref="L-7",
    currency="JPY",
    creditor="本贷款公司",
    product="cash",
    lender_type=LenderType.MICRO_LOAN,
    status=LoanStatus.CHARGED_OFF,
    disbursed_on=date(2026, 1, 15),
    principal=2_000,
    annual_rate_pct=Decimal("12.50"),
    penalty_rate_pct=Decimal("1E+1"),
    amortisation="equal_principal",
    interest_method="flat",
    day_count="act/365",
    rounding="half_up",
    every="2 weeks",
    multiple=10,
    has_guarantor=True,
    as_of=date(2026, 9, 9),
    installments=(
        InstallmentFacts(1, date(2026, 9, 1), Components(1_000, 200, 30, 4), Components(600, 150, 20, 3)),
        InstallmentFacts(2, date(2026, 10, 1), Components(1_000, 7), Components()),
    ),
    pauses=(Pause(date(2026, 3, 1), date(2026, 4, 1)), Pause(date(2026, 8, 1), None)),
    is_under_plan=True,
)
CIRCUMSTANCES = Circumstances(
    has_guarantor=True,
    has_open_dispute=True,
    is_vulnerable=True,
    is_lender_type_known=False,
    deferred_periods_this_year=2,
    asks_for_a_person=True,
)
FACTS = FrozenFacts(
    loan=LOAN,
    on=date(2026, 9, 10),
    dpd=9,
    circumstances=CIRCUMSTANCES,
    broken_on=(date(2025, 9, 10), None),
    calendar_version="CN-2026",
)
DATA = {
    "format": 1,
    "loan": {
        "loan_ref": "L-7",
        "currency": "JPY",
        "creditor": "本贷款公司",
        "product": "cash",
        "amortisation": "equal_principal",
        "interest_method": "flat",
        "day_count": "act/365",
        "rounding": "half_up",
        "every": "2 weeks",
        "lender_type": "micro_loan",
        "status": "charged_off",
        "disbursed_on": "2026-01-15",
        "principal": 2_000,
        "annual_rate_pct": "12.50",
        "penalty_rate_pct": "10",
        "multiple": 10,
        "has_guarantor": True,
        "as_of": "2026-09-09",
        "installments": [
            [1, "2026-09-01", 1_000, 200, 30, 4, 600, 150, 20, 3],
            [2, "2026-10-01", 1_000, 7, 0, 0, 0, 0, 0, 0],
        ],
        "pauses": [["2026-03-01", "2026-04-01"], ["2026-08-01", None]],
        "is_under_plan": True,
    },
    "on": "2026-09-10",
    "dpd": 9,
    "circumstances": {
        "has_guarantor": True,
        "is_time_barred": False,
        "has_open_dispute": True,
        "has_open_complaint": False,
        "is_vulnerable": True,
        "is_staff_relation": False,
        "is_agent_drafted": False,
        "is_lender_type_known": False,
        "is_rate_clear": True,
        "is_loan_active": True,
        "deferred_periods_this_year": 2,
        "asks_to_skip": False,
        "asks_for_a_person": True,
    },
    "broken_on": ["2025-09-10", None],
    "calendar": "CN-2026",
}
"""Of this form are the facts that are kept. Neither what happened to somebody nor their budget is among them: that was told with
consent, and stays where it can be withdrawn.
"""


def test_the_kept_form_is_the_one_that_older_records_have() -> None:
    assert FORMAT == 1
    assert FACTS.as_data() == DATA


def test_facts_come_back_from_json_as_they_were() -> None:
    assert FrozenFacts.from_data(json.loads(json.dumps(FACTS.as_data()))) == FACTS


def without(name: str, *, of: str | None = None) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(json.dumps(DATA))
    del (data[of] if of else data)[name]
    return data


@pytest.mark.parametrize(
    "data",
    [
        {**DATA, "format": 2},
        {**DATA, "format": 0},
        without("format"),
        without("dpd"),
        without("rounding", of="loan"),
        without("is_rate_clear", of="circumstances"),
        {**DATA, "broken_on": None},
    ],
)
def test_another_format_or_a_part_that_is_missing_is_unreadable(data: dict[str, Any]) -> None:
    with pytest.raises(UnreadableFacts, match=r"\w"):
        FrozenFacts.from_data(data)


def test_facts_that_cannot_be_read_name_the_part_that_is_missing() -> None:
    with pytest.raises(UnreadableFacts, match="rounding"):
        FrozenFacts.from_data(without("rounding", of="loan"))
    with pytest.raises(UnreadableFacts, match="format 2"):
        FrozenFacts.from_data({**DATA, "format": 2})


# under a policy


def test_a_policy_sees_the_circumstances_as_they_were() -> None:
    seen = replace(FACTS, broken_on=()).under(POLICY)
    assert seen == CIRCUMSTANCES


def test_what_was_told_with_consent_is_seen_as_far_as_it_is_still_kept() -> None:
    budget = Budget(1, {}, {})
    told = replace(CIRCUMSTANCES, hardship_reason=HardshipReason.ILLNESS, budget=budget)
    facts = replace(FACTS, circumstances=told, broken_on=())
    assert facts.under(POLICY) == CIRCUMSTANCES
    assert facts.under(POLICY, hardship=HardshipReason.ILLNESS, budget=budget) == told


@pytest.mark.parametrize(
    ("broken_on", "months", "is_lately"),
    [
        (date(2025, 9, 10), 12, True),
        (date(2025, 9, 9), 12, False),
        (date(2025, 9, 9), 13, True),
        (date(2026, 9, 9), 0, False),
        (None, 0, True),
    ],
)
def test_how_lately_a_plan_broke_is_the_policys_to_say_counted_from_the_day_of_signing(
    broken_on: date | None, months: int, is_lately: bool
) -> None:
    """What was found at the time under another policy does not count; of a plan nobody knows of when it broke, it is lately."""
    found = replace(CIRCUMSTANCES, has_broken_plan_lately=not is_lately)
    facts = replace(FACTS, circumstances=found, broken_on=(broken_on,))
    assert facts.under(replace(POLICY, broken_plan_months=months)).has_broken_plan_lately is is_lately
