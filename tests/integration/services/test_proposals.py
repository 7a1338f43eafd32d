from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.agreements import AgreementContent
from portal.domain.doing_nothing import doing_nothing
from portal.domain.errors import Conflict, DomainError
from portal.domain.holds import HoldKind
from portal.domain.permissions import SYSTEM
from portal.domain.policy import HardshipReason
from portal.domain.proposals import Act, ProposalStatus, Who
from portal.models import Decision, Event, Loan, Proposal, ReviewItem
from portal.queries.plans import plan_of
from portal.queries.proposals import runs_beside
from portal.queries.situations import running_holds
from portal.services.drafts import discard_draft
from portal.services.expiry import expire_proposals
from portal.services.facts_moved import flag_moved_facts
from portal.services.moves import end_values, move_proposal
from portal.services.proposals import ask_review, withdraw_proposal
from tests.people import Cast, add_loan
from tests.stories import ZONE, Story


def _move_facts(session: Session, story: Story) -> None:
    loan = session.get_one(Loan, story.loan.id)
    loan.facts_version += 1
    loan.principal_minor += 1
    session.flush()
    flag_moved_facts(session, SYSTEM, loan_id=loan.id, now=story.now)


def _decline(session: Session, story: Story, cast: Cast, *, by: int | None = None) -> None:
    session.add(
        Decision(
            proposal_id=story.proposal.id,
            review_round=story.proposal.review_round,
            version_number=1,
            content_hash=story.version.content_hash,
            kind="decline",
            plan_kind=story.version.kind,
            policy_version="2026-01",
            maker_borrower_id=cast.li_na.id,
            first_staff_id=by or cast.zhou_min.id,
            reason_code="payments_too_small",
            decided_at=story.now,
        )
    )
    item = session.get(ReviewItem, story.proposal.id)
    if item is not None:
        session.delete(item)
    move_proposal(session, story.proposal, Act.DECLINE, Who.APPROVER, **end_values(story.now))


def _ask(session: Session, story: Story) -> None:
    situation = story.situation()
    ask_review(
        session,
        story.actor,
        proposal=story.proposal,
        situation=situation,
        now=story.now.astimezone(ZONE),
    )


def test_a_second_start_shows_the_draft_that_is_there(story: Story, session: Session) -> None:
    first = story.start().proposal.id
    assert story.start().proposal.id == first
    assert len(session.scalars(select(Proposal)).all()) == 1


def test_while_a_plan_is_in_force_no_other_is_started(story: Story) -> None:
    story.submit()
    with pytest.raises(Conflict, match="plan_already_runs"):
        story.start()


def test_withdrawing_takes_it_out_of_the_queue_and_ends_the_hold(story: Story, session: Session) -> None:
    story.submit(reason=HardshipReason.ILLNESS)
    withdraw_proposal(session, story.actor, proposal=story.proposal, now=story.now)
    withdraw_proposal(session, story.actor, proposal=story.proposal, now=story.now)
    assert story.proposal.status == ProposalStatus.WITHDRAWN
    assert session.scalars(select(ReviewItem)).all() == []
    assert running_holds(session, story.loan.id) == frozenset()
    assert session.scalars(select(Event.name)).all().count("plan:withdrawn") == 1


def test_an_approved_plan_cannot_be_withdrawn(story: Story, session: Session) -> None:
    story.submit()
    with pytest.raises(Conflict, match="move_not_possible"):
        withdraw_proposal(session, story.actor, proposal=story.proposal, now=story.now)


def test_when_facts_move_nobody_decides_until_it_is_signed_again(story: Story, session: Session) -> None:
    story.submit(reason=HardshipReason.ILLNESS)
    _move_facts(session, story)
    session.refresh(story.proposal)
    assert story.proposal.status == ProposalStatus.NEEDS_RESIGN
    assert session.scalars(select(ReviewItem)).all() == []
    assert running_holds(session, story.loan.id) == {HoldKind.PROPOSAL_PENDING}
    story.freeze().preview().read()
    assert story.sign() is ProposalStatus.IN_REVIEW
    assert story.proposal.version_number == 2
    assert session.scalars(select(ReviewItem)).one().proposal_id == story.proposal.id


def test_facts_that_move_before_the_signature_flag_nothing(story: Story, session: Session) -> None:
    story.start().answer()
    assert flag_moved_facts(session, SYSTEM, loan_id=story.loan.id, now=story.now) is False
    assert story.proposal.status == ProposalStatus.DRAFT


def test_a_decline_is_looked_at_by_another_person_once(story: Story, session: Session, cast: Cast) -> None:
    story.submit(reason=HardshipReason.ILLNESS)
    _decline(session, story, cast)
    _ask(session, story)
    assert story.proposal.status == ProposalStatus.IN_REVIEW
    assert story.proposal.review_round == 2
    assert session.scalars(select(ReviewItem)).one().main_reason == "asked_for_a_person"
    asked = session.scalars(select(Event).where(Event.name == "plan:review_requested")).one()
    about = (asked.borrower_id, asked.loan_id, asked.proposal_id)
    assert about == (cast.li_na.id, story.loan.id, story.proposal.id)
    _decline(session, story, cast, by=cast.wu_yan.id)
    with pytest.raises(DomainError, match="review_already_asked"):
        _ask(session, story)


def _in_force(session: Session, story: Story) -> Proposal:
    """Another plan of the loan, as one that broke and went on."""
    other = Proposal(
        public_id="f" * 32,
        reference="P-OTHER",
        loan_id=story.loan.id,
        borrower_id=story.loan.borrower_id,
        status=ProposalStatus.ACTIVE.value,
        answers={},
        referral_reasons=[],
        made_at=story.now,
    )
    session.add(other)
    session.flush()
    return other


def test_nobody_looks_again_beside_a_plan_that_runs(story: Story, session: Session, cast: Cast) -> None:
    story.submit(reason=HardshipReason.ILLNESS)
    _decline(session, story, cast)
    other = _in_force(session, story)
    with pytest.raises(Conflict, match="plan_already_runs"):
        _ask(session, story)
    story.proposal.replaces_id = other.id
    assert not runs_beside(session, story.proposal)


def test_after_fifteen_days_it_is_too_late_to_ask_again(story: Story, session: Session, cast: Cast) -> None:
    story.submit(reason=HardshipReason.ILLNESS)
    _decline(session, story, cast)
    story.now += timedelta(days=15, seconds=1)
    with pytest.raises(DomainError, match="review_too_late"):
        _ask(session, story)


def test_time_ends_drafts_and_never_approves(story: Story, session: Session) -> None:
    story.start()
    assert expire_proposals(session, SYSTEM, now=story.now + timedelta(days=29)) == 0
    assert expire_proposals(session, SYSTEM, now=story.now + timedelta(days=30)) == 1
    session.refresh(story.proposal)
    assert story.proposal.status == ProposalStatus.EXPIRED


def test_time_ends_what_was_not_signed_again_and_lets_contact_resume(story: Story, session: Session) -> None:
    story.submit(reason=HardshipReason.ILLNESS)
    _move_facts(session, story)
    assert expire_proposals(session, SYSTEM, now=story.now + timedelta(days=7)) == 1
    assert running_holds(session, story.loan.id) == frozenset()


def test_an_offer_that_staff_let_run_out_lapses_and_contact_stays_stopped_for_a_while(
    story: Story, session: Session
) -> None:
    story.submit(reason=HardshipReason.ILLNESS)
    week = story.now + timedelta(days=7)
    assert expire_proposals(session, SYSTEM, now=week - timedelta(seconds=1)) == 0
    assert expire_proposals(session, SYSTEM, now=week) == 1
    assert story.proposal.status == ProposalStatus.EXPIRED
    assert session.get(ReviewItem, story.proposal.id) is None
    assert running_holds(session, story.loan.id) == {HoldKind.PROPOSAL_PENDING}
    assert expire_proposals(session, SYSTEM, now=week + timedelta(days=14)) == 0
    assert expire_proposals(session, SYSTEM, now=week + timedelta(days=15)) == 1
    assert running_holds(session, story.loan.id) == frozenset()
    assert expire_proposals(session, SYSTEM, now=week + timedelta(days=400)) == 0


def test_a_draft_is_thrown_away_and_another_can_be_started(story: Story, session: Session) -> None:
    first = story.start().proposal
    discard_draft(session, story.actor, proposal=first, now=story.now)
    assert story.start().proposal.id != first.id


def test_a_move_from_what_one_saw_before_is_refused(story: Story, session: Session) -> None:
    story.submit(reason=HardshipReason.ILLNESS)
    with pytest.raises(Conflict, match="proposal_moved"):
        move_proposal(
            session,
            story.proposal,
            Act.APPROVE,
            Who.APPROVER,
            expected_row_version=story.proposal.row_version - 1,
        )
    assert story.proposal.status == ProposalStatus.IN_REVIEW


def test_what_waits_for_a_person_shows_the_figures_of_the_day_it_came(
    story: Story, session: Session, cast: Cast
) -> None:
    Story(session, cast.wang_qiang, add_loan(session, cast.wang_qiang, ref="L-2001")).start()
    story.submit(reason=HardshipReason.ILLNESS)
    item, version = session.get_one(ReviewItem, story.proposal.id), story.version
    plan, arrears = plan_of(version), story.situation().arrears
    assert (item.stage, item.kind, item.amount_minor, item.currency) == (
        "first",
        plan.kind,
        plan.advance,
        "CNY",
    )
    assert (item.dpd, item.main_reason, item.queued_at) == (
        arrears.days_past_due,
        "sensitive_hardship",
        story.now,
    )
    assert item.dpd == 42
    assert (item.drafted_by, item.decided_by, item.claimed_by) == (None, None, None)
    cost = AgreementContent.from_data(version.content).cost
    alone = doing_nothing(story.situation().facts, on=story.today, until=plan.ends_on).penalty_added
    assert alone > 0
    assert (item.plan_cost_minor, item.no_plan_cost_minor) == (
        cost.beyond_principal_after,
        cost.beyond_principal_before + alone,
    )


def test_with_whom_a_plan_was_drawn_up_shows_where_it_waits(
    story: Story, session: Session, cast: Cast
) -> None:
    story.start().answer(reason=HardshipReason.ILLNESS).freeze().preview().read()
    story.proposal.drafted_by_staff_id = cast.chen_chen.id
    session.flush()
    assert story.sign() == "in_review"
    assert session.get_one(ReviewItem, story.proposal.id).drafted_by == cast.chen_chen.id
