"""Files go when their time is over, with their names, and not a day before."""

from datetime import timedelta
from typing import cast

import pytest
from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.holds import HoldKind
from portal.domain.permissions import SYSTEM
from portal.domain.policy import HardshipReason
from portal.domain.proposals import ProposalStatus
from portal.domain.retention import Stays
from portal.models import Attachment, Consent, Event, Proposal
from portal.services.attachment_retention import BATCH, Sweep, erase_due_attachments
from portal.services.attachments import SentFile, add_attachment, open_attachment
from portal.services.holds import end_hold, start_hold
from portal.services.proposals import withdraw_proposal
from portal.services.threads import WrittenMessage, post_message
from tests.clean_files import clean_photo
from tests.people import NOW, TODAY
from tests.stories import ZONE, Story

KEY = "a" * 32
FILE = clean_photo()


@pytest.fixture
def attachment(session: Session, story: Story) -> Attachment:
    story.submit(reason=HardshipReason.ILLNESS)
    sent = SentFile(file=FILE, name="收据.jpg", consents=True, consent_version="1")
    return add_attachment(
        session, story.actor, about=story.proposal, form_key=KEY, body="", sent=sent, now=NOW
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
    assert (attachment.data_key, attachment.body_sealed, attachment.name_sealed) == (None, None, None)
    assert (attachment.body, attachment.name) == (b"", "")
    assert reasons(session) == ["time_over"]
    with pytest.raises(NotFound, match="attachment_erased"):
        open_attachment(session, story.actor, attachment=attachment, now=NOW)


@pytest.fixture
def signed(session: Session, story: Story) -> Proposal:
    """A plan in force with a file in its thread."""
    story.submit()
    sent = SentFile(file=FILE, name="a.jpg", consents=True, consent_version="1")
    add_attachment(session, story.actor, about=story.proposal, form_key=KEY, body="", sent=sent, now=NOW)
    send(session, story)
    return session.get_one(Proposal, story.proposal.id)


def end(session: Session, proposal: Proposal, status: ProposalStatus) -> None:
    proposal.status, proposal.ended_at = status.value, NOW
    session.flush()


def test_what_belongs_to_a_signed_plan_stays_while_it_runs_even_without_the_consent(
    session: Session, signed: Proposal
) -> None:
    session.scalars(select(Consent).where(Consent.kind == "hardship_attachment")).one().withdrawn_at = NOW
    signed.ended_at = NOW  # of the sitting in which it was declined before, say
    session.flush()
    assert erased(session, days=4000) == 0


@pytest.mark.parametrize(
    ("status", "last_day"),
    [
        (ProposalStatus.COMPLETED, 0),
        (ProposalStatus.TERMINATED, 0),
        (ProposalStatus.SUPERSEDED, 0),
        (ProposalStatus.BROKEN, 90),
    ],
)
def test_it_goes_when_the_plan_has_ended(
    session: Session, signed: Proposal, status: ProposalStatus, last_day: int
) -> None:
    end(session, signed, status)
    assert [erased(session, days=last_day), erased(session, days=last_day + 1)] == [0, 1]
    assert reasons(session) == ["time_over"]


@pytest.mark.parametrize("kind", [HoldKind.DISPUTE, HoldKind.COMPLAINT])
def test_a_running_dispute_keeps_it(session: Session, story: Story, signed: Proposal, kind: HoldKind) -> None:
    end(session, signed, ProposalStatus.COMPLETED)
    start_hold(session, story.actor, loan_id=story.loan.id, kind=kind, reason="test", now=NOW)
    assert erased(session, days=4000) == 0
    end_hold(session, story.actor, loan_id=story.loan.id, kind=kind, reason="answered", now=NOW)
    assert erased(session, days=4000) == 1


def test_what_lies_beyond_one_batch_is_gone_on_with_after_its_last(
    session: Session, story: Story, attachment: Attachment
) -> None:
    send(session, story)
    withdraw_proposal(session, story.actor, proposal=story.proposal, now=NOW)
    table = cast("Table", Attachment.__table__)
    row = session.execute(select(table)).one()._asdict()
    del row["id"]
    more = [{**row, "public_id": f"{number:032x}", "sha256": f"{number:064x}"} for number in range(BATCH)]
    session.execute(insert(table), more)
    later = timedelta(days=91)
    sweep = Sweep(today=TODAY + later, zone=ZONE, now=NOW + later, is_dry_run=True)
    first = erase_due_attachments(session, SYSTEM, after=0, sweep=sweep)
    assert first.last_id is not None
    second = erase_due_attachments(session, SYSTEM, after=first.last_id, sweep=sweep)
    assert (first.erased, second.erased, second.last_id) == (BATCH, 1, None)


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


def test_what_is_disputed_is_too_young_until_its_last_day_is_over(
    session: Session, story: Story, signed: Proposal
) -> None:
    end(session, signed, ProposalStatus.COMPLETED)
    start_hold(session, story.actor, loan_id=story.loan.id, kind=HoldKind.DISPUTE, reason="test", now=NOW)
    stays = [
        erase_due_attachments(
            session,
            SYSTEM,
            after=0,
            sweep=Sweep(today=TODAY + day, zone=ZONE, now=NOW + day, is_dry_run=True),
        ).stays
        for day in (timedelta(0), timedelta(days=1))
    ]
    assert stays == [{Stays.TOO_YOUNG: 1}, {Stays.DISPUTED: 1}]
