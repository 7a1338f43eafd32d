import io
from hashlib import sha256
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adapters.seal_checks import is_seal_valid
from portal.adapters.seal_trust import seal_trust
from portal.commands.work import HANDLERS, Workshop, run_until_empty
from portal.commands.worker import build_workshop
from portal.config import Config
from portal.db import transaction
from portal.domain.permissions import SYSTEM
from portal.domain.policy import HardshipReason
from portal.domain.proposals import ProposalStatus
from portal.models import Agreement, Document, Event, OutboxItem, Proposal, ProposalVersion
from portal.services.documents import record_seal_failure
from tests.clocks import HandClock
from tests.databases import Database
from tests.people import NOW, add_cast, add_loan
from tests.stories import Story


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> Workshop:
    config = Config(
        database_url=database.url,
        secret_key="a secret key for tests, long enough",
        data_dir=tmp_path,
        testing=True,
    )
    return build_workshop(config, engine=database.engine, clock=HandClock())


def _story(session: Session, name: str = "李娜") -> Story:
    cast = add_cast(session)
    cast.li_na.name = name
    session.flush()
    return Story(session, cast.li_na, add_loan(session, cast.li_na))


def _agree(shop: Workshop) -> None:
    """From nothing to an agreement, with the worker's documents."""
    with transaction(shop.engine) as session:
        story = _story(session).start().answer().freeze()
        ids = story.proposal.id, story.version.id
    run_until_empty(shop, HANDLERS)
    with transaction(shop.engine) as session:
        proposal = session.get_one(Proposal, ids[0])
        version = session.get_one(ProposalVersion, ids[1])
        again = Story(session, story.borrower, story.loan)
        again._proposal, again._version = proposal, version
        again.read().sign()
    assert isinstance(shop.clock, HandClock)
    shop.clock.move_on(minutes=1)
    run_until_empty(shop, HANDLERS)


def test_the_worker_seals_what_was_approved_and_stores_it_once(shop: Workshop) -> None:
    _agree(shop)
    with transaction(shop.engine, writes=False) as session:
        agreement = session.scalars(select(Agreement)).one()
        document = session.get_one(Document, agreement.document_id)
        assert agreement.seal_state == "sealed"
        assert document.sha256 == sha256(document.body).hexdigest()
        assert session.get_one(Proposal, agreement.proposal_id).status == ProposalStatus.ACTIVE
        assert is_seal_valid(document.body, seal_trust(shop.config))
        text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(document.body)).pages)
    assert agreement.check_code in text
    assert agreement.content_hash[:16] in text.replace("\n", "").replace(" ", "")


def test_the_evidence_page_tells_every_act_from_the_record(shop: Workshop) -> None:
    _agree(shop)
    with transaction(shop.engine, writes=False) as session:
        agreement = session.scalars(select(Agreement)).one()
        body = session.scalars(select(Document).where(Document.id == agreement.document_id)).one().body
        shown_at = session.scalars(select(Event.at).where(Event.name == "plan:text_shown")).one()
        signed_at = session.scalars(select(Event.at).where(Event.name == "plan:submitted")).one()
    seconds = int((signed_at - shown_at).total_seconds())
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)
    shown = f"页面展示协议全文，{seconds} 秒后签署"
    for words in ("综合融资成本明示表", shown, "输入验证码并确认签署", "自动批准", "L1"):
        assert words in text


def test_sealing_again_changes_nothing(shop: Workshop) -> None:
    _agree(shop)
    with transaction(shop.engine) as session:
        before = session.scalars(select(Document.sha256).order_by(Document.id)).all()
        item = session.scalars(select(OutboxItem).where(OutboxItem.kind == "agreement:seal")).one()
        item.state = "open"
    run_until_empty(shop, HANDLERS)
    with transaction(shop.engine, writes=False) as session:
        assert session.scalars(select(Document.sha256).order_by(Document.id)).all() == before
        assert session.scalars(select(Event.name)).all().count("agreement:sealed") == 1


def test_a_seal_that_failed_is_told_of_the_plan_that_waits_for_it(session: Session) -> None:
    story = _story(session)
    story.submit()
    agreement = session.scalars(select(Agreement)).one()
    record_seal_failure(session, SYSTEM, agreement_id=agreement.id, code="seal_failed", attempts=3, now=NOW)
    failed = session.scalars(select(Event).where(Event.name == "agreement:seal_failed")).one()
    about = (failed.borrower_id, failed.loan_id, failed.proposal_id)
    assert about == (story.borrower.id, story.loan.id, story.proposal.id)
    assert failed.fields == {"agreement_id": agreement.id, "code": "seal_failed", "attempts": 3}


def test_a_name_that_no_font_can_write_stops_before_the_signature(shop: Workshop) -> None:
    with transaction(shop.engine) as session:
        story = _story(session, "李\U000f0000娜").start().answer(reason=HardshipReason.INCOME_FELL).freeze()
        version_id = story.version.id
    run_until_empty(shop, HANDLERS)
    with transaction(shop.engine, writes=False) as session:
        version = session.get_one(ProposalVersion, version_id)
        assert version.preview_error == "glyph_missing"
        assert version.preview_document_id is None
        assert "plan:preview_failed" in session.scalars(select(Event.name)).all()
