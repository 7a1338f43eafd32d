"""A counter-offer from both sides: made, second approved, sent, signed, refused, overtaken, run out."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.permissions import SYSTEM
from portal.domain.policy import HardshipReason
from portal.domain.proposals import ProposalStatus
from portal.models import Agreement, Decision, Event, Loan, Proposal, ProposalVersion, ReviewItem, StaffMember
from portal.queries.plans import plan_of
from portal.queries.proposals import find_newest_version, find_open_counter, get_signed_version
from portal.services.counters import refuse_counter
from portal.services.dispatches import undo_decision
from portal.services.expiry import expire_proposals
from portal.services.facts_moved import flag_moved_facts
from portal.services.proposals import withdraw_proposal
from portal.services.second_looks import confirm_decision
from tests.desk import THREE_MONTHS, TWELVE, Approver
from tests.people import Cast
from tests.stories import ZONE, Story, send_out


@pytest.fixture
def waiting(story: Story) -> Story:
    assert story.submit(reason=HardshipReason.ILLNESS) == "in_review"
    return story


@pytest.fixture
def zhou_min(session: Session, cast: Cast, waiting: Story) -> Approver:
    return Approver(session, cast.zhou_min, waiting).take()


@pytest.fixture
def wu_yan(session: Session, cast: Cast, waiting: Story) -> Approver:
    return Approver(session, cast.wu_yan, waiting)


def sent(session: Session, approver: Approver) -> ProposalVersion:
    """周敏's counter-offer, gone out."""
    approver.counter()
    send_out(session, now=approver.now)
    version = find_open_counter(session, approver.story.proposal)
    assert version is not None
    return version


def sign(story: Story, version: ProposalVersion) -> ProposalStatus:
    story._version = version
    story.preview().read()
    return story.sign()


def names(session: Session) -> list[str]:
    return list(session.scalars(select(Event.name).order_by(Event.id)))


def test_nothing_reaches_the_borrower_before_the_minute_is_over(
    session: Session, waiting: Story, zhou_min: Approver
) -> None:
    own = waiting.version
    decision = zhou_min.counter()
    assert waiting.proposal.status == ProposalStatus.IN_REVIEW
    assert find_open_counter(session, waiting.proposal) is None
    assert find_newest_version(session, waiting.proposal.id) is own
    assert send_out(session, now=waiting.now - timedelta(seconds=1)) == 0
    assert send_out(session, now=waiting.now) == 1
    assert waiting.proposal.status == ProposalStatus.COUNTERED
    assert decision.sent_at is not None
    assert waiting.proposal.closes_at == decision.sent_at + timedelta(days=7)
    assert session.get(ReviewItem, waiting.proposal.id) is None


def test_the_first_payment_leaves_the_time_to_answer(
    session: Session, waiting: Story, zhou_min: Approver
) -> None:
    version = sent(session, zhou_min)
    assert plan_of(version).first_on > (waiting.now + timedelta(days=7)).date()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"first_on": "tomorrow"}, "first_date_too_early"),
        ({"installments": 61}, "plan_too_long"),
        ({"installments": 0}, "installments_out_of_range"),
    ],
)
def test_a_counter_keeps_the_limits_of_every_plan(
    waiting: Story, zhou_min: Approver, change: dict[str, object], code: str
) -> None:
    if change.get("first_on"):
        change = {"first_on": waiting.today + timedelta(days=1)}
    with pytest.raises(DomainError, match=code):
        zhou_min.counter(replace(TWELVE, **change))  # type: ignore[arg-type]


def test_the_same_payments_again_are_no_offer(session: Session, waiting: Story, zhou_min: Approver) -> None:
    own = plan_of(get_signed_version(session, waiting.proposal))
    with pytest.raises(DomainError, match="counter_changes_nothing"):
        zhou_min.counter(replace(own.request, first_on=own.first_on))


def test_signing_it_is_the_agreement(session: Session, waiting: Story, zhou_min: Approver) -> None:
    version = sent(session, zhou_min)
    waiting.now += timedelta(days=3)
    waiting.today += timedelta(days=3)
    assert sign(waiting, version) == ProposalStatus.APPROVED
    agreement = session.scalars(select(Agreement)).one()
    assert (agreement.version_number, agreement.content_hash) == (version.number, version.content_hash)
    assert waiting.proposal.status == ProposalStatus.APPROVED
    assert waiting.proposal.closes_at is None
    assert names(session)[-6:].count("plan:approved") == 1
    assert "plan:counter_signed" in names(session)


def test_signing_it_twice_is_once(session: Session, waiting: Story, zhou_min: Approver) -> None:
    version = sent(session, zhou_min)
    sign(waiting, version)
    with pytest.raises(Conflict, match="not_editable"):
        waiting.sign()
    assert len(session.scalars(select(Agreement)).all()) == 1


def test_the_borrowers_own_terms_cannot_be_signed_instead(
    session: Session, waiting: Story, zhou_min: Approver
) -> None:
    sent(session, zhou_min)
    with pytest.raises(Conflict, match="not_editable"):
        waiting.sign()


def test_refusing_it_brings_ones_own_plan_back_to_a_person(
    session: Session, waiting: Story, zhou_min: Approver, wu_yan: Approver
) -> None:
    sent(session, zhou_min)
    own = get_signed_version(session, waiting.proposal)
    refuse_counter(
        session,
        waiting.actor,
        proposal=waiting.proposal,
        situation=waiting.situation(),
        now=waiting.now.astimezone(ZONE),
    )
    item = session.get_one(ReviewItem, waiting.proposal.id)
    assert (item.stage, item.main_reason, item.kind) == ("first", "counter_refused", own.kind)
    assert waiting.proposal.status == ProposalStatus.IN_REVIEW
    # Whoever made the offer may decide again, and so may anybody.
    wu_yan.take().approve()
    assert session.scalars(select(Agreement.content_hash)).all() == [own.content_hash]


def test_facts_moving_under_it_end_it(session: Session, waiting: Story, zhou_min: Approver) -> None:
    version = sent(session, zhou_min)
    session.execute(update(Loan).values(facts_version=Loan.facts_version + 1))
    assert flag_moved_facts(session, SYSTEM, loan_id=waiting.loan.id, now=waiting.now)
    assert waiting.proposal.status == ProposalStatus.NEEDS_RESIGN
    assert session.scalars(select(Decision.state)).all() == ["overtaken"]
    with pytest.raises(Conflict, match="not_editable"):
        sign(waiting, version)


def test_facts_moving_before_it_goes_out_overtake_it(
    session: Session, waiting: Story, zhou_min: Approver
) -> None:
    zhou_min.counter()
    session.execute(update(Loan).values(facts_version=Loan.facts_version + 1))
    flag_moved_facts(session, SYSTEM, loan_id=waiting.loan.id, now=waiting.now)
    assert send_out(session, now=waiting.now) == 0
    assert waiting.proposal.status == ProposalStatus.NEEDS_RESIGN


def test_it_runs_out_by_the_clock(session: Session, waiting: Story, zhou_min: Approver) -> None:
    version = sent(session, zhou_min)
    closes_at = waiting.proposal.closes_at
    assert closes_at is not None
    assert expire_proposals(session, SYSTEM, now=closes_at - timedelta(seconds=1)) == 0
    assert expire_proposals(session, SYSTEM, now=closes_at) == 1
    assert waiting.proposal.status == ProposalStatus.EXPIRED
    with pytest.raises(Conflict, match="not_editable"):
        sign(waiting, version)


def test_taking_the_plan_back_comes_before_a_decision_that_has_not_gone_out(
    session: Session, waiting: Story, zhou_min: Approver
) -> None:
    zhou_min.counter()
    withdraw_proposal(session, waiting.actor, proposal=waiting.proposal, now=waiting.now)
    assert send_out(session, now=waiting.now) == 0
    assert waiting.proposal.status == ProposalStatus.WITHDRAWN
    overtaken = session.scalars(select(Event).where(Event.name == "decision:overtaken")).one()
    assert (overtaken.fields["kind"], overtaken.fields["by"]) == ("counter", "withdrawn")


def test_undoing_gives_the_case_back_with_its_claim(
    session: Session, waiting: Story, zhou_min: Approver
) -> None:
    zhou_min.counter()
    undo_decision(session, zhou_min.actor, proposal_id=waiting.proposal.id, now=waiting.now)
    item = session.get_one(ReviewItem, waiting.proposal.id, populate_existing=True)
    assert (item.stage, item.claimed_by) == ("first", zhou_min.member.id)
    assert send_out(session, now=waiting.now) == 0
    zhou_min.approve()
    assert waiting.proposal.status == ProposalStatus.APPROVED


# Four eyes.


def test_a_long_pause_waits_for_a_second_approver_before_it_is_sent(
    session: Session, waiting: Story, zhou_min: Approver, wu_yan: Approver
) -> None:
    decision = zhou_min.counter(THREE_MONTHS)
    assert (decision.state, decision.second_because) == ("waits_second", ["deferral"])
    assert send_out(session, now=waiting.now) == 0
    wu_yan.take().agree()
    assert decision.state == "held"
    assert waiting.proposal.status == ProposalStatus.IN_REVIEW
    assert send_out(session, now=waiting.now) == 1
    assert waiting.proposal.status == ProposalStatus.COUNTERED
    assert (decision.first_staff_id, decision.second_staff_id) == (zhou_min.member.id, wu_yan.member.id)


def test_nobody_is_their_own_second(session: Session, waiting: Story, zhou_min: Approver) -> None:
    zhou_min.counter(THREE_MONTHS)
    for act in (zhou_min.take, zhou_min.agree, zhou_min.refuse):
        with pytest.raises(AccessRefused, match="decided_first_by_oneself"):
            act()


def test_agreeing_needs_a_claim_of_ones_own(waiting: Story, zhou_min: Approver, wu_yan: Approver) -> None:
    zhou_min.counter(THREE_MONTHS)
    with pytest.raises(Conflict, match="claim_needed"):
        wu_yan.agree()


def test_the_second_agrees_to_the_terms_on_the_page_alone(
    session: Session, waiting: Story, zhou_min: Approver, wu_yan: Approver
) -> None:
    zhou_min.counter(THREE_MONTHS)
    wu_yan.take()
    session.execute(update(Decision).values(content_hash="0" * 64))
    seen = wu_yan.seen()
    session.execute(update(Decision).values(content_hash="1" * 64))
    with pytest.raises(Conflict, match="content_changed"):
        confirm_decision(session, wu_yan.actor, seen=seen, now=waiting.now.astimezone(ZONE))


def test_the_second_refuses_and_the_case_waits_again(
    session: Session, waiting: Story, zhou_min: Approver, wu_yan: Approver
) -> None:
    decision = zhou_min.counter(THREE_MONTHS)
    wu_yan.take().refuse()
    assert (decision.state, decision.second_reason) == ("refused", "facts_unclear")
    item = session.get_one(ReviewItem, waiting.proposal.id, populate_existing=True)
    assert (item.stage, item.claimed_by, item.decided_by) == ("first", None, None)
    zhou_min.take().approve()
    assert waiting.proposal.status == ProposalStatus.APPROVED


def test_an_offer_that_waited_too_long_for_its_second_has_to_be_made_anew(
    waiting: Story, zhou_min: Approver, wu_yan: Approver
) -> None:
    zhou_min.counter(THREE_MONTHS)
    waiting.now += timedelta(days=400)
    wu_yan.take()
    with pytest.raises(Conflict, match="counter_out_of_date"):
        wu_yan.agree()


def test_an_approval_for_somebody_related_to_staff_takes_two(
    session: Session, cast: Cast, story: Story
) -> None:
    story.borrower.is_staff_relation = True
    session.flush()
    assert story.submit() == "in_review"
    first = Approver(session, cast.zhou_min, story).take()
    decision = first.approve()
    assert decision.second_because == ["staff_relation"]
    assert story.proposal.status == ProposalStatus.IN_REVIEW
    assert session.scalars(select(Agreement)).all() == []
    Approver(session, cast.wu_yan, story).take().agree()
    assert session.get_one(Proposal, story.proposal.id).status == ProposalStatus.APPROVED
    assert len(session.scalars(select(Agreement)).all()) == 1


def test_the_drafter_is_no_second_either(
    session: Session, cast: Cast, waiting: Story, zhou_min: Approver, wu_yan: Approver
) -> None:
    session.execute(update(Proposal).values(drafted_by_staff_id=wu_yan.member.id))
    session.refresh(waiting.proposal)
    decision = zhou_min.approve()
    assert "agent_drafted" in decision.second_because
    with pytest.raises(AccessRefused, match="drafted_by_oneself"):
        wu_yan.take()


def test_a_second_must_be_an_approver(
    session: Session, cast: Cast, waiting: Story, zhou_min: Approver
) -> None:
    zhou_min.counter(THREE_MONTHS)
    for member in (cast.chen_chen, cast.zheng_hao, cast.sun_hao, cast.he_jing):
        someone = Approver(session, session.get_one(StaffMember, member.id), waiting)
        with pytest.raises(AccessRefused, match="permission_missing"):
            someone.agree()
