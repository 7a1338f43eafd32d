"""The life of a proposal is the table of the design, line by line, and nothing beside it."""

from collections.abc import Mapping, Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.errors import Conflict
from portal.domain.proposals import (
    OPEN_STATUSES,
    RUNNING_STATUSES,
    Act,
    ProposalStatus,
    Who,
    all_moves,
    is_possible,
    move_for,
)
from tests.published import SHARED

# from, act, who, to: written from the design's table, in its order.
TABLE = """
draft           discard         borrower  discarded
draft           give_way        approver  discarded
draft           submit          borrower  submitted
submitted       policy_approve  clock     approved
submitted       policy_refer    clock     in_review
in_review       approve         approver  approved
in_review       counter         approver  countered
in_review       ask             approver  info_requested
in_review       decline         approver  declined
info_requested  reply           borrower  in_review
countered       sign_counter    borrower  approved
countered       refuse_counter  borrower  in_review
submitted       withdraw        borrower  withdrawn
in_review       withdraw        borrower  withdrawn
info_requested  withdraw        borrower  withdrawn
countered       withdraw        borrower  withdrawn
needs_resign    withdraw        borrower  withdrawn
submitted       facts_moved     book      needs_resign
in_review       facts_moved     book      needs_resign
info_requested  facts_moved     book      needs_resign
countered       facts_moved     book      needs_resign
needs_resign    sign_again      borrower  submitted
draft           expire          clock     expired
submitted       expire          clock     expired
in_review       expire          clock     expired
info_requested  expire          clock     expired
countered       expire          clock     expired
needs_resign    expire          clock     expired
declined        ask_a_person    borrower  in_review
approved        seal_done       worker    active
active          miss            clock     missed
missed          pay             book      active
missed          break           clock     broken
broken          reinstate       approver  active
broken          terminate       approver  terminated
active          complete        book      completed
approved        supersede       change    superseded
active          supersede       change    superseded
missed          supersede       change    superseded
"""
LINES = {
    (ProposalStatus(before), Act(act), Who(who)): ProposalStatus(after)
    for before, act, who, after in map(str.split, TABLE.strip().splitlines())
}
EVERYTHING: Sequence[tuple[ProposalStatus, Act, Who]] = list(product(ProposalStatus, Act, Who))

# How the design's own table writes the acts that have a line there.
WRITTEN: Mapping[str, Act] = {
    "sign and submit": Act.SUBMIT,
    "policy approves": Act.POLICY_APPROVE,
    "policy refers": Act.POLICY_REFER,
    "approve": Act.APPROVE,
    "counter": Act.COUNTER,
    "ask": Act.ASK,
    "decline": Act.DECLINE,
    "reply": Act.REPLY,
    "sign": Act.SIGN_COUNTER,
    "withdraw": Act.WITHDRAW,
    "facts moved": Act.FACTS_MOVED,
    "ask a person again": Act.ASK_A_PERSON,
    "seal done": Act.SEAL_DONE,
    "paid": Act.PAY,
    "cure over": Act.BREAK,
    "reinstated": Act.REINSTATE,
    "terminate": Act.TERMINATE,
    "all paid": Act.COMPLETE,
}
WHO: Mapping[str, str] = {
    "borrower only": "borrower",
    "borrower, once, within 15 days": "borrower",
    "approver (and second, where asked)": "approver",
    "approver (four eyes **before** it is sent: afterwards it binds the lender)": "approver",
    "approver, once": "approver",
    "import, payment": "book",
    "payment": "book",
    "day's run": "clock",
}
SPELT_OUT = {Act.DISCARD, Act.EXPIRE, Act.REFUSE_COUNTER, Act.SIGN_AGAIN, Act.MISS}
"""Acts that the design's table writes in words of their own ("any open", "refuse, or ask", "signed again within 7 days")."""
OURS = {Act.SUPERSEDE, Act.GIVE_WAY}
"""A changed plan takes the place of the running one, a draft gives way to a broken plan that goes on: the table does not tell of changes
(decision 0121), and puts no draft away but the borrower's own act.
"""


@pytest.mark.parametrize("line", LINES, ids="-".join)
def test_each_line_of_the_table_is_possible(line: tuple[ProposalStatus, Act, Who]) -> None:
    assert move_for(*line) is LINES[line]
    assert is_possible(*line)


def test_nothing_else_is_possible() -> None:
    refused = 0
    for status, act, who in EVERYTHING:
        if (status, act, who) in LINES:
            continue
        assert not is_possible(status, act, who)
        with pytest.raises(Conflict, match=r"^move_not_possible$") as error:
            move_for(status, act, who)
        assert error.value.details == {"status": status.value, "act": act.value}
        refused += 1
    assert refused == len(EVERYTHING) - len(LINES) == 2511


def test_the_table_for_documents_is_the_table() -> None:
    moves = all_moves()
    assert {(status, act, move.who): move.to for (status, act), move in moves.items()} == LINES


def test_the_table_is_the_designs_own_line_by_line() -> None:
    file = SHARED / "design" / "proposal.md"
    if not file.is_file():
        pytest.skip(f"the design is missing: {file}")
    rows = [
        line.strip("|").split("|")
        for line in file.read_text(encoding="utf-8").splitlines()
        if line[:1] == "|"
    ]
    written: dict[tuple[ProposalStatus, Act, Who], ProposalStatus] = {}
    for before, act, who, after in ([cell.strip() for cell in row[:4]] for row in rows if len(row) >= 5):
        if act in WRITTEN:
            by = WHO.get(who, who)
            statuses = ["missed"] if before == "active, missed" else before.split(", ")
            written |= {
                (ProposalStatus(status), WRITTEN[act], Who(by)): ProposalStatus(after) for status in statuses
            }
    assert len(written) == 24
    assert {line: LINES.get(line) for line in written} == written
    besides = {line for line in LINES if line not in written and line[1] not in SPELT_OUT | OURS}
    assert besides == {(ProposalStatus.NEEDS_RESIGN, Act.WITHDRAW, Who.BORROWER)}


@pytest.mark.parametrize("status", ProposalStatus)
def test_what_is_over_stays_over(status: ProposalStatus) -> None:
    is_over = status in {
        ProposalStatus.WITHDRAWN,
        ProposalStatus.EXPIRED,
        ProposalStatus.DISCARDED,
        ProposalStatus.COMPLETED,
        ProposalStatus.TERMINATED,
        ProposalStatus.SUPERSEDED,
    }
    ways_on = [line for line in LINES if line[0] is status]
    assert is_over == (ways_on == [])


def test_the_clock_never_approves_but_within_the_policy() -> None:
    by_clock = {
        act for (_, act, who), to in LINES.items() if who is Who.CLOCK and to is ProposalStatus.APPROVED
    }
    assert by_clock == {Act.POLICY_APPROVE}


def test_only_a_borrower_signs_and_only_an_approver_decides() -> None:
    for _, act, who in LINES:
        if act in {Act.SUBMIT, Act.SIGN_AGAIN, Act.SIGN_COUNTER, Act.WITHDRAW, Act.REPLY}:
            assert who is Who.BORROWER
        if act in {Act.APPROVE, Act.DECLINE, Act.COUNTER, Act.ASK, Act.REINSTATE, Act.TERMINATE}:
            assert who is Who.APPROVER


def test_a_plan_in_force_gives_way_to_a_changed_one_and_to_nothing_else() -> None:
    assert {line[0] for line in LINES if line[1] is Act.SUPERSEDE} == set(RUNNING_STATUSES)


def test_open_and_running_never_overlap() -> None:
    assert not set(OPEN_STATUSES) & set(RUNNING_STATUSES)
    assert set(OPEN_STATUSES) == {line[0] for line in LINES if line[1] is Act.EXPIRE}


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(Act), st.sampled_from(Who)), max_size=60))
def test_whatever_is_tried_a_proposal_walks_along_the_table(tried: Sequence[tuple[Act, Who]]) -> None:
    status, approvals = ProposalStatus.DRAFT, 0
    for act, who in tried:
        expected = LINES.get((status, act, who))
        try:
            after = move_for(status, act, who)
        except Conflict:
            assert expected is None
            continue
        assert after is expected
        approvals += after is ProposalStatus.APPROVED
        status = after
    assert approvals <= 1


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_who_only_takes_possible_steps_comes_to_an_end_or_to_a_running_plan(data: st.DataObject) -> None:
    status, approvals = ProposalStatus.DRAFT, 0
    for _ in range(60):
        ways = [line for line in LINES if line[0] is status]
        if not ways:
            break
        line = data.draw(st.sampled_from(ways))
        status = move_for(*line)
        approvals += status is ProposalStatus.APPROVED
    assert approvals <= 1
    assert status in {*ProposalStatus}
