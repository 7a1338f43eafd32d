"""A file whose bytes were changed in the database is given to nobody: a calm page, a line in the log, no event of an opening."""

import io
import json
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from portal.adapters.logs import configure_logs
from portal.domain.policy import HardshipReason
from portal.models import Attachment, Event
from portal.services.attachments import SentFile, add_attachment
from portal.services.threads import WrittenMessage, post_message
from tests.checked_client import form_of
from tests.clean_files import PHOTO, clean_photo
from tests.integration.web.conftest import Writing
from tests.integration.web.test_damaged_documents import LANGUAGES, names_of, with_another_end
from tests.integration.web.worlds import visit
from tests.people import NOW, Cast, add_loan
from tests.stories import Story

SAID = {"zh_CN": "这份材料现在打不开", "en": "This file cannot be opened now as it was sent"}
KEY = "a" * 32


@pytest.fixture
def logged() -> Callable[[], list[dict[str, object]]]:
    stream = io.StringIO()
    configure_logs(stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def case_id(cast: Cast, writing: Writing) -> str:
    """李娜 sent a photo with her proposal."""
    with writing() as session:
        story = Story(session, cast.li_na, add_loan(session, cast.li_na))
        story.submit(reason=HardshipReason.ILLNESS)
        sent = SentFile(file=clean_photo(), name="收据.heic", consents=True, consent_version="1")
        add_attachment(session, story.actor, about=story.proposal, form_key=KEY, body="", sent=sent, now=NOW)
        written = WrittenMessage(form_key=KEY, body="看附件")
        post_message(session, story.actor, about=story.proposal, written=written, now=NOW)
        return story.proposal.public_id


@LANGUAGES
@pytest.mark.parametrize("who", ["borrower", "staff"])
def test_it_is_told_calmly_and_noticed(
    app: Flask,
    cast: Cast,
    case_id: str,
    writing: Writing,
    logged: Callable[[], list[dict[str, object]]],
    who: str,
    language: str,
) -> None:
    with writing() as session:
        attachment = session.scalars(select(Attachment)).one()
        public_id, digest = attachment.public_id, attachment.sha256
    if who == "staff":
        client, address = visit(app, staff=cast.zhou_min.id), f"/desk/attachments/{public_id}"
        _, fields = form_of(client.get(f"/desk/cases/{case_id}").text, f"/desk/cases/{case_id}/claim")
        assert client.post(f"/desk/cases/{case_id}/claim", data=fields).status_code == 303
    else:
        client, address = visit(app, borrower=cast.li_na.id), f"/attachments/{public_id}"
    client.set_cookie("language", language)
    assert client.get(address).data == PHOTO
    before = names_of(writing)
    with writing() as session:
        kept = session.scalars(select(Attachment)).one()
        kept.body_sealed = with_another_end(kept.body_sealed)
    answer = client.get(address)
    assert answer.status_code == 500
    assert answer.mimetype == "text/html"
    assert SAID[language] in answer.text
    assert PHOTO not in answer.data
    assert "SealBroken" not in answer.text
    (line,) = (line for line in logged() if line["event"] == "attachment_damaged")
    assert (line["level"], line["sha256"]) == ("error", digest)
    assert str(line["request_id"]) in answer.text
    added = names_of(writing)
    for each in before:
        added.remove(each)
    # Nobody saw anything, so nobody is said to have opened it; what a borrower met leads staff to it.
    assert added == (["refusal:met"] if who == "borrower" else [])
    with writing() as session:
        assert [
            each.fields["code"] for each in session.scalars(select(Event).where(Event.name == "refusal:met"))
        ] == (["attachment_damaged"] if who == "borrower" else [])
