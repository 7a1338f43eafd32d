"""What borrowers attach stands sealed: what was changed is given to nobody and nobody is said to have opened it; lists read no file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from portal.db import transaction
from portal.domain.errors import Damaged
from portal.models import Attachment, Event
from portal.queries.case_surroundings import sent_files
from portal.queries.kept_documents import opened_attachment
from portal.queries.key_uses import SEALED_TABLES, key_uses, shut_uses
from portal.queries.own_data import own_data
from portal.queries.threads import find_thread, get_attachment_of, get_sent_attachment, thread_page
from portal.services.attachments import SentFile, add_attachment, open_attachment
from portal.services.key_rotation import rotate_some
from portal.services.threads import WrittenMessage, post_message
from tests.clean_files import clean_photo
from tests.databases import Database
from tests.integration.services.test_sealed_documents import values_of
from tests.integration.services.test_sealed_rows import AFTER, BEFORE, MEANWHILE, under
from tests.people import NOW, add_cast, add_loan
from tests.stories import Story

BODY = b"\xff\xd8\xff" + Random(1).randbytes(10_000) + "工资条植入".encode()
OTHER = b"\xff\xd8\xff" + Random(2).randbytes(10_000)
KEY = "a" * 32


def attach(session: Session, story: Story, *bodies: bytes) -> list[Attachment]:
    """To one message, which is sent."""
    found = [
        add_attachment(
            session,
            story.actor,
            about=story.proposal,
            form_key=KEY,
            body="",
            sent=SentFile(file=clean_photo(body), name="收据.jpg", consents=True, consent_version="1"),
            now=NOW,
        )
        for body in bodies
    ]
    written = WrittenMessage(form_key=KEY, body="看附件")
    post_message(session, story.actor, about=story.proposal, written=written, now=NOW)
    return found


def attach_anew(session: Session) -> list[Attachment]:
    cast = add_cast(session)
    story = Story(session, cast.li_na, add_loan(session, cast.li_na))
    story.submit()
    return attach(session, story, BODY, OTHER)


def openings(session: Session) -> int:
    return len(session.scalars(select(Event).where(Event.name == "attachment:opened")).all())


def test_no_byte_of_a_file_stands_in_any_column_and_it_opens_as_it_was(
    session: Session, story: Story
) -> None:
    story.submit()
    attachment = attach(session, story, BODY)[0]
    session.expire_all()
    assert open_attachment(session, story.actor, attachment=attachment, now=NOW) == BODY
    assert openings(session) == 1
    pieces = (BODY[:20], BODY[5_000:5_020], "工资条植入".encode())
    assert [place for place, value in values_of(session) if any(piece in value for piece in pieces)] == []


@pytest.mark.parametrize(
    "change",
    [
        lambda own, _: {"body_sealed": own.body_sealed[:40] + bytes([own.body_sealed[40] ^ 1]) + own.body_sealed[41:]},
        lambda own, _: {"body_sealed": own.body_sealed[:-1]},
        lambda _, other: {"body_sealed": other.body_sealed},
        lambda _, other: {"data_key": other.data_key},
        lambda _, other: {"data_key": other.data_key, "body_sealed": other.body_sealed},
        lambda *_: {"data_key": None},
        lambda *_: {"body_sealed": b""},
        lambda *_: {"body_sealed": BODY},
        lambda own, _: {"body_sealed": own.data_key.seal_bytes(("attachment", "body", own.public_id), OTHER)},
    ],
    ids=[
        "a changed byte", "cut", "another's bytes", "another's key", "another's key and bytes", "no key", "no bytes", "in clear",
        "other bytes by whoever has the keys",
    ],
)  # fmt: skip
def test_what_was_changed_is_given_to_nobody(
    session: Session, story: Story, change: Callable[[Attachment, Attachment], dict[str, object]]
) -> None:
    story.submit()
    own, other = attach(session, story, BODY, OTHER)
    session.flush()
    session.execute(update(Attachment).where(Attachment.id == own.id).values(change(own, other)))
    session.expire_all()
    with pytest.raises(Damaged, match="attachment_damaged") as refused:
        open_attachment(session, story.actor, attachment=own, now=NOW)
    assert refused.value.details == {"sha256": own.sha256}
    assert openings(session) == 0
    assert open_attachment(session, story.actor, attachment=other, now=NOW) == OTHER


def test_a_change_of_keys_reaches_files_and_leaves_their_bytes(database: Database) -> None:
    old, both, new = (under(database, ring) for ring in (BEFORE, MEANWHILE, AFTER))
    with transaction(old) as session:
        attach_anew(session)
        bytes_before = session.scalars(select(Attachment.body_sealed).order_by(Attachment.id)).all()
    with transaction(new, writes=False) as session:
        assert ("attachment", "old") in {(use.table, use.name) for use in shut_uses(session)}
        with pytest.raises(Damaged):
            opened_attachment(session.scalars(select(Attachment)).all()[0])
    for model in SEALED_TABLES:
        with transaction(both) as session:
            while rotate_some(session, model, at_once=1):
                pass
    with transaction(new, writes=False) as session:
        kept = session.scalars(select(Attachment).order_by(Attachment.id)).all()
        assert [opened_attachment(each) for each in kept] == [BODY, OTHER]
        assert [each.body_sealed for each in kept] == bytes_before
        assert {use.name for use in key_uses(session) if use.table == "attachment"} == {"new"}
    for engine in (old, both, new):
        engine.dispose()


@contextmanager
def said_to(session: Session) -> Iterator[list[str]]:
    """The statements that the database is sent meanwhile."""
    said: list[str] = []
    engine = session.get_bind()

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield said
    event.remove(engine, "before_cursor_execute", note)


def test_no_list_and_no_look_at_a_row_reads_a_file(session: Session, story: Story) -> None:
    story.submit()
    attachment = attach(session, story, BODY)[0]
    session.flush()
    session.expunge_all()
    borrower_id = story.borrower.id
    with said_to(session) as said:
        assert thread_page(session, find_thread(session, story.proposal)).lines[0].files[0].name == "收据.jpg"
        assert own_data(session, borrower_id)["attachments"][0]["name"] == "收据.jpg"
        assert [each.name for each in sent_files(session, story.proposal)] == ["收据.jpg"]
        found = get_attachment_of(session, borrower_id, attachment.public_id)
        assert get_sent_attachment(session, attachment.public_id) is found
        assert [each for each in said if "attachment.body_sealed" in each] == []
        assert opened_attachment(found) == BODY
        assert len([each for each in said if "attachment.body_sealed" in each]) == 1
