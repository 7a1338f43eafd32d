"""Files go when their time is over, with their names, and not a day before."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adapters.attachments.safe import AttachmentSafe
from portal.domain.attachments import FileType
from portal.domain.errors import NotFound
from portal.domain.permissions import SYSTEM
from portal.domain.policy import HardshipReason
from portal.models import Attachment, Consent, Event, Proposal
from portal.services.attachment_retention import Sweep, erase_due_attachments
from portal.services.attachments import SentFile, add_attachment, open_attachment
from portal.services.ports import CleanFile
from portal.services.proposals import withdraw_proposal
from portal.services.threads import WrittenMessage, post_message
from tests.people import NOW, TODAY
from tests.stories import ZONE, Story

KEY = "a" * 32
SAFE = AttachmentSafe("a secret")
FILE = CleanFile(type=FileType.JPEG, body=b"\xff\xd8\xff a photo", sha256="e" * 64)


@pytest.fixture
def attachment(session: Session, story: Story) -> Attachment:
    story.submit(reason=HardshipReason.ILLNESS)
    sent = SentFile(file=FILE, name="收据.jpg", consents=True, consent_version="1")
    return add_attachment(
        session, story.actor, about=story.proposal, form_key=KEY, body="", sent=sent, safe=SAFE, now=NOW
    )


def send(session: Session, story: Story) -> None:
    written = WrittenMessage(form_key=KEY, body="看附件")
    post_message(session, story.actor, about=story.proposal, written=written, now=NOW)


def erased(session: Session, *, days: int, dry: bool = False) -> int:
    later = timedelta(days=days)
    sweep = Sweep(today=TODAY + later, zone=ZONE, now=NOW + later, is_dry_run=dry)
    return erase_due_attachments(session, SYSTEM, after=0, sweep=sweep).erased


def reasons(session: Session) -> list[str]:
    found = session.scalars(select(Event).where(Event.name == "attachment:erased"))
    return [event.fields["reason"] for event in found]


def test_what_waits_for_a_decision_stays(session: Session, story: Story, attachment: Attachment) -> None:
    send(session, story)
    assert erased(session, days=1000) == 0
    assert attachment.kept_until is None


def test_ninety_days_after_the_end_it_goes_with_its_name_and_not_before(
    session: Session, story: Story, attachment: Attachment
) -> None:
    send(session, story)
    withdraw_proposal(session, story.actor, proposal=story.proposal, now=NOW)
    assert erased(session, days=90) == 0
    assert attachment.kept_until == TODAY + timedelta(days=90)
    assert (erased(session, days=91, dry=True), attachment.erased_at) == (1, None)
    assert [erased(session, days=91), erased(session, days=91)] == [1, 0]
    session.flush()
    session.refresh(attachment)
    assert (attachment.body, attachment.name) == (None, "")
    assert reasons(session) == ["time_over"]
    with pytest.raises(NotFound, match="attachment_erased"):
        open_attachment(session, story.actor, attachment=attachment, safe=SAFE, now=NOW)


def test_what_belongs_to_a_signed_plan_stays(session: Session, story: Story) -> None:
    story.submit()
    sent = SentFile(file=FILE, name="a.jpg", consents=True, consent_version="1")
    add_attachment(
        session, story.actor, about=story.proposal, form_key=KEY, body="", sent=sent, safe=SAFE, now=NOW
    )
    send(session, story)
    session.get_one(Proposal, story.proposal.id).ended_at = NOW
    session.scalars(select(Consent).where(Consent.kind == "hardship_attachment")).one().withdrawn_at = NOW
    session.flush()
    assert erased(session, days=4000) == 0


def test_a_draft_s_files_go_after_a_week(session: Session, story: Story, attachment: Attachment) -> None:
    assert erased(session, days=7) == 0
    assert erased(session, days=8) == 1
    session.flush()
    assert session.scalars(select(Attachment)).all() == []
    assert reasons(session) == ["not_sent"]


def test_a_consent_that_is_taken_back_takes_the_files_along(
    session: Session, story: Story, attachment: Attachment
) -> None:
    send(session, story)
    session.scalars(select(Consent).where(Consent.kind == "hardship_attachment")).one().withdrawn_at = NOW
    session.flush()
    assert erased(session, days=0) == 1
    assert reasons(session) == ["consent_withdrawn"]
