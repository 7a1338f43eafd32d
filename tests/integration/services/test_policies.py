"""A change of the policy takes a replay and two people; what was proposed is never edited; one version rules at a moment."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.permissions import Role
from portal.domain.policy_versions import Arm, TrialEnd, is_tried_on, policy_digest
from portal.domain.proposals import ProposalStatus
from portal.models import (
    Borrower,
    Decision,
    Event,
    Loan,
    PolicyAnswer,
    PolicyTrial,
    PolicyVersion,
    ProposalVersion,
    StaffMember,
)
from portal.queries.policies import policy_for_loan, policy_on
from portal.queries.policy_trials import compare_arms
from portal.queries.policy_versions import trial_of
from portal.services.policies import refuse_policy, take_policy_back, withdraw_policy
from portal.services.policy_trials import answer_trial_end, ask_trial_end
from tests.people import NOW, TODAY, Cast, add_borrower, add_loan, add_staff
from tests.policies import Change, supervisor
from tests.stories import Story

SMALLER = {"bands__catch_up__max_dpd": 1}
"""Under it every plan that catches up goes to a person."""
DAY = timedelta(days=1)


@pytest.fixture
def other(session: Session) -> StaffMember:
    return add_staff(session, "1009", "xu.jie", "徐洁", Role.SUPERVISOR)


@pytest.fixture
def change(session: Session, cast: Cast) -> Change:
    return Change(session, cast.wu_yan, **SMALLER)


def events(session: Session) -> list[str]:
    return list(
        session.scalars(select(Event.name).where(Event.name.startswith("policy:")).order_by(Event.id))
    )


def test_from_a_draft_over_its_replay_to_force_by_two_people(
    session: Session, change: Change, other: StaffMember
) -> None:
    row = change.write().replay().propose().approve(other)
    assert (row.state, row.effective_on, row.decided_by) == ("approved", TODAY, other.id)
    assert policy_on(session, TODAY).version == row.version
    assert policy_on(session, TODAY - DAY).version == "2026-01"
    assert events(session) == [
        "policy:drafted", "policy:written", "policy:replay_asked", "policy:replayed", "policy:proposed", "policy:approved",
    ]  # fmt: skip
    approved = session.scalars(select(Event).where(Event.name == "policy:approved")).one()
    assert approved.fields["body_digest"] == policy_digest(row.body)


def test_nobody_approves_what_they_drafted(session: Session, change: Change, cast: Cast) -> None:
    change.write().replay().propose()
    with pytest.raises(AccessRefused, match="policy_drafted_by_oneself"):
        change.approve(cast.wu_yan)
    with pytest.raises(AccessRefused, match="permission_missing"):
        change.approve(cast.zhou_min)


def test_the_database_lets_nobody_approve_their_own_draft(
    session: Session, change: Change, cast: Cast
) -> None:
    change.write()
    with pytest.raises(IntegrityError, match="drafter_is_not_decider"), session.begin_nested():
        session.execute(
            update(PolicyVersion)
            .where(PolicyVersion.id == change.row.id)
            .values(state="approved", decided_by=cast.wu_yan.id, decided_at=NOW)
        )


def test_a_draft_is_not_in_force_without_somebody_who_decided(session: Session, change: Change) -> None:
    with pytest.raises(IntegrityError, match="somebody_decided"), session.begin_nested():
        session.execute(
            update(PolicyVersion).where(PolicyVersion.id == change.row.id).values(state="approved")
        )


def test_it_is_not_proposed_without_a_replay_of_exactly_this(change: Change) -> None:
    change.write()
    with pytest.raises(Conflict, match="policy_not_replayed"):
        change.propose()
    change.replay()
    change.limits["bands.catch_up.max_dpd"] = 2
    change.write()
    with pytest.raises(Conflict, match="policy_not_replayed"):
        change.propose()


def test_a_replay_beside_another_version_is_none(session: Session, cast: Cast, other: StaffMember) -> None:
    late = Change(session, cast.wu_yan, draft_days=20).write().replay()
    Change(session, other, draft_days=10).write().replay().propose().approve(cast.wu_yan)
    with pytest.raises(Conflict, match="policy_out_of_date"):
        late.propose()
    late.limits = {"draft_days": 20}
    late.write()
    with pytest.raises(Conflict, match="policy_not_replayed"):
        late.propose()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("body", {}),
        ("version", "2020-01"),
        ("effective_on", TODAY + DAY),
        ("state", "draft"),
        ("why", "anders"),
    ],
)
def test_what_was_decided_is_never_changed(
    session: Session, change: Change, other: StaffMember, column: str, value: Any
) -> None:
    row = change.write().replay().propose().approve(other)
    with pytest.raises(DBAPIError, match="never changed"), session.begin_nested():
        session.execute(update(PolicyVersion).where(PolicyVersion.id == row.id).values({column: value}))


def test_what_was_proposed_says_the_same_until_it_is_taken_back(session: Session, change: Change) -> None:
    change.write().replay().propose()
    with pytest.raises(DBAPIError, match="never changed"), session.begin_nested():
        session.execute(update(PolicyVersion).where(PolicyVersion.id == change.row.id).values(body={}))
    with pytest.raises(Conflict, match="policy_moved_on"):
        change.write()
    take_policy_back(session, change.drafter, policy_id=change.row.id, seen=change.row.row_version, now=NOW)
    assert change.write().row.state == "draft"


def test_no_version_is_ever_deleted(session: Session, change: Change) -> None:
    with pytest.raises(DBAPIError, match="never changed"), session.begin_nested():
        session.execute(delete(PolicyVersion).where(PolicyVersion.id == change.row.id))


def test_two_versions_do_not_take_the_place_of_the_same_one(
    session: Session, cast: Cast, other: StaffMember
) -> None:
    first = Change(session, cast.wu_yan, draft_days=20).write().replay().propose()
    second = Change(session, other, draft_days=10).write().replay().propose()
    first.approve(other)
    with pytest.raises(Conflict, match="policy_out_of_date"):
        second.approve(cast.wu_yan)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(
            update(PolicyVersion)
            .where(PolicyVersion.id == second.row.id)
            .values(state="approved", decided_by=cast.wu_yan.id, decided_at=NOW)
        )


def test_an_old_page_decides_nothing(session: Session, change: Change, other: StaffMember) -> None:
    change.write().replay().propose()
    with pytest.raises(Conflict, match="policy_changed_meanwhile"):
        refuse_policy(session, supervisor(other), policy_id=change.row.id, seen=1, note="nein", now=NOW)


def test_a_refusal_says_why(session: Session, change: Change, other: StaffMember) -> None:
    change.write().replay().propose()
    seen = change.row.row_version
    with pytest.raises(DomainError, match="policy_note_missing"):
        refuse_policy(session, supervisor(other), policy_id=change.row.id, seen=seen, note=" ", now=NOW)
    refuse_policy(session, supervisor(other), policy_id=change.row.id, seen=seen, note="太低", now=NOW)
    assert (change.row.state, change.row.decision_note) == ("refused", "太低")
    assert policy_on(session, TODAY).version == "2026-01"


def test_only_the_drafter_writes_and_withdraws(session: Session, change: Change, other: StaffMember) -> None:
    seen = change.write().row.row_version
    with pytest.raises(AccessRefused, match="policy_drafted_by_another"):
        withdraw_policy(session, supervisor(other), policy_id=change.row.id, seen=seen, now=NOW)
    withdraw_policy(session, change.drafter, policy_id=change.row.id, seen=seen, now=NOW)
    assert change.row.state == "withdrawn"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"effective_on": TODAY - DAY}, "policy_date_past"),
        ({"share_pct": 100}, "policy_share_out_of_range"),
        ({"share_pct": 0}, "policy_share_out_of_range"),
        ({"why": "x" * 501}, "text_too_long"),
    ],
)
def test_what_cannot_be_is_refused(change: Change, frame: dict[str, Any], code: str) -> None:
    with pytest.raises(DomainError, match=code):
        change.write(**frame)


def test_a_draft_that_changes_nothing_or_says_not_why_is_not_proposed(session: Session, cast: Cast) -> None:
    with pytest.raises(DomainError, match="policy_changes_nothing"):
        Change(session, cast.wu_yan).write().replay().propose()
    with pytest.raises(DomainError, match="policy_why_missing"):
        Change(session, cast.wu_yan, **SMALLER).write(why=" ").replay().propose()


def test_it_begins_on_its_day(session: Session, change: Change, other: StaffMember) -> None:
    row = change.write(effective_on=TODAY + 3 * DAY).replay().propose().approve(other)
    assert policy_on(session, TODAY + 2 * DAY).version == "2026-01"
    assert policy_on(session, TODAY + 3 * DAY).version == row.version


def test_terms_priced_under_another_policy_are_worked_out_anew(
    session: Session, story: Story, change: Change, other: StaffMember
) -> None:
    story.start().answer().freeze().preview().read()
    change.write().replay().propose().approve(other)
    with pytest.raises(Conflict, match="priced_by_another_policy"):
        story.sign()
    story.freeze().preview().read()
    assert story.sign() is ProposalStatus.IN_REVIEW
    assert story.version.policy_version == change.row.version


def test_each_decision_and_agreement_keeps_its_version_and_an_old_one_explains_old_decisions(
    session: Session, story: Story, change: Change, other: StaffMember, cast: Cast
) -> None:
    assert story.submit() is ProposalStatus.APPROVED
    change.write().replay().propose().approve(other)
    late = Story(session, cast.wang_qiang, add_loan(session, cast.wang_qiang, ref="L-2"))
    assert late.submit() is ProposalStatus.IN_REVIEW
    decision = session.scalars(select(Decision)).one()
    assert (decision.policy_version, story.version.content["policy_version"]) == ("2026-01", "2026-01")
    answers = session.scalars(select(PolicyAnswer).order_by(PolicyAnswer.id)).all()
    assert [(each.policy_version, each.is_at_once, each.reasons) for each in answers] == [
        ("2026-01", True, []),
        (change.row.version, False, ["dpd_above_band"]),
    ]
    assert late.version.content["policy_version"] == change.row.version


def loans_of_a_trial(session: Session, version: str) -> tuple[Loan, Loan]:
    """One that tries a version at 50 %, and one that does not."""
    found: dict[bool, Loan] = {}
    for number in range(40):
        borrower = add_borrower(session, f"人{number}", mobile=f"+86138{number:08}", id_last4="1234")
        loan = add_loan(session, borrower, ref=f"T-{number}")
        found.setdefault(is_tried_on(loan.public_id, version, 50), loan)
        if len(found) == 2:
            break
    return found[True], found[False]


def story_of(session: Session, loan: Loan) -> Story:

    return Story(session, session.get_one(Borrower, loan.borrower_id), loan)


def test_a_share_of_the_loans_tries_it_and_both_arms_are_compared(
    session: Session, change: Change, other: StaffMember, cast: Cast
) -> None:
    row = change.write(share_pct=50).replay().propose().approve(other)
    assert (row.state, policy_on(session, TODAY).version) == ("trial", "2026-01")
    tried, rest = loans_of_a_trial(session, row.version)
    assert policy_for_loan(session, tried, on=TODAY)[0].version == row.version
    assert policy_for_loan(session, rest, on=TODAY)[1] is Arm.REST
    assert story_of(session, tried).submit() is ProposalStatus.IN_REVIEW
    assert story_of(session, rest).submit() is ProposalStatus.APPROVED
    assert session.scalars(select(Decision.policy_arm)).one() == "rest"
    assert session.scalars(select(ProposalVersion.policy_arm).order_by(ProposalVersion.id)).all() == [
        "trial",
        "rest",
    ]
    trial = trial_of(session, row.id)
    assert trial is not None
    trying, others = compare_arms(session, trial)
    assert (trying.counts["signed"], trying.counts["person"], trying.counts["approved"]) == (1, 1, 0)
    assert (others.counts["signed"], others.counts["at_once"], others.counts["approved"]) == (1, 1, 1)
    assert others.amounts["CNY"] > 0
    with pytest.raises(Conflict, match="policy_trial_running"):
        Change(session, cast.wu_yan, draft_days=9).write().replay().propose().approve(other)


@pytest.mark.parametrize(("end", "state"), [(TrialEnd.ALL, "approved"), (TrialEnd.STOP, "ended")])
def test_a_trial_ends_when_two_agree(
    session: Session, change: Change, other: StaffMember, end: TrialEnd, state: str
) -> None:
    row = change.write(share_pct=50).replay().propose().approve(other)
    trial = session.scalars(select(PolicyTrial)).one()
    asker, answerer = supervisor(other), change.drafter
    common: dict[str, Any] = {"trial_id": trial.id, "now": NOW}
    with pytest.raises(Conflict, match="policy_trial_end_not_asked"):
        answer_trial_end(session, answerer, seen=end, agrees=True, today=TODAY, **common)
    ask_trial_end(session, asker, end=end, why="看够了", **common)
    with pytest.raises(AccessRefused) as refused:
        answer_trial_end(session, asker, seen=end, agrees=True, today=TODAY, **common)
    assert refused.value.code == "policy_trial_end_by_oneself"
    answer_trial_end(session, answerer, seen=end, agrees=False, today=TODAY, **common)
    assert (trial.state, trial.asked) == ("running", None)
    ask_trial_end(session, asker, end=end, why="看够了", **common)
    answer_trial_end(session, answerer, seen=end, agrees=True, today=TODAY, **common)
    assert (row.state, trial.ended_on) == (state, TODAY)
    in_force = row.version if end is TrialEnd.ALL else "2026-01"
    assert policy_on(session, TODAY).version == in_force


def test_the_database_lets_nobody_end_a_trial_alone(
    session: Session, change: Change, other: StaffMember
) -> None:
    change.write(share_pct=50).replay().propose().approve(other)
    with pytest.raises(IntegrityError, match="by_another"), session.begin_nested():
        session.execute(
            update(PolicyTrial).values(
                state="all", asked="all", asked_by=other.id, answered_by=other.id, ended_on=TODAY
            )
        )
