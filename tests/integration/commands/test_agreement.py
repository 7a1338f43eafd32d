"""`portal agreement verify`: what it says of a file, with the record and without; and what it comes to."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text, update

from portal.adapters.seal import KeyFileSealer
from portal.adapters.seal_keys import load_seal_key
from portal.adapters.signature_fields import LENDER_FIELD
from portal.commands.agreement import agreement
from portal.commands.record import record
from portal.db import transaction
from portal.domain.record_leaves import leaf_of
from portal.models import Document, Event
from portal.queries.record_rows import recorded
from portal.services.ports import SigningIdentity
from tests.databases import Database
from tests.integration.commands.tampering import behind_everybodys_back
from tests.people import NOW, add_cast
from tests.sealed_documents import SealedHere, add_preview, make_sealed, put_on_record, replace_on_record
from tests.tampered import (
    flipped,
    page_after,
    painted_over,
    saved_anew,
    with_a_page_more,
    with_other_data,
    without_its_signatures,
)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> SealedHere:
    return make_sealed(tmp_path_factory.mktemp("seal"))


@dataclass(frozen=True)
class Shell:
    """Runs the command on bytes, in English."""

    folder: Path
    env: dict[str, str]

    def verify(self, body: bytes, *options: str) -> Result:
        file = self.folder / "agreement.pdf"
        file.write_bytes(body)
        return CliRunner().invoke(agreement, ["verify", str(file), *options], env=self.env)


@pytest.fixture
def shell(here: SealedHere, tmp_path: Path) -> Shell:
    env = {
        "PORTAL_DEMO": "1",
        "PORTAL_SECRET_KEY": "x" * 32,
        "PORTAL_DATA_DIR": str(here.folder),
        "PORTAL_DATABASE_URL": f"sqlite:///{tmp_path}",  # a folder is no database
        "LC_ALL": "en_US.UTF-8",
    }
    return Shell(tmp_path, env)


@pytest.fixture
def on_record(shell: Shell, sqlite_database: Database, here: SealedHere) -> Shell:
    return asking(shell, sqlite_database, here)


def asking(shell: Shell, database: Database, here: SealedHere) -> Shell:
    """The same shell, with a record that knows the sealed document."""
    with transaction(database.engine) as session:
        put_on_record(session, add_cast(session), here.body)
    return Shell(shell.folder, {**shell.env, "PORTAL_DATABASE_URL": database.url})


CHANGES = ("white box", "page added", "seal removed", "old state", "other data", "saved anew", "a byte")


def changes(here: SealedHere) -> dict[str, tuple[Callable[[], bytes], tuple[str, ...]]]:
    return {
        "white box": (
            lambda: painted_over(here.body, 2),
            ("added after the seal", "Pages show something else: 2"),
        ),
        "page added": (lambda: with_a_page_more(here.body), ("added after the seal", _added(here))),
        "seal removed": (lambda: without_its_signatures(here.body), ("Signatures are missing: LenderSeal",)),
        "old state": (lambda: here.unsealed, ("The end is missing", "Signatures are missing: LenderSeal")),
        "other data": (lambda: with_other_data(here.body), ("Attached files were changed: content.json",)),
        "saved anew": (lambda: saved_anew(here.body), ("saved anew by a program",)),
        "a byte": (
            lambda: flipped(here.body, 99_999),
            ("Bytes that differ: 1, the first at place 100,000", "what it covers was changed"),
        ),
    }


def _added(here: SealedHere) -> str:
    return f"Pages were added: {page_after(here.body)}"


def test_the_sealed_file_holds(shell: Shell, database: Database, here: SealedHere) -> None:
    result = asking(shell, database, here).verify(here.body)
    assert result.exit_code == 0, result.output
    for said in (
        "Genuine and unchanged",
        "The digest of the whole file is the one on record.",
        "The tamper-evident seal is ours and holds.",
        "It covers the whole file",
        "A time-stamping authority that is trusted here saw it at",
        "The attached content has the digest that the document states.",
        "trusted here saw this content at",
        "no list of withdrawn ones was asked",
    ):
        assert said in result.output, said


@pytest.mark.parametrize("how", CHANGES)
def test_a_changed_file_is_refused_and_told(on_record: Shell, here: SealedHere, how: str) -> None:
    make, said = changes(here)[how]
    result = on_record.verify(make())
    assert result.exit_code == 1, result.output
    assert "Not the sealed document" in result.output
    for words in said:
        assert words in result.output, result.output


def test_a_kept_document_that_was_damaged_is_told(
    on_record: Shell, sqlite_database: Database, here: SealedHere
) -> None:
    with transaction(sqlite_database.engine) as session:
        session.execute(update(Document).values(body_sealed=b"spoilt"))
    result = on_record.verify(with_a_page_more(here.body))
    assert result.exit_code == 1, result.output
    said = "the sealed document that is kept here does not open, or is another now"
    assert f"{said} ({sha256(here.body).hexdigest()})" in result.output


@pytest.mark.parametrize("how", ["white box", "page added", "other data", "saved anew", "a byte"])
def test_without_the_record_the_file_speaks_for_itself(shell: Shell, here: SealedHere, how: str) -> None:
    result = shell.verify(changes(here)[how][0](), "--offline")
    assert result.exit_code == 1, result.output
    assert "does not hold" in result.output
    assert "the record was not asked" in result.output
    for words in {"white box": ("Pages show something else: 2",), "page added": (_added(here),)}.get(how, ()):
        assert words in result.output


def test_without_the_record_a_whole_file_holds_as_far_as_it_can_be_seen(
    shell: Shell, here: SealedHere
) -> None:
    result = shell.verify(here.body, "--offline")
    assert result.exit_code == 0, result.output
    assert "The seal holds, and the file was not changed since" in result.output
    assert "Whether this file is on record: the record was not asked." in result.output


@pytest.mark.parametrize("how", ["seal removed", "old state"])
def test_without_record_and_seal_nothing_is_known(shell: Shell, here: SealedHere, how: str) -> None:
    result = shell.verify(changes(here)[how][0](), "--offline")
    assert result.exit_code == 2
    assert "No seal could be read in this file" in result.output


def test_a_stranger_is_unknown_and_an_empty_file_no_document(on_record: Shell) -> None:
    stranger = on_record.verify(b"%PDF-1.7\nsomething")
    assert (stranger.exit_code, "Not known here" in stranger.output) == (2, True)
    assert on_record.verify(b"").exit_code == 2


def test_what_was_replaced_or_never_sealed_is_told(
    shell: Shell, sqlite_database: Database, here: SealedHere
) -> None:
    with transaction(sqlite_database.engine) as session:
        made = put_on_record(session, add_cast(session), here.body)
        add_preview(session, made, b"%PDF-1.7 a preview")
        replace_on_record(session, made)
    told = Shell(shell.folder, {**shell.env, "PORTAL_DATABASE_URL": sqlite_database.url})
    replaced, preview = told.verify(here.body), told.verify(b"%PDF-1.7 a preview")
    assert (replaced.exit_code, "replaced by a later agreement" in replaced.output) == (3, True)
    assert (preview.exit_code, "it was never sealed" in preview.output) == (1, True)


def test_it_speaks_chinese_too(on_record: Shell, here: SealedHere) -> None:
    spoken = Shell(on_record.folder, {**on_record.env, "LC_ALL": "zh_CN.UTF-8"}).verify(
        painted_over(here.body)
    )
    assert "页面内容不同：第 1 页" in spoken.output
    assert "不是封印时的文件" in spoken.output


def test_no_record_within_reach_is_not_taken_for_an_answer(shell: Shell, here: SealedHere) -> None:
    result = shell.verify(here.body)
    assert result.exit_code == 2
    assert "The database cannot be opened" in result.output


@pytest.fixture
def signed_for(on_record: Shell, sqlite_database: Database, tmp_path: Path) -> Shell:
    """The record of ``on_record`` with a checkpoint over it, in a data folder of its own."""
    folder = tmp_path / "data"
    copytree(on_record.env["PORTAL_DATA_DIR"], folder)
    told = Shell(on_record.folder, {**on_record.env, "PORTAL_DATA_DIR": str(folder)})
    for command in ("create-key", "keep"):
        result = CliRunner().invoke(record, [command], env=told.env)
        assert result.exit_code == 0, result.output
    return told


def test_the_sealing_stands_in_the_record_that_was_signed_for(signed_for: Shell, here: SealedHere) -> None:
    result = signed_for.verify(here.body)
    assert result.exit_code == 0, result.output
    assert "The record tells at place 0 that these bytes were sealed" in result.output
    assert "It stands there under the signed checkpoint of 1 events." in result.output


def test_without_a_checkpoint_it_is_said_that_none_was_asked(on_record: Shell, here: SealedHere) -> None:
    result = on_record.verify(here.body)
    assert (result.exit_code, "none covers that place of the record yet" in result.output) == (0, True)


def test_a_document_that_was_put_into_the_database_alone_is_found_out(
    signed_for: Shell, sqlite_database: Database, here: SealedHere
) -> None:
    other = KeyFileSealer(load_seal_key(here.folder / "seal.pem")).sign(
        here.unsealed, LENDER_FIELD, SigningIdentity(name="x", reason="x", signed_at=NOW)
    )
    with behind_everybodys_back(sqlite_database) as connection:
        put = Document.insertable({"sha256": sha256(other).hexdigest(), "body": other})
        connection.execute(update(Document).values(put))
    result = signed_for.verify(other)
    assert result.exit_code == 1, result.output
    assert "The record does not tell that these bytes were ever sealed." in result.output


def test_an_event_that_was_made_to_fit_its_document_is_found_out(
    signed_for: Shell, sqlite_database: Database, here: SealedHere
) -> None:
    """First the event alone, then its leaf with it: the event is not as it was recorded, the record not as it was signed for."""
    with behind_everybodys_back(sqlite_database) as connection:
        connection.execute(text("UPDATE event SET actor_kind = 'staff'"))
    result = signed_for.verify(here.body)
    assert result.exit_code == 1, result.output
    assert "What the record tells of the sealing was changed afterwards." in result.output
    with transaction(sqlite_database.engine) as session:
        event = session.scalars(select(Event)).one()
        leaf = leaf_of(recorded(event), event.salt or b"", 0)
    with behind_everybodys_back(sqlite_database) as connection:
        connection.execute(text("UPDATE record_leaf SET leaf = :leaf"), {"leaf": leaf})
    result = signed_for.verify(here.body)
    assert result.exit_code == 1, result.output
    assert "Not confirmed by the record" in result.output
