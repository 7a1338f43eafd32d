"""What borrowers attached under the deployment's secret is put under its row's key by the migration, and back when it is taken down."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.orm import Session

from portal.adapters.data_keys import new_key_line
from portal.db import migrate, migrate_down, transaction
from portal.domain.permissions import SYSTEM
from portal.domain.policy import HardshipReason
from portal.domain.threads import MOST_FILES
from portal.models import Attachment
from portal.queries.kept_documents import opened_attachment
from portal.queries.key_uses import count_stale, shut_uses
from portal.queries.wholeness import changed_attachments, count_attachments
from portal.services.attachment_retention import Sweep, erase_due_attachments
from portal.services.attachments import SentFile, add_attachment
from portal.services.proposals import withdraw_proposal
from portal.services.threads import WrittenMessage, post_message
from tests.clean_files import clean_photo
from tests.databases import Database
from tests.people import NOW, TODAY, add_cast, add_loan
from tests.stories import ZONE, Story

SECRET, ANOTHER = "the secret of before, long enough to be one", "another secret, just as long as that one"
MANY = 41
"""More than go in two steps."""
BODIES = [f"\xff\xd8\xff photo {number}".encode("latin-1") for number in range(MANY)]


@pytest.fixture
def before(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """As it was: many files, one that was erased and kept its key, and one whose key is gone."""
    monkeypatch.setenv("PORTAL_SECRET_KEY", SECRET)
    with transaction(database.engine) as session:
        cast = add_cast(session)
        erased = Story(session, cast.wang_qiang, add_loan(session, cast.wang_qiang, ref="L-2"))
        erased.submit(reason=HardshipReason.ILLNESS)
        attach(session, erased, [b"\xff\xd8\xff erased"])
        withdraw_proposal(session, erased.actor, proposal=erased.proposal, now=NOW)
        much_later = timedelta(days=200)
        sweep = Sweep(today=TODAY + much_later, zone=ZONE, now=NOW + much_later)
        assert erase_due_attachments(session, SYSTEM, after=0, sweep=sweep).erased == 1
        story = Story(session, cast.li_na, add_loan(session, cast.li_na))
        story.submit()
        for start in range(0, MANY, MOST_FILES):
            attach(session, story, BODIES[start : start + MOST_FILES])
    database.engine.dispose()
    migrate_down(database.url, "0059")
    change(database, "UPDATE attachment SET data_key = NULL WHERE id = (SELECT max(id) FROM attachment)")
    change(database, "UPDATE attachment SET data_key = :key WHERE erased_at IS NOT NULL", key="tests.AAAA")
    return database


def attach(session: Session, story: Story, bodies: list[bytes]) -> None:
    key = os.urandom(16).hex()
    for body in bodies:
        sent = SentFile(file=clean_photo(body), name="收据.jpg", consents=True, consent_version="1")
        add_attachment(session, story.actor, about=story.proposal, form_key=key, body="", sent=sent, now=NOW)
    written = WrittenMessage(form_key=key, body="看附件")
    post_message(session, story.actor, about=story.proposal, written=written, now=NOW)


def change(database: Database, statement: str, **values: object) -> None:
    with database.engine.connect().execution_options(portal_writes=True) as connection:
        assert connection.execute(text(statement), values).rowcount == 1
        connection.commit()
    database.engine.dispose()


def kept(engine: Engine) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT public_id, data_key, name_sealed, body FROM attachment ORDER BY id")
        )
        found = [tuple(bytes(each) if isinstance(each, memoryview) else each for each in row) for row in rows]
    engine.dispose()
    return found


def opened_by(secret: str, row: tuple[object, ...]) -> bytes:
    """As programs of before opened them."""
    public_id, body = row[0], row[3]
    assert isinstance(body, bytes)
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"portal attachments 1").derive(secret.encode())
    return AESGCM(key).decrypt(body[:12], body[12:], f"attachment:body:{public_id}".encode())


def test_a_backup_of_before_says_that_its_files_were_not_opened(before: Database) -> None:
    with transaction(before.engine, writes=False) as session:
        assert count_attachments(session) is None
    migrate(before.url)
    with transaction(before.engine, writes=False) as session:
        assert count_attachments(session) == MANY
        assert list(changed_attachments(session)) == []


def test_files_go_under_their_rows_key_and_back(before: Database) -> None:
    rows = kept(before.engine)
    assert len(rows) == 1 + MANY
    assert [opened_by(SECRET, row) for row in rows[1:]] == BODIES
    migrate(before.url)
    with transaction(before.engine) as session:
        erased, *files = session.scalars(select(Attachment).order_by(Attachment.id))
        assert (erased.data_key, erased.name_sealed, erased.body_sealed) == (None, None, None)
        assert [opened_attachment(each) for each in files] == BODIES
        assert [each.name for each in files] == ["收据.jpg"] * (MANY - 1) + [""]
        assert shut_uses(session) == []
        assert count_stale(session) == 0
    before.engine.dispose()
    assert not any(row[3] for row in rows[:1])
    migrate_down(before.url, "0059")
    again = kept(before.engine)
    assert [opened_by(SECRET, row) for row in again[1:]] == BODIES
    assert [row[:3] for row in again[1:-1]] == [row[:3] for row in rows[1:-1]]
    assert "body_sealed" not in {
        column["name"] for column in inspect(before.engine).get_columns("attachment")
    }


def test_another_secret_opens_them_afterwards(before: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(before.url)
    monkeypatch.setenv("PORTAL_SECRET_KEY", ANOTHER)
    with transaction(before.engine, writes=False) as session:
        assert opened_attachment(session.scalars(select(Attachment).order_by(Attachment.id.desc())).all()[0])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE attachment SET body_sealed = NULL WHERE erased_at IS NULL",
        "UPDATE attachment SET body_sealed = :body WHERE erased_at IS NOT NULL",
    ],
)
def test_the_rule_about_what_is_erased_goes_along(before: Database, statement: str) -> None:
    migrate(before.url)
    with pytest.raises(Exception, match=r"(?i)check"), transaction(before.engine) as session:
        session.execute(text(statement), {"body": b"x"} if ":body" in statement else {})


def test_nothing_changes_under_another_secret(before: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = kept(before.engine)
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("PORTAL_SECRET_KEY", ANOTHER)
        with pytest.raises(
            RuntimeError, match=f"do not open, {MANY} of them: nothing was changed.*PORTAL_SECRET_KEY"
        ):
            migrate(before.url)
    assert kept(before.engine) == rows
    migrate(before.url)


def test_nothing_goes_under_a_secret_that_nobody_keeps(
    before: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path))
    (tmp_path / "secret.key").write_text(SECRET)
    monkeypatch.delenv("PORTAL_SECRET_KEY")
    migrate(before.url)
    (tmp_path / "secret.key").rename(tmp_path / "elsewhere.key")
    with pytest.raises(RuntimeError, match=r"neither PORTAL_SECRET_KEY nor secret\.key"):
        migrate_down(before.url, "0059")
    with transaction(before.engine, writes=False) as session:
        assert (
            opened_attachment(session.scalars(select(Attachment).order_by(Attachment.id)).all()[1])
            == BODIES[0]
        )
    before.engine.dispose()
    (tmp_path / "elsewhere.key").rename(tmp_path / "secret.key")
    migrate_down(before.url, "0059")
    assert [opened_by(SECRET, row) for row in kept(before.engine)[1:]] == BODIES


def test_one_that_was_spoilt_is_named_and_may_be_let_go(before: Database) -> None:
    """By the statement that the guide for upgrading has."""
    rows = kept(before.engine)
    spoilt = str(rows[3][0])
    change(
        before, "UPDATE attachment SET body = :body WHERE public_id = :spoilt", body=b"spoilt", spoilt=spoilt
    )
    with pytest.raises(RuntimeError, match=f"do not open, 1 of them: nothing was changed.*{spoilt}"):
        migrate(before.url)
    guide = (Path(__file__).parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
    statement = next(part for part in guide.split("`") if part.startswith("UPDATE attachment SET"))
    change(before, statement.replace("…", spoilt))
    migrate(before.url)
    with transaction(before.engine, writes=False) as session:
        gone = session.scalars(select(Attachment).where(Attachment.public_id == spoilt)).one()
        assert (gone.data_key, gone.name, gone.body) == (None, "", b"")
        assert gone.erased_at is not None


def test_nothing_is_sealed_under_another_key_than_people_stand_under(
    before: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = kept(before.engine)
    with monkeypatch.context() as elsewhere:
        other = tmp_path / "other.keys"
        other.write_text(f"{new_key_line('other')}\n{new_key_line('index:other')}\n")
        other.chmod(0o600)
        elsewhere.setenv("PORTAL_DATA_KEYS", str(other))
        with pytest.raises(RuntimeError, match="data key that is not here: nothing was changed"):
            migrate(before.url)
    assert kept(before.engine) == rows
    migrate(before.url)
