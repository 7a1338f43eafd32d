"""The life of the key that signs checkpoints: changed as planned, lost, or copied by somebody; and what old signatures mean then."""

from pathlib import Path

import pytest

from portal.adapters.checkpoint_files import CheckpointFolder
from portal.adapters.record_keys import is_signed_by, load_record_key, load_trusted_keys
from portal.commands.record_keeping import keeper_of
from portal.config import from_environment
from portal.db import transaction
from portal.domain.checkpoints import Checkpoint
from portal.domain.merkle_trees import leaf_hash
from portal.domain.permissions import SYSTEM
from portal.domain.signed_notes import NoteKey, SignedNote
from portal.models import Event
from portal.queries.record_rows import placed_events
from portal.services.record import record
from tests.databases import Database
from tests.integration.commands.conftest import Portal
from tests.people import NOW


@pytest.fixture
def key_file(environment: dict[str, str], portal: Portal) -> Path:
    assert portal("record", "create-key").exit_code == 0
    return Path(environment["PORTAL_DATA_DIR"]) / "record.pem"


def happen(database: Database, count: int = 1) -> None:
    with transaction(database.engine) as session:
        for year in range(2000, 2000 + count):
            record(session, SYSTEM, "calendar:published", now=NOW, calendar_version=year)


def signers_of_newest(key_file: Path) -> list[NoteKey]:
    note = CheckpointFolder(key_file.parent / "checkpoints").latest() or ""
    keys = [each.key for each in load_trusted_keys(key_file)]
    return SignedNote.parse(note).signers(keys, is_signed_by)


def test_a_planned_change_is_signed_by_both_keys_and_old_signatures_hold(
    database: Database, portal: Portal, key_file: Path, environment: dict[str, str]
) -> None:
    happen(database, 3)
    portal("record", "keep")
    worker = keeper_of(from_environment(environment), database.engine)
    worker.keep()
    old = load_record_key(key_file).public
    said = portal("record", "change-key", "--why", "planned")
    assert said.exit_code == 0, said.output
    new = load_record_key(key_file).public
    assert str(new) == said.stdout.strip()
    assert new != old
    assert signers_of_newest(key_file) == [old, new]
    assert [str(each) for each in load_trusted_keys(key_file)] == [f"{old} until 4", str(new)]
    # A worker that was running all the while goes on with the new key.
    happen(database)
    worker.keep()
    assert signers_of_newest(key_file) == [new]
    assert portal("record", "verify").exit_code == 0
    assert (key_file.stat().st_mode & 0o777) == 0o600
    assert not list(key_file.parent.glob("*.next.pem"))


def test_what_the_old_key_signs_after_its_end_is_not_believed(
    database: Database, portal: Portal, key_file: Path
) -> None:
    happen(database, 3)
    portal("record", "keep")
    thief = load_record_key(key_file)
    portal("record", "change-key", "--why", "planned")
    happen(database, 2)
    forged = Checkpoint(thief.public.name, 6, leaf_hash(b"anything"))
    CheckpointFolder(key_file.parent / "checkpoints").keep(str(thief.sign(str(forged))), 6)
    said = portal("record", "verify")
    assert said.exit_code == 1
    assert "retired" in said.stdout


def test_after_a_theft_what_was_seen_elsewhere_stays_and_the_rest_is_set_aside(
    database: Database, portal: Portal, key_file: Path
) -> None:
    folder = CheckpointFolder(key_file.parent / "checkpoints")
    happen(database, 3)
    portal("record", "keep")
    happen(database, 3)
    portal("record", "keep")
    thief = load_record_key(key_file)
    folder.keep(str(thief.sign(str(Checkpoint(thief.public.name, 5, leaf_hash(b"a lie"))))), 5)
    assert portal("record", "verify").exit_code == 1
    assert portal("record", "change-key", "--why", "compromised").exit_code == 2
    said = portal("record", "change-key", "--why", "compromised", "--until", 3)
    assert said.exit_code == 0, said.output
    assert "2 checkpoints were set aside" in said.stderr
    assert signers_of_newest(key_file) == [load_record_key(key_file).public]
    assert folder.sizes() == [3, 7]
    said = portal("record", "verify")
    assert said.exit_code == 0, said.output
    assert "2 checkpoints" in said.stdout
    assert sorted(path.name for path in (folder.folder / "set-aside").iterdir()) == [
        "000000000000005.txt",
        "000000000000006.txt",
    ]


def test_a_lost_key_is_replaced_without_its_signature(
    database: Database, portal: Portal, key_file: Path
) -> None:
    happen(database, 3)
    portal("record", "keep")
    key_file.unlink()
    said = portal("record", "change-key", "--why", "planned")
    assert said.exit_code == 1
    assert "key" in said.output
    assert portal("record", "change-key", "--why", "lost").exit_code == 0
    assert signers_of_newest(key_file) == [load_record_key(key_file).public]
    assert portal("record", "verify").exit_code == 0


def test_a_change_that_was_broken_off_is_finished_with_the_same_key(
    database: Database, portal: Portal, key_file: Path
) -> None:
    happen(database, 3)
    portal("record", "keep")
    keys = key_file.with_suffix(".keys")
    before, old = keys.read_text(), key_file.read_bytes()
    assert portal("record", "change-key", "--why", "planned").exit_code == 0
    # As if the machine had stopped just before the new key took its place.
    key_file.rename(key_file.with_suffix(".next.pem"))
    key_file.write_bytes(old)
    key_file.chmod(0o600)
    new = keys.read_text().splitlines()[1]
    keys.write_text(f"{before}{new}\n")
    said = portal("record", "change-key", "--why", "planned")
    assert said.exit_code == 0, said.output
    assert said.stdout.strip() == new
    assert portal("record", "verify").exit_code == 0
    with transaction(database.engine, writes=False) as session:
        assert len(placed_events(session, Event.name == "record:key_changed")) == 1


def test_another_key_in_place_of_ours_is_found_by_who_kept_the_old_public_part(
    database: Database, portal: Portal, key_file: Path, tmp_path: Path
) -> None:
    happen(database, 3)
    portal("record", "keep")
    kept = tmp_path / "kept.keys"
    kept.write_bytes(key_file.with_suffix(".keys").read_bytes())
    key_file.unlink()
    key_file.with_suffix(".keys").unlink()
    portal("record", "create-key")
    said = portal("record", "verify")
    assert said.exit_code == 1
    assert "unsigned" in said.stdout
    # Who also signs everything anew convinces only those who ask them for the key.
    for path in (key_file.parent / "checkpoints").glob("*"):
        path.unlink()
    assert portal("record", "keep").exit_code == 0
    assert portal("record", "verify").exit_code == 0
    assert portal("record", "verify", "--keys", kept).exit_code == 1
