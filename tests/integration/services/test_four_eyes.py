"""Four eyes (rule P18), ground by ground: what takes two waits for the second before it takes effect or goes out, and the database alone
refuses the rest.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import AccessRefused, Conflict
from portal.domain.plans import ArrearsTreatment, PlanKind, PlanRequest
from portal.domain.policy import HardshipReason
from portal.domain.second_looks import DEFAULT_SECOND_LOOK, SecondReason
from portal.models import Agreement, Decision
from tests.desk import THREE_MONTHS, TWELVE, Approver
from tests.people import Cast, change_policy
from tests.stories import Story, send_out

SETTLED = PlanRequest(kind=PlanKind.SETTLEMENT, installments=1, settle_minor=600_000)
WAIVED = replace(TWELVE, arrears_treatment=ArrearsTreatment.WAIVED)


def by_policy(session: Session, **second_look: Any) -> None:
    change_policy(session, second_look={**DEFAULT_SECOND_LOOK, **second_look})


def small_sum(session: Session, _story: Story, _cast: Cast) -> None:
    by_policy(session, sum_minor=1)


def override(session: Session, _story: Story, _cast: Cast) -> None:
    by_policy(session, overrides=["sensitive_hardship"])


def related(session: Session, story: Story, _cast: Cast) -> None:
    story.borrower.is_staff_relation = True
    session.flush()


def drafted(session: Session, story: Story, cast: Cast) -> None:
    story.proposal.drafted_by_staff_id = cast.chen_chen.id
    session.flush()


def nothing(_session: Session, _story: Story, _cast: Cast) -> None:
    """The offer itself is the ground."""


GROUNDS: Mapping[SecondReason, tuple[Callable[[Session, Story, Cast], None], PlanRequest]] = {
    SecondReason.SUM: (small_sum, TWELVE),
    SecondReason.OVERRIDE: (override, TWELVE),
    SecondReason.STAFF_RELATION: (related, TWELVE),
    SecondReason.AGENT_DRAFTED: (drafted, TWELVE),
    SecondReason.DEFERRAL: (nothing, THREE_MONTHS),
    SecondReason.WAIVER: (nothing, WAIVED),
    SecondReason.SETTLEMENT: (nothing, SETTLED),
}
OF_WHAT_WAS_SIGNED = (
    SecondReason.SUM,
    SecondReason.OVERRIDE,
    SecondReason.STAFF_RELATION,
    SecondReason.AGENT_DRAFTED,
)


@pytest.fixture
def waiting(story: Story) -> Story:
    assert story.submit(reason=HardshipReason.ILLNESS) == "in_review"
    return story


def both(session: Session, cast: Cast, story: Story) -> tuple[Approver, Approver]:
    return Approver(session, cast.zhou_min, story), Approver(session, cast.wu_yan, story)


def test_every_ground_is_tried() -> None:
    assert set(GROUNDS) == set(SecondReason)


def test_a_counter_on_each_ground_waits_for_the_second_before_it_goes_out(
    session: Session, cast: Cast, waiting: Story
) -> None:
    for reason, (arrange, request) in GROUNDS.items():
        tried = session.begin_nested()
        arrange(session, waiting, cast)
        first, second = both(session, cast, waiting)
        decision = first.take().counter(request)
        assert (decision.state, reason.value in decision.second_because) == ("waits_second", True), reason
        assert send_out(session, now=waiting.now) == 0, reason
        with pytest.raises(AccessRefused, match="decided_first_by_oneself"):
            first.agree()
        seconded = second.take().agree()
        assert (seconded.second_staff_id, seconded.state) == (cast.wu_yan.id, "held"), reason
        assert send_out(session, now=waiting.now) == 1, reason
        assert waiting.proposal.status == "countered", reason
        tried.rollback()
        session.expire_all()


def test_an_approval_on_each_ground_of_what_was_signed_is_in_force_with_the_second_alone(
    session: Session, cast: Cast, waiting: Story
) -> None:
    for reason in OF_WHAT_WAS_SIGNED:
        tried = session.begin_nested()
        GROUNDS[reason][0](session, waiting, cast)
        first, second = both(session, cast, waiting)
        assert reason.value in first.take().approve().second_because, reason
        assert (waiting.proposal.status, session.scalars(select(Agreement)).all()) == ("in_review", [])
        second.take().agree()
        agreement = session.scalars(select(Agreement)).one()
        assert (waiting.proposal.status, agreement.content_hash) == ("approved", waiting.version.content_hash)
        tried.rollback()
        session.expire_all()


def test_the_second_agrees_to_the_content_that_the_first_decided(
    session: Session, cast: Cast, waiting: Story
) -> None:
    first, second = both(session, cast, waiting)
    related(session, waiting, cast)
    first.take().approve()
    second.take()
    seen = replace(second.seen(), content_hash="0" * 64)
    second.seen = lambda: seen  # type: ignore[method-assign]
    with pytest.raises(Conflict, match="content_changed"):
        second.agree()
    assert session.scalars(select(Agreement)).all() == []


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "sent"},
        {"state": "held", "kind": "counter"},
        {"state": "sent", "second_staff_id": "first"},
        {"drafter_staff_id": "first"},
        {"drafter_staff_id": "second", "second_staff_id": "second"},
        {"plan_kind": "settlement", "needs_second": False},
    ],
)
def test_the_database_alone_refuses_a_second_that_is_missing_or_not_another(
    session: Session, cast: Cast, waiting: Story, broken: dict[str, Any]
) -> None:
    related(session, waiting, cast)
    both(session, cast, waiting)[0].take().approve()
    people = {"first": cast.zhou_min.id, "second": cast.wu_yan.id}
    values = {name: people.get(value, value) for name, value in broken.items()}
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(Decision).values(**values))
