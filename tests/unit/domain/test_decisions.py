"""What a decision is once all who must decide have decided."""

import pytest

from portal.domain.decisions import DecisionKind, DecisionState, state_of_decided


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (DecisionKind.APPROVE, DecisionState.SENT),
        (DecisionKind.DECLINE, DecisionState.HELD),
        (DecisionKind.COUNTER, DecisionState.HELD),
        (DecisionKind.ASK, DecisionState.HELD),
    ],
)
def test_an_approval_stands_at_once_and_the_others_can_be_taken_back_for_a_moment(
    kind: DecisionKind, state: DecisionState
) -> None:
    assert state_of_decided(kind) is state
