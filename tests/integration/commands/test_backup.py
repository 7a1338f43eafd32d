"""``portal backup``: everything that was acknowledged comes back elsewhere, and nothing is ever written over."""

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url, select, text, update

from portal.adapters.checkpoint_files import CheckpointFolder
from portal.adapters.data_keys import new_key_line
from portal.adapters.database_copies import NAMES, CopyFailedError, is_empty
from portal.adapters.record_keys import load_record_key, record_key_path
from portal.clock import Clock
from portal.commands.backup.making import make_backup
from portal.commands.backup.manifest import NAME, Manifest
from portal.commands.backup.restoring import prove, refuse_target, restore
from portal.commands.record_keeping import keeper_of
from portal.config import Config
from portal.db import make_engine, migrate_down, transaction
from portal.domain.permissions import SYSTEM
from portal.models import Agreement, Borrower, Document, Event, OutboxItem
from portal.queries.operations import newest_backup
from portal.services.documents import keep_sealed
from portal.services.record import record
from tests.backup_under_load import KEY, back_up_under_load
from tests.data_keys import FILE
from tests.databases import Database
from tests.integration.commands.conftest import Portal
from tests.integration.commands.tampering import behind_everybodys_back
from tests.integration.services.test_sealed_attachments import attach
from tests.people import NOW, add_cast, add_loan
from tests.stories import Story


@pytest.fixture
def elsewhere(database: Database, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database of the same kind, gone at the end."""
    if database.kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'elsewhere' / 'portal.sqlite3'}"
        return
    own = make_url(database.url).database or ""
    maintenance, name = database.url.replace(f"/{own}?", "/postgres?", 1), f"{own}_elsewhere"
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name)))
        yield database.url.replace(f"/{own}?", f"/{name}?", 1)
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture
def config(database: Database, tmp_path: Path) -> Config:
    return Config(database_url=database.url, secret_key=KEY, data_dir=tmp_path / "data", testing=True)


@pytest.fixture
def target(config: Config, elsewhere: str, tmp_path: Path) -> Config:
    return replace(config, database_url=elsewhere, data_dir=tmp_path / "elsewhere")


@pytest.fixture
def signed(database: Database, config: Config) -> str:
    """A sealed agreement, and another that waits; a checkpoint covers all of it. The public id of the first."""
    with transaction(database.engine) as session:
        cast = add_cast(session)
        for ref in ("L-1", "L-2"):
            Story(session, cast.li_na, add_loan(session, cast.li_na, ref=ref)).submit()
        first = session.scalars(select(Agreement).order_by(Agreement.id)).first()
        assert first
        keep_sealed(session, SYSTEM, agreement_id=first.id, body=b"%PDF-1.7 sealed", now=NOW)
        public_id = first.public_id
    keeper_of(config, database.engine).keep()
    return public_id


@pytest.fixture
def made(portal: Portal, signed: str, tmp_path: Path) -> Path:
    said = portal("backup", "create", tmp_path / "backups")
    assert said.exit_code == 0, said.output
    return Path(said.stdout.splitlines()[0])


@pytest.fixture
def at_the_target(environment: dict[str, str], target: Config) -> dict[str, str]:
    return {
        "PORTAL_DATABASE_URL": target.database_url,
        "PORTAL_DATA_DIR": str(target.data_dir),
    }


def test_what_was_backed_up_comes_back_elsewhere(
    portal: Portal,
    made: Path,
    signed: str,
    database: Database,
    target: Config,
    environment: dict[str, str],
    at_the_target: dict[str, str],
) -> None:
    assert portal("backup", "verify", made).exit_code == 0
    environment.update(at_the_target)
    said = portal("backup", "restore", made)
    assert said.exit_code == 0, said.output
    assert "fit together" in said.stdout
    assert "Every event is as it was recorded." in said.stdout
    engine = make_engine(target.database_url)
    with transaction(engine, writes=False) as session:
        assert signed in session.scalars(select(Agreement.public_id)).all()
        assert newest_backup(session) is None
        assert session.scalars(select(Event.fields).where(Event.name == "backup:restored")).one()
    engine.dispose()
    with transaction(database.engine, writes=False) as session:
        kept = newest_backup(session)
        assert kept
        assert kept.manifest_sha256 == Manifest.read(made).digest
        assert session.scalars(select(Event.fields).where(Event.name == "backup:made")).one()["size"]


def test_people_that_nobody_would_find_are_told_of(
    portal: Portal, made: Path, environment: dict[str, str], at_the_target: dict[str, str], tmp_path: Path
) -> None:
    other = tmp_path / "other.keys"
    wrapping, _index = FILE.read_text().splitlines()
    other.write_text(f"{wrapping}\n{new_key_line('index:tests')}\n")
    environment.update(at_the_target, PORTAL_DATA_KEYS=str(other))
    said = portal("backup", "restore", made)
    assert said.exit_code == 1
    assert "rows of borrower are found by the index key tests-" in said.output


def test_data_keys_that_are_not_there_are_refused_before_anything_is_written(
    portal: Portal, made: Path, target: Config, environment: dict[str, str], at_the_target: dict[str, str]
) -> None:
    environment.update(at_the_target, PORTAL_DATA_KEYS=str(target.data_dir / "lost.keys"))
    said = portal("backup", "restore", made)
    assert (said.exit_code, "lost.keys cannot be read" in said.output) == (1, True), said.output
    engine = make_engine(target.database_url)
    assert is_empty(engine)
    engine.dispose()


def test_data_keys_that_the_backup_brings_need_not_be_there(
    portal: Portal,
    signed: str,
    target: Config,
    environment: dict[str, str],
    at_the_target: dict[str, str],
    tmp_path: Path,
) -> None:
    made = portal("backup", "create", tmp_path / "backups", "--with-keys").stdout.splitlines()[0]
    brought = target.data_dir / FILE.name
    environment.update(at_the_target, PORTAL_DATA_KEYS=str(brought))
    said = portal("backup", "restore", made)
    assert said.exit_code == 0, said.output
    assert brought.read_text() == FILE.read_text()


def test_nothing_is_written_over(
    portal: Portal, made: Path, target: Config, environment: dict[str, str], at_the_target: dict[str, str]
) -> None:
    said = portal("backup", "restore", made)
    assert said.exit_code == 1
    assert "is not empty" in said.output
    environment.update(at_the_target)
    target.data_dir.mkdir(exist_ok=True)
    (target.data_dir / "record.keys").write_text("somebody's")
    said = portal("backup", "restore", made)
    assert said.exit_code == 1
    assert "is there already" in said.output
    assert (target.data_dir / "record.keys").read_text() == "somebody's"


def test_what_another_database_left_is_never_played_back(
    portal: Portal, made: Path, target: Config, environment: dict[str, str], at_the_target: dict[str, str]
) -> None:
    url = make_url(target.database_url)
    if url.get_backend_name() != "sqlite":
        pytest.skip("only SQLite leaves files beside a database")
    environment.update(at_the_target)
    left = Path(f"{url.database}-wal")
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(b"of another")
    said = portal("backup", "restore", made)
    assert said.exit_code == 1
    assert "portal.sqlite3-wal is left of another database" in said.output
    assert not Path(str(url.database)).exists()


@pytest.mark.parametrize("how", ["changed", "missing", "unknown"])
def test_a_backup_that_is_not_as_it_was_written_is_refused(
    portal: Portal, made: Path, environment: dict[str, str], at_the_target: dict[str, str], how: str
) -> None:
    file = next(made.glob("data/checkpoints/0*.txt"))
    match how:
        case "changed":
            file.write_text(file.read_text() + " ")
        case "missing":
            file.unlink()
        case _:
            (made / "data" / "more.txt").write_text("x")
    assert portal("backup", "verify", made).exit_code == 1
    environment.update(at_the_target)
    said = portal("backup", "restore", made)
    assert said.exit_code == 1
    assert how in said.output


def test_another_digest_than_was_written_down_is_refused(
    portal: Portal, made: Path, environment: dict[str, str], at_the_target: dict[str, str]
) -> None:
    digest = Manifest.read(made).digest
    assert portal("backup", "verify", made, "--digest", digest).exit_code == 0
    assert portal("backup", "verify", made, "--digest", "0" * 64).exit_code == 1
    environment.update(at_the_target)
    said = portal("backup", "restore", made, "--digest", "0" * 64)
    assert said.exit_code == 1
    assert digest in said.output
    said = portal("backup", "restore", made, "--digest", digest.upper())
    assert said.exit_code == 0, said.output
    assert digest in said.stdout


def test_a_seal_of_another_name_is_refused_before_anything_is_written(
    portal: Portal,
    config: Config,
    target: Config,
    tmp_path: Path,
    signed: str,
    environment: dict[str, str],
    at_the_target: dict[str, str],
) -> None:
    (config.data_dir / "house.crt").write_text("a certificate")
    environment["PORTAL_SEAL_KEY"] = str(config.data_dir / "house.pem")
    made = Path(portal("backup", "create", tmp_path / "backups").stdout.splitlines()[0])
    environment.update(at_the_target)
    environment["PORTAL_SEAL_KEY"] = str(target.data_dir / "seal.pem")
    said = portal("backup", "restore", made)
    assert said.exit_code == 1
    assert "where house.crt belongs" in said.output
    assert not (target.data_dir / "checkpoints").exists()
    environment["PORTAL_SEAL_KEY"] = str(target.data_dir / "house.pem")
    assert portal("backup", "restore", made).exit_code == 0


def test_what_failed_half_way_can_be_done_again(made: Path, target: Config, elsewhere: str) -> None:
    manifest = Manifest.read(made)
    copy = made / NAMES[manifest.kind]
    whole = copy.read_bytes()
    copy.unlink()
    with pytest.raises((OSError, CopyFailedError)):
        restore(target, made, manifest)
    assert [path for path in target.data_dir.rglob("*") if path.is_file()] == []
    copy.write_bytes(whole)
    engine = make_engine(elsewhere)
    refuse_target(target, engine, manifest)
    restore(target, made, manifest)
    assert prove(target, engine, NOW).is_whole
    engine.dispose()


def test_a_database_too_old_to_note_it_is_backed_up_all_the_same(
    portal: Portal, database: Database, tmp_path: Path
) -> None:
    migrate_down(database.url, "0043")
    said = portal("backup", "create", tmp_path / "backups")
    assert said.exit_code == 0, said.output
    assert Manifest.read(Path(said.stdout.splitlines()[0])).digest in said.stdout
    assert "could not note it" in said.stderr


def test_without_a_manifest_it_is_none(portal: Portal, made: Path) -> None:
    (made / NAME).unlink()
    assert portal("backup", "verify", made).exit_code == 1


def test_one_that_fails_leaves_nothing_behind(portal: Portal, config: Config, tmp_path: Path) -> None:
    (config.data_dir / "checkpoints").mkdir(parents=True, exist_ok=True)
    (config.data_dir / "record.keys").unlink(missing_ok=True)
    (config.data_dir / "record.keys").mkdir()
    said = portal("backup", "create", tmp_path / "backups")
    assert said.exit_code == 1
    assert list((tmp_path / "backups").iterdir()) == []


@pytest.fixture
def folder(made: Path) -> Path:
    """Of backups, made on four days; the second was left behind unfinished."""
    names = [f"2020010{day}T000000Z" for day in range(1, 5)]
    for name in names:
        shutil.copytree(made, made.parent / name)
    shutil.rmtree(made)
    (made.parent / names[1] / NAME).unlink()
    (made.parent / "of the year").mkdir()
    return made.parent


def test_old_ones_go_where_that_was_asked_for(portal: Portal, folder: Path) -> None:
    said = portal("backup", "create", folder, "--keep", "2")
    assert said.exit_code == 0, said.output
    newest, _, *removed = said.stdout.splitlines()
    assert removed == [f"Removed: {folder}/2020010{day}T000000Z" for day in (1, 2, 3)]
    assert {each.name for each in folder.iterdir()} == {"20200104T000000Z", Path(newest).name, "of the year"}
    assert portal("backup", "verify", newest).exit_code == 0


def test_what_a_link_leads_to_stays(portal: Portal, folder: Path, tmp_path: Path) -> None:
    kept = (folder / "20200101T000000Z").rename(tmp_path / "kept elsewhere")
    (folder / "20200101T000000Z").symlink_to(kept)
    assert portal("backup", "create", folder, "--keep", "1").exit_code == 0
    assert portal("backup", "verify", kept).exit_code == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may remove everything")
def test_one_that_cannot_be_removed_is_told_and_the_backup_is_made(portal: Portal, folder: Path) -> None:
    (folder / "20200101T000000Z").chmod(0o500)
    said = portal("backup", "create", folder, "--keep", "1")
    assert said.exit_code == 1
    assert "The backup is made; older ones could not be removed" in said.output
    assert portal("backup", "verify", said.stdout.splitlines()[0]).exit_code == 0


def test_none_goes_where_nobody_asked(portal: Portal, folder: Path) -> None:
    before = set(folder.iterdir())
    assert portal("backup", "create", folder).exit_code == 0
    assert before < set(folder.iterdir())


def test_one_that_is_being_made_stays(portal: Portal, folder: Path) -> None:
    beside = folder / f"{datetime.now(UTC):%Y%m%d}T000000Z"
    beside.mkdir()
    assert portal("backup", "create", folder, "--keep", "1").exit_code == 0
    assert {each.name for each in folder.iterdir()} >= {beside.name, "of the year"}
    assert len(list(folder.iterdir())) == 3


def test_private_keys_go_along_only_where_that_was_asked_for(
    portal: Portal, made: Path, config: Config, tmp_path: Path
) -> None:
    assert not (made / "data" / "record.pem").exists()
    assert (made / "data" / "record.keys").exists()
    said = portal("backup", "create", tmp_path / "more", "--with-keys")
    kept = Path(said.stdout.splitlines()[0]) / "data" / "record.pem"
    assert kept.read_bytes() == (config.data_dir / "record.pem").read_bytes()
    assert kept.stat().st_mode & 0o077 == 0


def test_a_newer_backup_is_refused_by_an_older_program(
    portal: Portal, made: Path, environment: dict[str, str], at_the_target: dict[str, str]
) -> None:
    manifest = replace(Manifest.read(made), migration="9999")
    (made / NAME).write_text(manifest.text())
    environment.update(at_the_target)
    assert "newer than this program" in portal("backup", "restore", made).output


def test_what_does_not_fit_together_is_named(database: Database, config: Config, signed: str) -> None:
    assert prove(config, database.engine, NOW).is_whole
    with behind_everybodys_back(database) as connection:
        connection.execute(update(Document).values(body_sealed=b"%PDF-1.7 another"))
        connection.execute(text("DELETE FROM event WHERE name = 'agreement:sealed'"))
        connection.execute(update(OutboxItem).where(OutboxItem.kind == "agreement:seal").values(state="done"))
        connection.execute(text("UPDATE proposal SET status = 'withdrawn' WHERE status = 'approved'"))
    proof = prove(config, database.engine, NOW)
    assert len(proof.changed) == proof.documents == 3
    assert {name for name, _ in proof.broken} == {
        "agreement_without_approval",
        "sealed_without_event",
        "unsealed_without_work",
    }
    assert proof.record.verdict.finding is not None


def test_borrowers_files_are_proved_like_documents(
    portal: Portal, database: Database, config: Config, environment: dict[str, str], at_the_target: dict[str, str],
    signed: str, tmp_path: Path,
) -> None:  # fmt: skip
    """The one is whole, the other is not what was sent, and a third was erased."""
    with transaction(database.engine) as session:
        borrower = session.scalars(select(Borrower).order_by(Borrower.id)).all()[0]
        story = Story(session, borrower, add_loan(session, borrower, ref="L-3"))
        story.submit()
        whole, changed, erased = attach(session, story, b"a" * 99, b"b" * 99, b"c" * 99)
        changed.body_sealed = whole.body_sealed
        erased.body_sealed = erased.data_key = None
        erased.erased_at = NOW
        digest = changed.sha256
    proof = prove(config, database.engine, NOW)
    assert (proof.files, proof.changed_files, proof.is_whole) == (2, (digest,), False)
    made = portal("backup", "create", tmp_path / "backups").stdout.splitlines()[0]
    environment.update(at_the_target)
    said = portal("backup", "restore", made)
    assert said.exit_code == 1
    assert "1 files from borrowers, each with the hash that it was kept under." in said.output
    assert f"A file from a borrower is not the one that was kept: {digest}." in said.output


@pytest.mark.slow
def test_a_backup_under_load_holds_all_that_was_acknowledged_before(
    config: Config, target: Config, tmp_path: Path, *, is_long: bool
) -> None:
    restored = back_up_under_load(config, target, tmp_path / "made", count=2_000 if is_long else 25)
    assert restored.failures == ()
    assert restored.lost == ()
    assert restored.proof.is_whole, restored.proof
    assert restored.proof.documents > 0
    assert restored.proof.files
    assert restored.proof.record.checkpoints > 0


def test_nobody_signs_while_checkpoints_are_copied(
    database: Database, config: Config, signed: str, tmp_path: Path
) -> None:
    """A copy that was begun between a note and ``newest`` would tell of a note that is missing."""
    store, folder = CheckpointFolder(config.data_dir / "checkpoints"), tmp_path / "backup"
    with ThreadPoolExecutor(1) as pool:
        with store.turn():
            making = pool.submit(
                make_backup, config, database.engine, Clock(ZoneInfo("UTC")), folder, with_keys=False
            )
            wait([making], timeout=0.5)
            assert not list(folder.glob("data/checkpoints/*"))
            with transaction(database.engine) as session:
                record(session, SYSTEM, "backup:restored", now=NOW, manifest_sha256="", began_at="")
            keeper = keeper_of(config, database.engine)
            keeper.place()
            keeper.sign_with(load_record_key(record_key_path(config)))
        making.result()
    copied = CheckpointFolder(folder / "data" / "checkpoints")
    assert copied.sizes() == store.sizes()
    assert copied.latest() == store.latest()
