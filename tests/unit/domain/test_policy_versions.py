"""Who may do what with a version of the policy (rule P18), and which loans try it."""

import pytest

from portal.domain.errors import AccessRefused, Conflict
from portal.domain.policy_versions import (
    PolicyAct,
    PolicyState,
    is_tried_on,
    policy_digest,
    refuse_policy_act,
)

OF_A_DRAFT = {PolicyAct.WRITE, PolicyAct.PROPOSE, PolicyAct.WITHDRAW}
BY_ANOTHER = {PolicyAct.APPROVE, PolicyAct.REFUSE}


@pytest.mark.parametrize("act", PolicyAct)
@pytest.mark.parametrize("state", PolicyState)
def test_each_act_has_one_state_that_it_is_done_in(act: PolicyAct, state: PolicyState) -> None:
    actor = 2 if act in BY_ANOTHER else 1
    if state is (PolicyState.DRAFT if act in OF_A_DRAFT else PolicyState.PROPOSED):
        refuse_policy_act(act, state=state, drafter=1, actor=actor)
        return
    with pytest.raises(Conflict, match=r"^policy_moved_on$") as refused:
        refuse_policy_act(act, state=state, drafter=1, actor=actor)
    assert refused.value.details == {"state": state.value}


@pytest.mark.parametrize("act", PolicyAct)
def test_nobody_decides_their_own_draft_and_nobody_else_writes_it(act: PolicyAct) -> None:
    state = PolicyState.DRAFT if act in OF_A_DRAFT else PolicyState.PROPOSED
    code, actor = ("policy_drafted_by_oneself", 1) if act in BY_ANOTHER else ("policy_drafted_by_another", 2)
    with pytest.raises(AccessRefused) as refused:
        refuse_policy_act(act, state=state, drafter=1, actor=actor)
    assert (refused.value.code, refused.value.rule) == (code, "P18")


@pytest.mark.parametrize("act", PolicyAct)
def test_a_version_that_nobody_drafted_is_anybodys_to_decide_and_nobodys_to_write(act: PolicyAct) -> None:
    state = PolicyState.DRAFT if act in OF_A_DRAFT else PolicyState.PROPOSED
    if act in BY_ANOTHER:
        refuse_policy_act(act, state=state, drafter=None, actor=1)
        return
    with pytest.raises(AccessRefused):
        refuse_policy_act(act, state=state, drafter=None, actor=1)


@pytest.mark.parametrize(
    ("loan", "version", "first_share"),
    [("loan-1", "P2", 68), ("loan-1", "P3", 85), ("loan-2", "P2", 62), ("loan-2", "P3", 69)],
)
def test_a_loan_stays_on_its_side_of_a_trial(loan: str, version: str, first_share: int) -> None:
    """Drawn from SHA-256 of version and loan: 6,774, 8,476, 6,161 and 6,876 of ten thousand."""
    assert not is_tried_on(loan, version, first_share - 1)
    assert is_tried_on(loan, version, first_share)
    assert is_tried_on(loan, version, 100)
    assert not is_tried_on(loan, version, 0)


def test_a_digest_is_of_what_a_body_says_and_not_of_its_order() -> None:
    """SHA-256 of the 13 characters {"a":1,"b":2}."""
    known = "43258cff783fe7036d8a43033f830adfc60ec037382473548ac742b888292777"
    assert policy_digest({"b": 2, "a": 1}) == policy_digest({"a": 1, "b": 2}) == known
    assert policy_digest({"a": 1, "b": 3}) != known
