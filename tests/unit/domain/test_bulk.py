"""What may be approved together with others (rule P18): nothing that needs a second person, or a look of its own."""

from collections.abc import Collection

import pytest

from portal.domain.bulk import refuse_apart
from portal.domain.errors import Conflict
from portal.domain.policy import Referral
from portal.domain.second_looks import SecondReason


def refusal(
    findings: Collection[Referral] = (),
    seconds: Collection[SecondReason] = (),
    *,
    came_back: bool = False,
    has_message: bool = False,
) -> tuple[str, str | None] | None:
    try:
        refuse_apart(findings=findings, seconds=seconds, came_back=came_back, has_message=has_message)
    except Conflict as error:
        return error.code, error.rule
    return None


def test_a_plan_that_the_policy_would_pass_goes_together() -> None:
    assert refusal() is None


@pytest.mark.parametrize("finding", Referral)
def test_whom_policy_sends_for_the_persons_sake_goes_together_and_for_the_plans_sake_does_not(
    finding: Referral,
) -> None:
    goes = finding in {Referral.ASKED_FOR_A_PERSON, Referral.SENSITIVE_HARDSHIP}
    assert refusal([finding]) == (None if goes else ("bulk_needs_own_look", "P18"))
    assert refusal([Referral.ASKED_FOR_A_PERSON, finding]) == refusal([finding])


@pytest.mark.parametrize("second", SecondReason)
def test_what_two_people_decide_is_never_one_of_many(second: SecondReason) -> None:
    assert refusal(seconds=[second]) == ("bulk_needs_second", "P18")
    assert refusal(list(Referral), [second], came_back=True, has_message=True) == ("bulk_needs_second", "P18")


def test_what_was_decided_asked_about_or_countered_before_is_looked_at_alone() -> None:
    assert refusal(came_back=True) == ("bulk_needs_own_look", "P18")


def test_a_message_that_waits_is_read_first() -> None:
    assert refusal(has_message=True) == ("bulk_message_waits", None)
    assert refusal(came_back=True, has_message=True) == ("bulk_needs_own_look", "P18")
