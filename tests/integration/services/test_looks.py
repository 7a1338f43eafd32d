"""Every look at a case leaves an event, and nobody looks who has no part in it (rules D03, P18)."""

from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import AccessRefused
from portal.domain.permissions import SYSTEM
from portal.domain.policy import HardshipReason
from portal.domain.reasons import RevealReason
from portal.models import Agreement
from portal.queries.case_surroundings import find_document
from portal.queries.proposals import document_sha256
from portal.services.documents import keep_sealed
from portal.services.looks import look_at_case, look_at_document, record_search, reveal_mobile
from portal.services.own_record import record_export
from tests.people import NOW, Cast
from tests.service_cases import staff_actor
from tests.stories import Story
from tests.told_events import told


def test_looks_are_told(session: Session, cast: Cast, story: Story) -> None:
    story.submit(reason=HardshipReason.ILLNESS)
    actor = staff_actor(cast.zhou_min)
    look_at_case(session, actor, proposal=story.proposal, reason="case_page", now=NOW)
    reveal_mobile(session, actor, proposal=story.proposal, reason=RevealReason.CALL_BACK, now=NOW)
    assert told(session, "case:looked_at") == [(story.borrower.id, {"reason": "case_page"})]
    uncovered = {"field": "mobile", "reason": "call_back"}
    assert told(session, "case:revealed") == [(story.borrower.id, uncovered)]


def test_a_copy_of_what_was_signed_is_told(session: Session, cast: Cast, story: Story) -> None:
    story.submit(reason=HardshipReason.ILLNESS)
    document = find_document(session, story.proposal)
    assert document is not None
    look_at_document(session, staff_actor(cast.zhou_min), proposal=story.proposal, document=document, now=NOW)
    digest = document_sha256(session, document.document_id)
    assert told(session, "plan:preview_downloaded")[-1] == (
        story.borrower.id,
        {"version_number": 1, "document_hash": digest},
    )


def test_who_has_no_part_in_it_does_not_look(session: Session, cast: Cast, story: Story) -> None:
    story.submit(reason=HardshipReason.ILLNESS)
    document = find_document(session, story.proposal)
    assert document is not None
    of: dict[str, Any] = {"proposal": story.proposal, "now": NOW}
    for member in (cast.he_jing, cast.sun_hao):
        actor = staff_actor(member)
        with pytest.raises(AccessRefused, match=r"^permission_missing$"):
            look_at_case(session, actor, reason="case_page", **of)
        with pytest.raises(AccessRefused, match=r"^permission_missing$"):
            reveal_mobile(session, actor, reason=RevealReason.CALL_BACK, **of)
        with pytest.raises(AccessRefused, match=r"^permission_missing$"):
            look_at_document(session, actor, document=document, **of)
        with pytest.raises(AccessRefused, match=r"^permission_missing$"):
            record_search(session, actor, by="name", borrower_ids=[], now=NOW)


def test_a_record_that_is_taken_along_is_told(session: Session, story: Story) -> None:
    record_export(session, story.actor, file_format="json", now=NOW)
    assert told(session, "record:exported") == [(story.borrower.id, {"file_format": "json"})]


def test_a_search_is_told_of_each_borrower_who_showed_or_once(session: Session, cast: Cast) -> None:
    actor = staff_actor(cast.zhou_min)
    shown = [cast.li_na.id, cast.wang_qiang.id]
    record_search(session, actor, by="name", borrower_ids=shown, now=NOW)
    record_search(session, actor, by="mobile", borrower_ids=[], now=NOW)
    assert told(session, "case:searched") == [
        (cast.li_na.id, {"by": "name"}),
        (cast.wang_qiang.id, {"by": "name"}),
        (None, {"by": "mobile"}),
    ]


def test_a_copy_of_a_sealed_agreement_is_told_as_such(session: Session, cast: Cast, story: Story) -> None:
    assert story.submit() == "approved"
    agreement = session.scalars(select(Agreement)).one()
    keep_sealed(session, SYSTEM, agreement_id=agreement.id, body=b"%PDF-1.7 sealed", now=NOW)
    session.refresh(agreement)
    document = find_document(session, story.proposal)
    assert document is not None
    assert document.document_id == agreement.document_id
    look_at_document(session, staff_actor(cast.zhou_min), proposal=story.proposal, document=document, now=NOW)
    said = {"agreement_id": agreement.id, "document_hash": sha256(b"%PDF-1.7 sealed").hexdigest()}
    assert told(session, "agreement:downloaded") == [(story.borrower.id, said)]
    assert told(session, "plan:preview_downloaded") == []
