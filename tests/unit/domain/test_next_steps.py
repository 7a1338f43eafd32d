"""What an agent may offer next in a call, and why not."""

import pytest

from portal.domain.next_steps import CallFacts, NextStep, OfferedStep, offered_steps
from portal.domain.support_calls import Level

PROVEN = {NextStep.PROMISE, NextStep.CALL_BACK, NextStep.PAY}


@pytest.mark.parametrize("step", NextStep)
def test_before_anything_is_proven_only_what_tells_nothing_is_offered(step: NextStep) -> None:
    (offered,) = offered_steps([step], CallFacts(level=Level.NONE))
    refusal = "needs_proven" if step in PROVEN else ""
    if step is NextStep.DRAFT_PLAN:
        refusal = "needs_consented"
    assert offered == OfferedStep(step, refusal)
    assert offered.is_allowed is not bool(refusal)


@pytest.mark.parametrize("step", NextStep)
@pytest.mark.parametrize("level", [Level.PROVEN, Level.CONSENTED])
def test_once_proven_all_but_a_draft_and_another_proof_are_offered(step: NextStep, level: Level) -> None:
    (offered,) = offered_steps([step], CallFacts(level=level))
    refusal = "proven_already" if step is NextStep.PROVE else ""
    if step is NextStep.DRAFT_PLAN and level is Level.PROVEN:
        refusal = "needs_consented"
    assert offered.refusal == refusal


@pytest.mark.parametrize("step", NextStep)
def test_a_lapsed_debt_is_neither_promised_nor_paid_in_the_call(step: NextStep) -> None:
    """And that comes before there being nothing overdue."""
    barred = CallFacts(level=Level.CONSENTED, is_time_barred=True, is_overdue=False)
    kept = CallFacts(level=Level.CONSENTED, is_overdue=False)
    is_money = step in {NextStep.PROMISE, NextStep.PAY}
    usual = "proven_already" if step is NextStep.PROVE else ""
    assert offered_steps([step], barred)[0].refusal == ("time_barred" if is_money else usual)
    assert offered_steps([step], kept)[0].refusal == ("nothing_overdue" if is_money else usual)


def test_of_several_reasons_against_a_draft_the_weightiest_is_told() -> None:
    facts = {"is_open": False, "has_open_proposal": True, "has_running_plan": True, "offers_plans": False}
    told = []
    for name in list(facts):
        (offered,) = offered_steps([NextStep.DRAFT_PLAN], CallFacts(level=Level.CONSENTED, **facts))
        told.append(offered.refusal)
        del facts[name]
    assert told == ["loan_closed", "open_proposal", "running_plan", "not_in_policy"]


def test_steps_keep_their_order() -> None:
    steps = [NextStep.END, NextStep.PROVE, NextStep.PAY]
    assert [each.step for each in offered_steps(steps, CallFacts(level=Level.NONE))] == steps
