"""The record through its commands: kept, verified, proved; and each way of changing it behind everybody's back."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from portal.adapters.record_keys import is_signed_by, load_public_keys, make_record_key
from portal.commands.record_keeping import RecordBrokenError, keeper_of
from portal.config import from_environment
from portal.db import migrate, migrate_down, transaction
from portal.domain.checkpoints import Checkpoint
from portal.domain.log_proofs import LogProof
from portal.domain.merkle_trees import leaf_hash
from portal.domain.permissions import SYSTEM
from portal.domain.record_leaves import leaf_of
from portal.models import RecordLeaf
from portal.queries.record_rows import placed_events, record_counts
from portal.services.record import record
from tests.databases import Database
from tests.integration.commands.conftest import Portal
from tests.integration.commands.tampering import behind_everybodys_back
from tests.people import NOW, add_cast, add_loan
from tests.stories import Story

Tamper = Callable[[Connection], None]


@pytest.fixture
def folder(environment: dict[str, str]) -> Path:
    return Path(environment["PORTAL_DATA_DIR"])


@pytest.fixture
def kept(database: Database, portal: Portal) -> int:
    """A plan's whole way, placed and signed for in two steps; how many events that were."""
    assert portal("record", "create-key").exit_code == 0
    with transaction(database.engine) as session:
        cast = add_cast(session)
        story = Story(session, cast.li_na, add_loan(session, cast.li_na))
        assert story.submit() == "approved"
    assert "signs for" in portal("record", "keep").stdout
    with transaction(database.engine) as session:
        for year in range(2030, 2036):
            record(session, SYSTEM, "calendar:published", now=NOW, calendar_version=year)
    assert portal("record", "keep").exit_code == 0
    with transaction(database.engine, writes=False) as session:
        return record_counts(session).placed


def test_a_record_that_nobody_touched_is_whole(portal: Portal, kept: int, folder: Path) -> None:
    said = portal("record", "verify")
    assert said.exit_code == 0, said.output
    assert f"{kept} events" in said.stdout
    assert "2 checkpoints" in said.stdout
    assert "as it was recorded" in said.stdout
    assert "newest 0" in said.stdout
    assert [path.name for path in sorted((folder / "checkpoints").glob("*.txt"))][-1] == f"{kept:015d}.txt"
    assert portal("record", "keep").stdout.startswith("0 events placed")


def test_what_no_checkpoint_covers_yet_is_said(database: Database, portal: Portal, kept: int) -> None:
    del kept
    with transaction(database.engine) as session:
        for year in (2040, 2041):
            record(session, SYSTEM, "calendar:published", now=NOW, calendar_version=year)
    assert "newest 2" in portal("record", "verify").stdout


@pytest.mark.parametrize(
    "change",
    [
        "name = 'calendar:forged'",
        "at = '2026-01-01 00:00:00'",
        "actor_kind = 'staff'",
        "actor_id = 7",
        "request_id = 'another'",
        "borrower_id = 7",
        "loan_id = 7",
        "proposal_id = 7",
        "fields = (SELECT fields FROM event WHERE id = 1)",
        "salt = (SELECT salt FROM event WHERE id = 1)",
        "salt = NULL",
    ],
)
def test_a_changed_event_is_named(database: Database, portal: Portal, kept: int, change: str) -> None:
    with behind_everybodys_back(database) as connection:
        newest = connection.execute(text("SELECT max(id) FROM event")).scalar_one()
        connection.execute(text(f"UPDATE event SET {change} WHERE id = :id"), {"id": newest})
    said = portal("record", "verify")
    assert said.exit_code == 1
    assert f"First bad place: {kept - 1}." in said.stdout


def swap(connection: Connection) -> None:
    for was, becomes in ((3, 900), (4, 3), (900, 4)):
        connection.execute(
            text("UPDATE record_leaf SET place = :becomes WHERE place = :was"),
            {"was": was, "becomes": becomes},
        )


@pytest.mark.parametrize(
    ("tamper", "place", "why"),
    [
        ("DELETE FROM record_leaf WHERE place = 3", 3, "missing"),
        ("DELETE FROM event WHERE id = (SELECT event_id FROM record_leaf WHERE place = 3)", 3, "gone"),
        ("UPDATE record_leaf SET leaf = (SELECT leaf FROM record_leaf WHERE place = 1) WHERE place = 3", 3, "not the one"),
        (swap, 3, "not the one"),
        ("DELETE FROM record_leaf WHERE place > 4", None, "checkpoint"),
    ],
)  # fmt: skip
def test_rows_that_go_or_change_places_are_found(
    database: Database, portal: Portal, kept: int, tamper: str | Tamper, place: int | None, why: str
) -> None:
    del kept
    with behind_everybodys_back(database) as connection:
        if isinstance(tamper, str):
            connection.execute(text(tamper))
        else:
            tamper(connection)
    said = portal("record", "verify")
    assert said.exit_code == 1
    assert "First bad place" in said.stdout
    assert why in said.stdout
    if place is not None:
        assert f"First bad place: {place}." in said.stdout


def rewritten(database: Database, place: int) -> None:
    """An event changed, and its leaf made to fit."""
    with transaction(database.engine, writes=False) as session:
        (line,) = placed_events(session, RecordLeaf.place == place)
    with behind_everybodys_back(database) as connection:
        connection.execute(
            text("UPDATE event SET request_id = 'another' WHERE id = :id"), {"id": line.event.id}
        )
    with transaction(database.engine, writes=False) as session:
        (line,) = placed_events(session, RecordLeaf.place == place)
    with behind_everybodys_back(database) as connection:
        connection.execute(
            text("UPDATE record_leaf SET leaf = :leaf WHERE place = :place"),
            {"leaf": leaf_of(line.event, line.salt, line.place), "place": place},
        )


def test_a_record_made_to_fit_is_given_away_by_its_checkpoints(
    database: Database, portal: Portal, kept: int, folder: Path, environment: dict[str, str]
) -> None:
    rewritten(database, kept - 2)
    said = portal("record", "verify")
    assert said.exit_code == 1
    assert "not the one that was signed for" in said.stdout
    keeper = keeper_of(from_environment(environment), database.engine)
    with pytest.raises(RecordBrokenError, match="not what was signed for"):
        keeper.keep()
    # What is beyond any record: who also holds every copy of the checkpoints.
    for path in (folder / "checkpoints").iterdir():
        path.unlink()
    said = portal("record", "verify")
    assert "as it was recorded" in said.stdout
    # All that is left to notice: nothing is signed for.
    assert "ALARM" in said.stdout
    assert said.exit_code == 3


def test_a_checkpoint_of_another_key_or_changed_is_not_used(
    portal: Portal, kept: int, folder: Path, tmp_path: Path
) -> None:
    path = folder / "checkpoints" / f"{kept:015d}.txt"
    was = path.read_text(encoding="utf-8")
    path.write_text(was.replace("record\n", "records\n", 1), encoding="utf-8")
    said = portal("record", "verify")
    assert said.exit_code == 1
    assert "forged" in said.stdout
    other = make_record_key(tmp_path / "other.pem", was.split("\n")[0])
    forged = Checkpoint(was.split("\n")[0], kept, leaf_hash(b"another"))
    path.write_text(str(other.sign(str(forged))), encoding="utf-8")
    said = portal("record", "verify")
    assert said.exit_code == 1
    assert "unsigned" in said.stdout


def test_a_proof_holds_without_the_database(
    database: Database, portal: Portal, kept: int, folder: Path
) -> None:
    del kept
    with transaction(database.engine, writes=False) as session:
        lines = placed_events(session)
    for line in (lines[0], lines[len(lines) // 2], lines[-1]):
        proof = LogProof.parse(portal("record", "proof", line.event.id).stdout)
        note, _ = proof.signed()
        assert note.signers(load_public_keys(folder / "record.pem"), is_signed_by)
        assert proof.places(leaf_of(line.event, line.salt, line.place))
        assert not proof.places(leaf_of(line.event, b"", line.place))
    assert portal("record", "proof", 10**9).exit_code == 1


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE record_leaf SET leaf = (SELECT leaf FROM record_leaf WHERE place = 1) WHERE place = 2",
        "UPDATE record_leaf SET place = 900 WHERE place = 2",
        "DELETE FROM record_leaf WHERE place = 2",
        "INSERT INTO record_leaf (place, event_id, leaf) SELECT place, event_id, leaf FROM record_leaf WHERE place = 2",
    ],
)
def test_a_place_is_never_changed_through_the_database(database: Database, kept: int, attack: str) -> None:
    with pytest.raises(DBAPIError), transaction(database.engine) as session:
        session.execute(text(attack))
    with transaction(database.engine, writes=False) as session:
        assert record_counts(session).placed == kept


def test_a_key_is_never_overwritten(portal: Portal) -> None:
    assert portal("record", "create-key").exit_code == 0
    assert portal("record", "create-key").exit_code == 1


def test_a_missing_key_stops_the_keeper_and_says_so(portal: Portal) -> None:
    said = portal("record", "keep")
    assert said.exit_code == 1
    assert "key" in said.output


def test_events_from_before_get_salts_and_places(database: Database, portal: Portal) -> None:
    migrate_down(database.url, "0016")
    with database.engine.connect().execution_options(portal_writes=True) as connection:
        connection.execute(
            text(
                "INSERT INTO event (id, name, at, actor_kind, fields)"
                " VALUES (1, 'calendar:published', '2026-01-01 00:00:00.000000', 'system', '{}')"
            )
        )
        connection.commit()
    migrate(database.url)
    portal("record", "create-key")
    assert portal("record", "keep").stdout.startswith("1 events placed")
    assert portal("record", "verify").exit_code == 0
    with database.engine.connect() as connection:
        assert len(connection.execute(text("SELECT salt FROM event")).scalar_one()) == 16
