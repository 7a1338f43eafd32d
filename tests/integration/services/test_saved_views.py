"""Views of the queue that somebody keeps: under a name of one's own, so many of them, one that opens by default, and nobody else's."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import AccessRefused, DomainError, NotFound
from portal.models import SavedView, StaffMember
from portal.services.saved_views import (
    LONGEST_NAME,
    MOST_VIEWS,
    delete_view,
    keep_view,
    open_view_by_default,
    rename_view,
)
from tests.callers import actor_of
from tests.people import NOW, Cast
from tests.told_events import told

CHOICES = {"kind": "defer", "order": "deadline"}


def keep(session: Session, member: StaffMember, name: str = "今天到期") -> SavedView:
    return keep_view(session, actor_of(member), name=name, choices=CHOICES, now=NOW)


def kept(session: Session) -> list[tuple[int, str, bool]]:
    session.expire_all()
    views = session.scalars(select(SavedView).order_by(SavedView.id))
    return [(view.staff_member_id, view.name, view.is_default) for view in views]


@pytest.mark.parametrize(
    ("name", "code"), [(" ", "text_missing"), ("长" * (LONGEST_NAME + 1), "text_too_long")]
)
def test_a_view_has_a_name_of_some_length(session: Session, cast: Cast, name: str, code: str) -> None:
    own = keep(session, cast.zhou_min)
    for act in (
        lambda: keep(session, cast.zhou_min, name),
        lambda: rename_view(session, actor_of(cast.zhou_min), view_id=own.id, name=name, now=NOW),
    ):
        with pytest.raises(DomainError) as refused:
            act()
        assert (refused.value.code, refused.value.field) == (code, "name")
    assert kept(session) == [(cast.zhou_min.id, "今天到期", False)]


def test_a_view_keeps_what_was_chosen_under_its_name(session: Session, cast: Cast) -> None:
    view_id = keep(session, cast.zhou_min, " " + "长" * LONGEST_NAME).id
    session.expire_all()
    view = session.get_one(SavedView, view_id)
    assert (view.staff_member_id, view.name) == (cast.zhou_min.id, "长" * LONGEST_NAME)
    assert (view.choices, view.is_default, view.made_at) == (CHOICES, False, NOW)
    assert told(session, "view:kept") == [(None, {"view_id": view_id})]


def test_a_name_is_taken_once_by_each(session: Session, cast: Cast) -> None:
    keep(session, cast.zhou_min)
    keep(session, cast.wu_yan)
    other = keep(session, cast.zhou_min, "延期")
    for act in (
        lambda: keep(session, cast.zhou_min),
        lambda: rename_view(session, actor_of(cast.zhou_min), view_id=other.id, name="今天到期", now=NOW),
    ):
        with pytest.raises(DomainError) as refused, session.begin_nested():
            act()
        assert (refused.value.code, refused.value.field) == ("view_name_taken", "name")
    assert [name for _, name, _ in kept(session)] == ["今天到期", "今天到期", "延期"]


def test_there_are_so_many_of_ones_own_and_no_more(session: Session, cast: Cast) -> None:
    keep(session, cast.wu_yan)
    for number in range(MOST_VIEWS):
        keep(session, cast.zhou_min, f"第 {number + 1} 个")
    with pytest.raises(DomainError) as refused:
        keep(session, cast.zhou_min, "再一个")
    assert (refused.value.code, refused.value.field) == ("too_many_views", "name")
    assert refused.value.details == {"most": MOST_VIEWS}
    assert len(kept(session)) == MOST_VIEWS + 1


def test_another_name_is_told_once(session: Session, cast: Cast) -> None:
    view_id = keep(session, cast.zhou_min).id
    for _ in range(2):
        rename_view(session, actor_of(cast.zhou_min), view_id=view_id, name="明天到期 ", now=NOW)
    assert kept(session) == [(cast.zhou_min.id, "明天到期", False)]
    assert told(session, "view:renamed") == [(None, {"view_id": view_id})]


def test_what_is_deleted_is_gone_and_the_others_stay(session: Session, cast: Cast) -> None:
    view_id = keep(session, cast.zhou_min).id
    keep(session, cast.zhou_min, "延期")
    delete_view(session, actor_of(cast.zhou_min), view_id=view_id, now=NOW)
    assert kept(session) == [(cast.zhou_min.id, "延期", False)]
    assert told(session, "view:deleted") == [(None, {"view_id": view_id})]


def test_one_of_ones_own_opens_the_queue_until_it_is_another_or_none(session: Session, cast: Cast) -> None:
    me, colleague = actor_of(cast.zhou_min), actor_of(cast.wu_yan)
    first, second = keep(session, cast.zhou_min).id, keep(session, cast.zhou_min, "延期").id
    theirs = keep(session, cast.wu_yan).id
    open_view_by_default(session, colleague, view_id=theirs, now=NOW)
    for view_id, opens in ((first, (True, False)), (second, (False, True)), (None, (False, False))):
        open_view_by_default(session, me, view_id=view_id, now=NOW)
        assert [is_default for _, _, is_default in kept(session)] == [*opens, True]
    ids = [fields["view_id"] for _, fields in told(session, "view:default_set")]
    assert ids == [theirs, first, second, None]


def test_nobody_elses_is_touched_and_only_who_sees_the_queue_keeps_any(session: Session, cast: Cast) -> None:
    theirs, before = keep(session, cast.wu_yan).id, kept(session)
    acts: list[Callable[[StaffMember], object]] = [
        lambda who: rename_view(session, actor_of(who), view_id=theirs, name="x", now=NOW),
        lambda who: delete_view(session, actor_of(who), view_id=theirs, now=NOW),
        lambda who: open_view_by_default(session, actor_of(who), view_id=theirs, now=NOW),
    ]
    for act in acts:
        with pytest.raises(NotFound, match=r"^not_found$"):
            act(cast.zhou_min)
    for act in [*acts, lambda who: keep(session, who)]:
        with pytest.raises(AccessRefused, match=r"^permission_missing$"):
            act(cast.lin_yue)
    assert kept(session) == before
