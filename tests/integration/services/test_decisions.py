"""Each guard of a decision by itself; the race over HTTP stands with the pages."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.domain.decisions import DecisionKind
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.permissions import Actor, ActorKind, Role
from portal.domain.policy import HardshipReason
from portal.domain.reasons import ApproveReason, DeclineReason, GuarantorChoice
from portal.models import Agreement, Decision, Proposal
from portal.services.claims import claim_case, release_all_claims, renew_claim
from portal.services.deciding import Seen, Verdict, make_decision
from portal.services.decisions import Approval, Refusal, approve_proposal, decline_proposal
from tests.people import Cast, add_loan
from tests.stories import Story

YES = Approval(reason=ApproveReason.AFFORDABLE)
NO = Refusal(reason=DeclineReason.TERM_TOO_LONG, text="", would_accept="分 12 期")


@pytest.fixture
def zhou_min(cast: Cast) -> Actor:
    return Actor(ActorKind.STAFF, cast.zhou_min.id, frozenset({Role.APPROVER}))


@pytest.fixture
def waiting(story: Story) -> Story:
    assert story.submit(reason=HardshipReason.ILLNESS) == "in_review"
    return story


@pytest.fixture
def seen(session: Session, waiting: Story, zhou_min: Actor) -> Seen:
    """周敏 holds the case and has it on the page."""
    claim_case(session, zhou_min, proposal=waiting.proposal, now=waiting.now)
    return Seen(
        proposal_id=waiting.proposal.id,
        row_version=waiting.proposal.row_version,
        content_hash=waiting.version.content_hash,
    )


def both(session: Session, actor: Actor, seen: Seen, waiting: Story) -> list[Callable[[], Decision]]:
    """Approving and declining, ready to be done."""
    at = waiting.now
    return [
        partial(approve_proposal, session, actor, seen=seen, approval=YES, today=waiting.today, now=at),
        partial(decline_proposal, session, actor, seen=seen, refusal=NO, now=at),
    ]


def decisions(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Decision)) or 0


def test_whoever_is_later_learns_who_decided_what_and_when(
    session: Session, waiting: Story, seen: Seen, zhou_min: Actor
) -> None:
    approve_proposal(session, zhou_min, seen=seen, approval=YES, today=waiting.today, now=waiting.now)
    for act in both(session, zhou_min, seen, waiting):
        with pytest.raises(Conflict, match="already_decided") as refused:
            act()
        assert refused.value.details == {
            "by": "1002",
            "at": waiting.now.isoformat(),
            "kind": "approve",
        }
    assert decisions(session) == 1


def test_a_second_decision_of_a_round_is_refused_by_the_constraint_alone(
    session: Session, waiting: Story, seen: Seen, zhou_min: Actor
) -> None:
    decline_proposal(session, zhou_min, seen=seen, refusal=NO, now=waiting.now)
    # As if everything before it had let it pass.
    passed = replace(seen, row_version=waiting.proposal.row_version)
    verdict = Verdict(kind=DecisionKind.APPROVE, reason_code=ApproveReason.AFFORDABLE)
    with pytest.raises(Conflict, match="already_decided"), session.begin_nested():
        make_decision(
            session,
            zhou_min,
            proposal=waiting.proposal,
            version=waiting.version,
            verdict=verdict,
            seen=passed,
            now=waiting.now,
        )
    assert decisions(session) == 1
    assert session.scalar(select(func.count()).select_from(Agreement)) == 0


def test_the_row_version_on_the_page_is_compared(
    session: Session, waiting: Story, seen: Seen, zhou_min: Actor
) -> None:
    session.execute(update(Proposal).values(row_version=seen.row_version + 1))
    with pytest.raises(Conflict, match="proposal_moved"):
        approve_proposal(session, zhou_min, seen=seen, approval=YES, today=waiting.today, now=waiting.now)
    assert decisions(session) == 0


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.APPROVER, Role.SUPERVISOR}))
def test_no_other_role_decides_even_with_a_claim(
    session: Session, waiting: Story, seen: Seen, zhou_min: Actor, role: Role
) -> None:
    demoted = Actor(ActorKind.STAFF, zhou_min.id, frozenset({role}))
    for act in both(session, demoted, seen, waiting):
        with pytest.raises(AccessRefused, match="permission_missing"):
            act()
    assert decisions(session) == 0


def test_the_borrower_decides_nothing(session: Session, waiting: Story, seen: Seen) -> None:
    with pytest.raises(AccessRefused, match="permission_missing"):
        approve_proposal(
            session, waiting.actor, seen=seen, approval=YES, today=waiting.today, now=waiting.now
        )


def test_a_claim_of_the_very_instant_it_ends_is_none(
    session: Session, waiting: Story, seen: Seen, zhou_min: Actor
) -> None:
    ended = waiting.now + timedelta(minutes=15)
    with pytest.raises(Conflict, match="claim_needed"):
        approve_proposal(session, zhou_min, seen=seen, approval=YES, today=waiting.today, now=ended)
    assert renew_claim(session, zhou_min, proposal=waiting.proposal, now=ended) is None
    assert renew_claim(
        session, zhou_min, proposal=waiting.proposal, now=ended - timedelta(seconds=1)
    ) == ended + timedelta(minutes=15) - timedelta(seconds=1)


def test_signing_out_gives_back_ones_own_cases_alone(
    session: Session, waiting: Story, seen: Seen, zhou_min: Actor, cast: Cast
) -> None:
    wu_yan = Actor(ActorKind.STAFF, cast.wu_yan.id, frozenset({Role.APPROVER}))
    assert release_all_claims(session, wu_yan, now=waiting.now) == 0
    assert release_all_claims(session, zhou_min, now=waiting.now) == 1
    with pytest.raises(Conflict, match="claim_needed"):
        approve_proposal(session, zhou_min, seen=seen, approval=YES, today=waiting.today, now=waiting.now)


def test_of_a_loan_with_a_guarantor_the_approver_says_what_becomes_of_them(
    session: Session, cast: Cast, zhou_min: Actor
) -> None:
    story = Story(session, cast.li_na, add_loan(session, cast.li_na, ref="L-1002", has_guarantor=True))
    story.submit(reason=HardshipReason.ILLNESS)
    claim_case(session, zhou_min, proposal=story.proposal, now=story.now)
    on_page = Seen(
        proposal_id=story.proposal.id,
        row_version=story.proposal.row_version,
        content_hash=story.version.content_hash,
    )
    deciding = partial(approve_proposal, session, zhou_min, seen=on_page, today=story.today, now=story.now)
    with pytest.raises(DomainError, match=r"^guarantor_choice_missing$"):
        deciding(approval=YES)
    assert decisions(session) == 0
    deciding(approval=replace(YES, guarantor=GuarantorChoice.CONSENTED))
    assert decisions(session) == 1
