"""The evidence of a case for somebody outside: by an auditor who is close to nobody in it, and the borrower reads that it was made."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import AccessRefused
from portal.domain.reasons import EvidenceReason
from portal.models import Event, StaffMember, StaffRelation
from portal.services.evidence_bundles import record_evidence, refuse_evidence
from tests.people import NOW, Cast
from tests.service_cases import staff_actor
from tests.stories import Story

SHA256 = "e7" * 32


@pytest.fixture
def signed(story: Story) -> Story:
    story.submit()
    return story


def make(session: Session, story: Story, member: StaffMember) -> None:
    record_evidence(
        session,
        staff_actor(member),
        proposal=story.proposal,
        reason=EvidenceReason.COURT,
        sha256=SHA256,
        events=31,
        documents=2,
        now=NOW,
    )


def made(session: Session) -> list[Event]:
    return list(session.scalars(select(Event).where(Event.name == "evidence:made")))


def test_what_left_the_house_and_why_is_on_record_at_the_plan(
    session: Session, cast: Cast, signed: Story
) -> None:
    make(session, signed, cast.zheng_hao)
    [event] = made(session)
    assert (event.borrower_id, event.loan_id) == (signed.borrower.id, signed.loan.id)
    assert (event.proposal_id, event.actor_id, event.at) == (signed.proposal.id, cast.zheng_hao.id, NOW)
    assert dict(event.fields) == {"reason": "court", "sha256": SHA256, "events": 31, "documents": 2}


@pytest.mark.parametrize("who", ["chen_chen", "zhou_min", "sun_hao", "he_jing", "lin_yue"])
def test_only_an_auditor_makes_any(session: Session, cast: Cast, signed: Story, who: str) -> None:
    member = getattr(cast, who)
    with pytest.raises(AccessRefused, match=r"^permission_missing$"):
        make(session, signed, member)
    with pytest.raises(AccessRefused, match=r"^permission_missing$"):
        refuse_evidence(session, staff_actor(member), proposal=signed.proposal)
    assert made(session) == []


def test_an_auditor_who_is_close_makes_none(session: Session, cast: Cast, signed: Story) -> None:
    """Close to somebody else they may: it is this borrower that counts."""
    close = StaffRelation(
        staff_member_id=cast.zheng_hao.id, borrower_id=cast.wang_qiang.id, kind="close", made_at=NOW
    )
    session.add(close)
    session.flush()
    refuse_evidence(session, staff_actor(cast.zheng_hao), proposal=signed.proposal)
    close.borrower_id = cast.li_na.id
    session.flush()
    with pytest.raises(AccessRefused, match=r"^related_case$"):
        make(session, signed, cast.zheng_hao)
    with pytest.raises(AccessRefused, match=r"^related_case$"):
        refuse_evidence(session, staff_actor(cast.zheng_hao), proposal=signed.proposal)
    assert made(session) == []
