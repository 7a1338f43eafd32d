"""Authorities outside that are slow, dead or wrong: the worker asks again later, and until then nothing is half done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event as Waiting

import pytest
from sqlalchemy import func, select

from portal.adapters.seal import KeyFileSealer
from portal.adapters.seal_checks import check_signatures
from portal.adapters.seal_keys import load_seal_key, seal_key_path
from portal.adapters.seal_trust import seal_trust
from portal.adapters.signing_authority.exchange import TAKES
from portal.adapters.signing_authority.http_authority import HttpSigningAuthority
from portal.adapters.signing_authority.stand_in import StandInAuthority, open_stand_in_authority
from portal.adapters.time_stamps.authority import HttpTimeStamper
from portal.adapters.time_stamps.configured import time_stamp_trust
from portal.commands.work import HANDLERS, Workshop, run_until_empty
from portal.commands.worker import build_workshop
from portal.config import Config
from portal.db import transaction
from portal.domain.agreements import AgreementContent
from portal.domain.document_checks import Stamp
from portal.domain.evidence import AssuranceLevel, SigningEvidence
from portal.models import Agreement, Document, Event, OutboxItem, Proposal, ProposalVersion
from portal.services.outbox import MAX_ATTEMPTS
from portal.services.ports import TimeStamper
from tests.authorities import Reply, answering
from tests.blank_documents import BlankDocuments
from tests.clocks import HandClock
from tests.databases import Database
from tests.people import add_cast, add_loan
from tests.stories import Story

Broken = Callable[[Workshop, StandInAuthority], Workshop]


class RememberingDocuments(BlankDocuments):
    """Keeps the evidence that the last document was drawn with."""

    def __init__(self) -> None:
        self.evidence: list[SigningEvidence] = []

    def render_agreement(
        self, content: AgreementContent, evidence: SigningEvidence, check_code: str, check_url: str
    ) -> bytes:
        self.evidence.append(evidence)
        return super().render_agreement(content, evidence, check_code, check_url)


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> Workshop:
    config = Config(database_url=database.url, secret_key="x" * 32, data_dir=tmp_path, testing=True)
    shop = build_workshop(config, engine=database.engine, clock=HandClock())
    shop = replace(shop, renderer=RememberingDocuments())
    agree(shop)
    return shop


def agree(shop: Workshop) -> None:
    """An agreement that waits for its seal."""
    with transaction(shop.engine) as session:
        cast = add_cast(session)
        story = Story(session, cast.li_na, add_loan(session, cast.li_na)).start().answer().freeze()
        ids = story.proposal.id, story.version.id
    run_until_empty(shop, HANDLERS)
    with transaction(shop.engine) as session:
        again = Story(session, story.borrower, story.loan)
        again._proposal = session.get_one(Proposal, ids[0])
        again._version = session.get_one(ProposalVersion, ids[1])
        again.read().sign()
    hand(shop).move_on(minutes=1)


def hand(shop: Workshop) -> HandClock:
    assert isinstance(shop.clock, HandClock)
    return shop.clock


@pytest.fixture
def licensed(tmp_path: Path) -> StandInAuthority:
    return open_stand_in_authority(tmp_path / "signing-authority.pem")


def slow(seconds: float) -> Callable[[bytes], Reply]:
    def answer(_: bytes) -> Reply:
        Waiting().wait(seconds)
        return Reply(b"")

    return answer


@contextmanager
def with_bad_authority(shop: Workshop, kind: str, licensed: StandInAuthority) -> Iterator[Workshop]:
    """A signing authority or a time-stamping one that does what ``kind`` says."""
    what, _, how = kind.partition(" ")
    answers = {
        "slow": slow(1.5),
        "wrong": lambda _: Reply(
            b"\x30\x00", media_type=TAKES if what == "signing" else "application/timestamp-reply"
        ),
        "failing": lambda _: Reply(b"", status=500),
        "dead": lambda _: Reply(b""),
    }
    with answering(answers[how]) as authority:
        address = "http://127.0.0.1:9/" if how == "dead" else authority.address
        if what == "signing":
            borrowers = HttpSigningAuthority(address, (licensed.root,), seconds=0.4)
            yield replace(shop, borrowers=borrowers)
        else:
            stamper = HttpTimeStamper(address, time_stamp_trust(shop.config), seconds=0.4)
            yield stamping(shop, stamper)


def stamping(shop: Workshop, stamper: TimeStamper) -> Workshop:
    key = load_seal_key(seal_key_path(shop.config))
    return replace(shop, stamper=stamper, sealer=KeyFileSealer(key, stamper))


@pytest.mark.parametrize("what", ["signing", "stamping"])
@pytest.mark.parametrize("how", ["dead", "slow", "failing", "wrong"])
def test_an_authority_in_trouble_leaves_everything_as_it_was(
    what: str, how: str, shop: Workshop, licensed: StandInAuthority
) -> None:
    before = documents(shop)
    with with_bad_authority(shop, f"{what} {how}", licensed) as troubled:
        run_until_empty(troubled, HANDLERS)
    with transaction(shop.engine, writes=False) as session:
        agreement = session.scalars(select(Agreement)).one()
        assert (agreement.seal_state, agreement.document_id, agreement.sealed_at) == ("sealing", None, None)
        failure = session.scalars(select(Event).where(Event.name == "agreement:seal_failed")).one()
        assert failure.fields["code"] == ("signing_failed" if what == "signing" else "time_stamp_failed")
        item = session.scalars(select(OutboxItem).where(OutboxItem.kind == "agreement:seal")).one()
        assert item.state == "open"
        assert item.due_at > shop.clock.now()
    assert documents(shop) == before
    hand(shop).move_on(minutes=int(timedelta(hours=2).total_seconds() // 60))
    run_until_empty(shop, HANDLERS)
    with transaction(shop.engine, writes=False) as session:
        assert session.scalars(select(Agreement.seal_state)).one() == "sealed"


def test_sealing_is_never_given_up(shop: Workshop, licensed: StandInAuthority) -> None:
    """An authority may be down for a day: three times as many tries as other work has, an hour apart at most."""
    with with_bad_authority(shop, "stamping dead", licensed) as troubled:
        for _ in range(3 * MAX_ATTEMPTS):
            run_until_empty(troubled, HANDLERS)
            hand(shop).move_on(minutes=60)
    run_until_empty(shop, HANDLERS)
    with transaction(shop.engine, writes=False) as session:
        assert session.scalars(select(Agreement.seal_state)).one() == "sealed"


def documents(shop: Workshop) -> int:
    with transaction(shop.engine, writes=False) as session:
        return session.scalars(select(func.count()).select_from(Document)).one()


def test_by_default_the_document_is_of_level_l1_with_a_time_stamp(shop: Workshop) -> None:
    run_until_empty(shop, HANDLERS)
    (found,) = check_signatures(sealed_body(shop), seal_trust(shop.config))
    assert (found.field, found.stamp, found.holds) == ("LenderSeal", Stamp.HOLDS, True)
    evidence = evidence_of(shop)
    assert (evidence.level, evidence.borrower_authority) == (AssuranceLevel.CODE_AND_EVIDENCE, None)
    assert evidence.content_stamp


def test_with_an_authority_configured_the_borrowers_field_is_signed_too(
    shop: Workshop, licensed: StandInAuthority
) -> None:
    with answering(lambda body: Reply(licensed.answer(body), media_type=TAKES)) as authority:
        borrowers = HttpSigningAuthority(authority.address, (licensed.root,), stamper=shop.stamper)
        run_until_empty(replace(shop, borrowers=borrowers), HANDLERS)
    trust = replace(seal_trust(shop.config), authorities=(licensed.root,))
    borrower, seal = check_signatures(sealed_body(shop), trust)
    assert borrower.holds
    assert seal.holds
    assert borrower.signer == "李娜"
    evidence = evidence_of(shop)
    assert evidence.level is AssuranceLevel.LICENSED_CA
    assert evidence.borrower_authority == borrowers.description


def sealed_body(shop: Workshop) -> bytes:
    with transaction(shop.engine, writes=False) as session:
        agreement = session.scalars(select(Agreement)).one()
        assert agreement.seal_state == "sealed"
        return session.scalars(select(Document).where(Document.id == agreement.document_id)).one().body


def evidence_of(shop: Workshop) -> SigningEvidence:
    assert isinstance(shop.renderer, RememberingDocuments)
    return shop.renderer.evidence[-1]
