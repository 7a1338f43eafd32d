"""Somebody speaks for a borrower: nobody collects from then on, and either side ends it (rule C09)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.cases import CaseKind
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.holds import HoldKind
from portal.models import Representative, ServiceCase
from portal.queries.situations import running_holds
from portal.services.representatives import (
    name_representative,
    note_representative,
    remove_representative,
    verify_representative,
)
from tests.people import NOW, TODAY, Cast
from tests.service_cases import bring_up, staff_actor
from tests.stories import ZONE, Story
from tests.told_events import told

LATER = NOW + timedelta(days=1)


def _name(story: Story, **change: str) -> Representative:
    said = {"kind": "lawyer", "name": "张律师", "contact": "021-5000 0000"} | change
    return name_representative(story.session, story.actor, today=TODAY, zone=ZONE, now=NOW, **said)


def test_naming_one_opens_a_case_and_stops_contact(story: Story, session: Session) -> None:
    named = _name(story, name=" 张律师 ")
    assert (named.borrower_id, named.kind, named.name) == (story.borrower.id, "lawyer", "张律师")
    assert (named.contact, named.status, named.named_at) == ("021-5000 0000", "named", NOW)
    case = session.get_one(ServiceCase, named.case_id)
    assert (case.kind, case.topic, case.borrower_id) == (CaseKind.REPRESENTED, "lawyer", story.borrower.id)
    assert running_holds(session, story.loan.id) == {HoldKind.REPRESENTED}
    wanted = {"representative_id": named.id, "kind": "lawyer"}
    assert told(session, "representative:named") == [(story.borrower.id, wanted)]


def test_the_same_words_twice_are_one_naming(story: Story) -> None:
    first = _name(story)
    assert _name(story).id == first.id
    for change in ({"kind": "helper"}, {"name": "李律师"}, {"contact": "x"}):
        with pytest.raises(Conflict, match=r"^representative_there$"):
            _name(story, **change)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"kind": "friend"}, "representative_kind_missing", "kind"),
        ({"name": " "}, "representative_name_missing", "name"),
        ({"contact": ""}, "representative_contact_missing", "contact"),
        ({"name": "长" * 101}, "text_too_long", "name"),
        ({"contact": "长" * 201}, "text_too_long", "contact"),
    ],
)
def test_a_naming_that_does_not_do(story: Story, change: dict[str, str], code: str, field: str) -> None:
    with pytest.raises(DomainError) as refused:
        _name(story, **change)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_words_as_long_as_they_may_be_are_kept_whole(story: Story) -> None:
    named = _name(story, name="长" * 100, contact="长" * 200)
    assert (len(named.name), len(named.contact)) == (100, 200)


def test_the_borrower_speaks_for_themselves_again(story: Story, session: Session) -> None:
    assert not remove_representative(session, story.actor, now=LATER)
    named = _name(story)
    assert remove_representative(session, story.actor, now=LATER)
    session.refresh(named)
    assert (named.status, named.removed_at) == ("removed", LATER)
    assert running_holds(session, story.loan.id) == set()
    assert not remove_representative(session, story.actor, now=LATER)
    assert told(session, "representative:removed") == [(story.borrower.id, {"representative_id": named.id})]
    assert [fields["reason"] for _, fields in told(session, "hold:ended")] == ["removed"]


def test_staff_see_the_authority(story: Story, session: Session, cast: Cast) -> None:
    actor = staff_actor(cast.zhou_min)
    of: dict[str, Any] = {"borrower_id": story.borrower.id, "now": LATER}
    assert not verify_representative(session, actor, is_right=True, **of)
    named = _name(story)
    assert verify_representative(session, actor, is_right=True, **of)
    session.refresh(named)
    assert (named.status, named.checked_at, named.checked_by) == ("verified", LATER, cast.zhou_min.id)
    assert running_holds(session, story.loan.id) == {HoldKind.REPRESENTED}
    assert not verify_representative(session, actor, is_right=False, **of)
    assert told(session, "representative:verified") == [(story.borrower.id, {"representative_id": named.id})]
    assert remove_representative(session, story.actor, now=LATER)


def test_staff_find_no_authority(story: Story, session: Session, cast: Cast) -> None:
    named = _name(story)
    actor = staff_actor(cast.zhou_min)
    verify: dict[str, Any] = {"borrower_id": story.borrower.id, "is_right": False, "now": LATER}
    assert verify_representative(session, actor, **verify)
    session.refresh(named)
    assert (named.status, named.removed_at) == ("refused", LATER)
    assert running_holds(session, story.loan.id) == set()
    assert told(session, "representative:refused") == [(story.borrower.id, {"representative_id": named.id})]
    with pytest.raises(AccessRefused, match=r"^permission_missing$"):
        verify_representative(session, staff_actor(cast.he_jing), **verify)


def test_staff_note_whom_a_caller_named(story: Story, session: Session, cast: Cast) -> None:
    case, actor = bring_up(session, story.borrower, story.loan), staff_actor(cast.chen_chen)
    with pytest.raises(DomainError) as refused:
        note_representative(session, actor, case=case, kind="friend", now=LATER)
    assert (refused.value.code, refused.value.field) == ("representative_kind_missing", "speaker_kind")
    for field in ("name", "contact"):
        with pytest.raises(DomainError) as refused:
            note_representative(session, actor, case=case, kind="helper", now=LATER, **{field: "长" * 201})
        assert (refused.value.code, refused.value.field) == ("text_too_long", f"speaker_{field}")
    assert note_representative(session, actor, case=case, kind="helper", name=" ", now=LATER)
    assert not note_representative(session, actor, case=case, kind="helper", now=LATER)
    noted = session.scalars(select(Representative)).one()
    assert (noted.borrower_id, noted.case_id, noted.kind) == (story.borrower.id, case.id, "helper")
    assert (noted.name, noted.contact, noted.status, noted.named_at) == ("", "", "named", LATER)
    wanted = {"representative_id": noted.id, "kind": "helper"}
    assert told(session, "representative:noted") == [(story.borrower.id, wanted)]
