"""What an event says is erased: proofs of it and of all others hold, and nobody erases anything unnoticed."""

from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import DBAPIError

from portal.adapters.checkpoint_files import CheckpointFolder
from portal.adapters.record_keys import is_signed_by, make_record_key
from portal.commands.record_examination import examine
from portal.commands.record_findings import Examined
from portal.commands.record_keeping import RecordKeeper
from portal.db import transaction
from portal.domain.errors import DomainError, NotFound
from portal.domain.log_proofs import LogProof
from portal.domain.merkle_trees import inclusion_proof, root_of
from portal.domain.permissions import SYSTEM, Actor, ActorKind
from portal.domain.reasons import EraseReason
from portal.domain.record_checks import Fault, Finding
from portal.domain.record_keys import TrustedKey
from portal.models import Document, Event
from portal.queries.record_rows import leaves, placed_events
from portal.services.record import record
from portal.services.record_erasing import erase_event
from portal.services.sequencing import place_events
from tests.databases import Database
from tests.integration.commands.tampering import behind_everybodys_back
from tests.people import NOW

BORROWER = Actor(ActorKind.BORROWER, 7, request_id="r" * 16)


class Kept:
    """A record of six events, one of them about somebody."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.key = make_record_key(folder / "record.pem", "example.org/record")
        self.store = CheckpointFolder(folder / "checkpoints")
        self.keeper = RecordKeeper(database.engine, self.store, lambda: self.key, self.trusted)
        with transaction(database.engine) as session:
            for year in range(2020, 2025):
                record(session, SYSTEM, "calendar:published", now=NOW, calendar_version=year)
            record(
                session,
                BORROWER,
                "consent:given",
                now=NOW,
                borrower_id=7,
                kind="hardship",
                text_version="2026",
            )
        self.keeper.keep()

    def trusted(self) -> list[TrustedKey]:
        return [TrustedKey(self.key.public)]

    def erase(self, event_id: int) -> None:
        with transaction(self.database.engine) as session:
            erase_event(session, SYSTEM, event_id=event_id, reason=EraseReason.BORROWERS_REQUEST, now=NOW)
        self.keeper.keep()

    def examined(self) -> Examined:
        return examine(self.database.engine, self.store, self.trusted(), most=600, now=NOW)


@pytest.fixture
def kept(database: Database, tmp_path: Path) -> Kept:
    return Kept(database, tmp_path)


def test_an_erased_event_says_nothing_and_every_proof_holds(kept: Kept) -> None:
    with transaction(kept.database.engine, writes=False) as session:
        before = placed_events(session)
        proofs = {
            each.place: inclusion_proof(
                each.place, 6, lambda start, end: root_of(leaves(session, start, end))
            )
            for each in before
        }
    kept.erase(6)
    with transaction(kept.database.engine, writes=False) as session:
        after = placed_events(session)
        row = session.get_one(Event, 6)
        assert (row.name, row.salt, row.fields, row.borrower_id, row.actor_id, row.request_id) == (
            "erased", None, {}, None, None, None
        )  # fmt: skip
    assert [each.leaf for each in after][:6] == [each.leaf for each in before]
    note = kept.store.note(6) or ""
    for each in before:
        proof = LogProof(each.place, tuple(proofs[each.place]), note)
        assert proof.signed()[0].signers([kept.key.public], is_signed_by)
        assert proof.places(each.leaf)
    found = kept.examined()
    assert found.is_whole
    assert (found.verdict.size, found.verdict.erased) == (7, 1)
    # Done once, it is done.
    kept.erase(6)
    assert kept.examined().verdict.size == 7


def test_only_what_has_a_place_and_is_no_word_about_the_record_itself_is_erased(kept: Kept) -> None:
    with pytest.raises(NotFound):
        kept.erase(99)
    kept.erase(6)
    with pytest.raises(DomainError, match="event_not_erasable"):
        kept.erase(7)
    with transaction(kept.database.engine) as session:
        record(session, SYSTEM, "calendar:published", now=NOW, calendar_version=2030)
    with pytest.raises(DomainError, match="event_without_place"):
        kept.erase(8)


def test_what_proves_a_document_that_is_kept_stays_with_it(kept: Kept) -> None:
    with transaction(kept.database.engine) as session:
        session.add(Document(sha256="ab" * 32, body=b"%PDF", made_at=NOW))
        record(session, SYSTEM, "agreement:sealed", now=NOW, agreement_id=1, document_hash="ab" * 32)
        while place_events(session):
            pass
        event_id = session.scalars(select(func.max(Event.id))).one()
    with pytest.raises(DomainError, match="event_proves_document"):
        kept.erase(event_id)
    with transaction(kept.database.engine) as session:
        session.execute(delete(Document))
    kept.erase(event_id)


EMPTIED = (
    "UPDATE event SET name = 'erased', actor_kind = 'system', actor_id = NULL, request_id = NULL, borrower_id = NULL,"
    " loan_id = NULL, proposal_id = NULL, fields = '{}', salt = NULL WHERE id = 3"
)


def test_an_event_that_was_emptied_without_a_word_is_found(kept: Kept) -> None:
    with behind_everybodys_back(kept.database) as connection:
        connection.execute(text(EMPTIED))
    assert kept.examined().verdict.finding == Finding(Fault.ERASED_UNTOLD, 2)


@pytest.mark.parametrize(
    "change",
    [
        "at = '2026-01-01 00:00:00'",
        "name = 'calendar:published'",
        "actor_id = 7",
        "fields = '{\"a\": 1}'",
        "salt = (SELECT salt FROM event WHERE id = 1)",
    ],
)
def test_nothing_is_written_into_an_erased_event(kept: Kept, change: str) -> None:
    kept.erase(6)
    with behind_everybodys_back(kept.database) as connection:
        connection.execute(text(f"UPDATE event SET {change} WHERE id = 6"))
    finding = kept.examined().verdict.finding
    assert finding is not None
    assert finding.place == 5


@pytest.mark.parametrize(
    "attack",
    [
        EMPTIED.replace("'{}'", "'{\"a\": 1}'"),
        EMPTIED.replace(", salt = NULL", ""),
        EMPTIED.replace("'erased'", "'calendar:published'"),
        EMPTIED.replace("id = 3", "id = 7"),
        EMPTIED.replace("id = 3", "id = 8"),
        EMPTIED.replace("UPDATE event SET", "UPDATE event SET id = 33,"),
        "UPDATE event SET at = '2026-01-01 00:00:00' WHERE id = 6",
    ],
)
def test_the_database_lets_an_event_be_emptied_and_nothing_else(kept: Kept, attack: str) -> None:
    kept.erase(6)
    with transaction(kept.database.engine) as session:
        record(session, SYSTEM, "calendar:published", now=NOW, calendar_version=2030)
    with pytest.raises(DBAPIError, match="append-only"), transaction(kept.database.engine) as session:
        session.execute(text(attack))
