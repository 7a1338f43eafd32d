"""Files of a message that is not sent yet: each once, so many at most."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import DomainError
from portal.domain.threads import MOST_FILES
from portal.models import Attachment, Event
from portal.services.attachments import SentFile, add_attachment
from tests.clean_files import clean_photo
from tests.people import NOW
from tests.stories import Story


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
