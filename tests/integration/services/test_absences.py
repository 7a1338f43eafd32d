"""Away and back: said by oneself or a supervisor, what was held goes back and is counted, and one case goes to one colleague."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.absences import HANDED_FOR
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.permissions import SYSTEM
from portal.domain.reasons import TakeOverReason
from portal.models import ReviewItem, StaffAbsence, StaffMember
from portal.queries.absences import is_away
from portal.services.absences import free_claims, hand_on_case, mark_away, mark_back
from portal.services.claims import claim_case
from portal.services.next_cases import take_next_case
from portal.services.staff import disable_staff_member
from tests.people import NOW, Cast, add_loan
from tests.service_cases import Handler, bring_up, staff_actor
from tests.stories import Story
from tests.told_events import told

UNTIL = NOW + timedelta(days=3)
RESCHEDULE = {"kind": "reschedule", "installments": 36, "day_of_month": 20}


@pytest.fixture
def waiting(story: Story) -> Story:
    story.submit(RESCHEDULE)
    return story


def away(session: Session, member: StaffMember, by: StaffMember | None = None) -> None:
    mark_away(session, staff_actor(by or member), member=member, from_at=NOW, until_at=UNTIL, now=NOW)


def hand_on(session: Session, story: Story, by: StaffMember, to: StaffMember) -> None:
    hand_on_case(
        session,
        staff_actor(by),
        proposal=story.proposal,
        to=to,
        reason=TakeOverReason.HOLDER_AWAY,
        now=NOW,
    )


def test_who_is_back_is_here_at_once_and_it_is_told_once(session: Session, cast: Cast) -> None:
    away(session, cast.zhou_min)
    away(session, cast.lin_yue, by=cast.wu_yan)
    later = NOW + timedelta(hours=2)
    back = [mark_back(session, staff_actor(cast.zhou_min), member=cast.zhou_min, now=later) for _ in range(2)]
    assert back == [True, False]
    assert not is_away(session, cast.zhou_min.id, now=later)
    assert is_away(session, cast.lin_yue.id, now=later)
    assert [fields for _, fields in told(session, "staff:back")] == [{"staff_number": "1002"}]
    assert session.scalars(select(StaffAbsence.ended_at).order_by(StaffAbsence.id)).all() == [later, None]


def test_of_a_colleague_only_a_supervisor_says_so(session: Session, cast: Cast) -> None:
    away(session, cast.lin_yue)
    with pytest.raises(AccessRefused, match=r"^permission_missing$"):
        mark_back(session, staff_actor(cast.zhou_min), member=cast.lin_yue, now=NOW)
    assert mark_back(session, staff_actor(cast.wu_yan), member=cast.lin_yue, now=NOW)


def test_who_is_away_is_given_no_case(session: Session, cast: Cast, waiting: Story) -> None:
    away(session, cast.zhou_min)
    with pytest.raises(DomainError, match=r"^staff_away$"):
        take_next_case(session, staff_actor(cast.zhou_min), now=NOW)
    assert take_next_case(session, staff_actor(cast.zhou_min), now=UNTIL) is waiting.proposal


def test_a_supervisor_gives_back_all_that_somebody_holds(
    session: Session, cast: Cast, waiting: Story
) -> None:
    claim_case(session, staff_actor(cast.zhou_min), proposal=waiting.proposal, now=NOW)
    for ref in ("L-1002", "L-1003"):
        case = bring_up(session, cast.li_na, add_loan(session, cast.li_na, ref=ref))
        Handler(session, cast.zhou_min, case).take()
    freed = [
        free_claims(
            session, staff_actor(cast.wu_yan), member=member, reason=TakeOverReason.HOLDER_AWAY, now=NOW
        )
        for member in (cast.lin_yue, cast.zhou_min, cast.zhou_min)
    ]
    assert freed == [0, 3, 0]
    assert session.scalars(select(ReviewItem.claimed_by)).all() == [None]
    reasons = [fields["reason"] for _, fields in told(session, "case:released")]
    assert reasons == [TakeOverReason.HOLDER_AWAY.value]
    with pytest.raises(AccessRefused, match=r"^permission_missing$"):
        free_claims(
            session,
            staff_actor(cast.zhou_min),
            member=cast.zhou_min,
            reason=TakeOverReason.HOLDER_AWAY,
            now=NOW,
        )


def test_a_case_goes_to_a_colleague_who_is_here_and_may_decide(
    session: Session, cast: Cast, waiting: Story
) -> None:
    claim_case(session, staff_actor(cast.zhou_min), proposal=waiting.proposal, now=NOW)
    hand_on(session, waiting, by=cast.wu_yan, to=cast.wu_yan)
    item = session.get_one(ReviewItem, waiting.proposal.id, populate_existing=True)
    assert (item.claimed_by, item.claimed_until) == (cast.wu_yan.id, NOW + HANDED_FOR)
    away(session, cast.zhou_min)
    with pytest.raises(DomainError) as refused:
        hand_on(session, waiting, by=cast.wu_yan, to=cast.zhou_min)
    assert (refused.value.code, refused.value.field) == ("colleague_away", "to")
    disable_staff_member(session, SYSTEM, login="zhou.min", now=NOW)
    for to in (cast.zhou_min, cast.lin_yue):
        with pytest.raises(DomainError) as refused:
            hand_on(session, waiting, by=cast.wu_yan, to=to)
        assert (refused.value.code, refused.value.field) == ("colleague_cannot_decide", "to")


def test_what_waits_for_nobody_goes_to_nobody(session: Session, cast: Cast, story: Story) -> None:
    story.submit()
    with pytest.raises(Conflict, match=r"^not_waiting$"):
        hand_on(session, story, by=cast.wu_yan, to=cast.zhou_min)
    assert told(session, "case:handed_on") == []
