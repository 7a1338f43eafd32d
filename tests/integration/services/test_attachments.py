"""Files of a message that is not sent yet: each once, so many at most."""

from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.policy import HardshipReason
from portal.domain.threads import MOST_FILES
from portal.models import Attachment, Consent, Event, StaffRelation
from portal.services.attachments import SentFile, add_attachment, open_attachment, remove_attachment
from portal.services.claims import claim_case
from portal.services.threads import WrittenMessage, post_message
from tests.clean_files import clean_photo
from tests.people import NOW, Cast
from tests.service_cases import staff_actor
from tests.stories import Story
from tests.told_events import told


@pytest.fixture
def waiting(story: Story) -> Story:
    story.submit()
    return story


def add(session: Session, story: Story, body: bytes) -> Attachment:
    sent = SentFile(file=clean_photo(body), name="收据.jpg", consents=True, consent_version="1")
    return add_attachment(
        session, story.actor, about=story.proposal, form_key="a" * 32, body="", sent=sent, now=NOW
    )


def test_the_same_file_twice_is_one_and_on_record_once(session: Session, waiting: Story) -> None:
    first, again = add(session, waiting, b"a photo"), add(session, waiting, b"a photo")
    assert again.id == first.id
    added = session.scalars(select(Event.fields).where(Event.name == "attachment:added")).all()
    assert [fields["attachment_id"] for fields in added] == [first.id]


def test_the_same_file_again_is_no_more_than_is_taken(session: Session, waiting: Story) -> None:
    photos = [add(session, waiting, f"photo {number}".encode()) for number in range(MOST_FILES)]
    assert add(session, waiting, b"photo 0").id == photos[0].id
    with pytest.raises(DomainError) as refused:
        add(session, waiting, b"one more")
    assert (refused.value.code, refused.value.field) == ("too_many_files", "file")


def test_a_file_is_taken_back_until_it_is_sent(session: Session, waiting: Story) -> None:
    first, second = add(session, waiting, b"a photo"), add(session, waiting, b"another")
    remove_attachment(session, waiting.actor, attachment=first, now=NOW)
    session.flush()
    assert session.scalars(select(Attachment.id)).all() == [second.id]
    assert told(session, "attachment:removed") == [(waiting.borrower.id, {"attachment_id": first.id})]
    post_message(
        session,
        waiting.actor,
        about=waiting.proposal,
        written=WrittenMessage(form_key="a" * 32, body="请查收"),
        now=NOW,
    )
    with pytest.raises(Conflict, match=r"^attachment_sent$"):
        remove_attachment(session, waiting.actor, attachment=second, now=NOW)


def test_it_is_read_by_its_owner_and_by_who_holds_the_case(
    session: Session, story: Story, cast: Cast
) -> None:
    story.submit(reason=HardshipReason.ILLNESS)
    file, zhou_min = add(session, story, b"a photo"), staff_actor(cast.zhou_min)
    open_file = partial(open_attachment, session, attachment=file, now=story.now)
    assert open_file(story.actor) == file.body
    with pytest.raises(AccessRefused, match=r"^permission_missing$"):
        open_file(staff_actor(cast.he_jing))
    with pytest.raises(AccessRefused) as refused:
        open_file(zhou_min)
    assert (refused.value.code, refused.value.rule) == ("attachment_claim_needed", "P17")
    claim_case(session, zhou_min, proposal=story.proposal, now=story.now)
    session.expire_all()
    assert open_file(zhou_min) == file.body
    opened = (story.borrower.id, {"attachment_id": file.id, "sha256": file.sha256})
    assert told(session, "attachment:opened") == [opened, opened]


def test_without_a_consent_nothing_is_kept(session: Session, waiting: Story) -> None:
    sent = SentFile(file=clean_photo(b"a photo"), name="收据.jpg", consents=False, consent_version="1")
    with pytest.raises(DomainError) as refused:
        add_attachment(
            session, waiting.actor, about=waiting.proposal, form_key="a" * 32, body="", sent=sent, now=NOW
        )
    assert (refused.value.code, refused.value.field) == ("attachment_consent_needed", "consents")
    assert session.scalars(select(Attachment.id)).all() == []


def test_what_is_kept_of_a_file_is_what_came_clean(session: Session, waiting: Story) -> None:
    file = add(session, waiting, b"a photo")
    clean = clean_photo(b"a photo")
    session.refresh(file)
    assert (file.body, file.sha256, file.size) == (clean.body, clean.sha256, len(clean.body))
    assert (file.media_type, file.name, file.added_at) == (clean.type.value, "收据.jpg", NOW)
    said = {"attachment_id": file.id, "media_type": file.media_type, "sha256": file.sha256}
    assert told(session, "attachment:added") == [(waiting.borrower.id, said)]
    consent = session.scalars(select(Consent).where(Consent.kind == "hardship_attachment")).one()
    assert (consent.borrower_id, consent.text_version) == (waiting.borrower.id, "1")


def test_who_is_close_to_the_borrower_opens_no_file(session: Session, waiting: Story, cast: Cast) -> None:
    """Close to somebody else they may: it is this borrower that counts."""
    file, zhou_min = add(session, waiting, b"a photo"), staff_actor(cast.zhou_min)
    close = StaffRelation(
        staff_member_id=cast.zhou_min.id, borrower_id=cast.wang_qiang.id, kind="close", made_at=NOW
    )
    session.add(close)
    session.flush()
    assert open_attachment(session, zhou_min, attachment=file, now=NOW) == file.body
    close.borrower_id = cast.li_na.id
    session.flush()
    with pytest.raises(AccessRefused) as refused:
        open_attachment(session, zhou_min, attachment=file, now=NOW)
    assert (refused.value.code, refused.value.rule) == ("related_case", "P18")
    assert len(told(session, "attachment:opened")) == 1
