"""Documents that were drawn before they were sealed are sealed by the migration, some at a time, and come back when it is taken down."""

import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, inspect, make_url, select, text
from sqlalchemy.orm import Session

from portal.adapters.data_keys import new_key_line
from portal.db import migrate, migrate_down, transaction
from portal.domain.figure_periods import month_named
from portal.domain.figure_reports import ReportKind
from portal.domain.permissions import SYSTEM, Actor, ActorKind, Role
from portal.models import Document, FigureReport
from portal.queries.kept_documents import opened_body
from portal.queries.key_uses import count_stale, shut_uses
from portal.queries.wholeness import broken_promises, changed_documents
from portal.services.figure_reports import ask_report, keep_report
from tests.databases import Database
from tests.integration.services.test_sealed_documents import (
    PREVIEW,
    REPORT,
    SEALED,
    file_of,
    in_clear,
    keep_all,
    values_of,
)
from tests.people import NOW

MANY = 41
"""More than go in two steps."""
ERASED = "0" * 64


@pytest.fixture
def clear(database: Database) -> Database:
    """As it was before: many documents, one that was erased, a report, and one that waits to be drawn."""
    with transaction(database.engine) as session:
        keep_all(session)
        more = [SEALED + str(number).encode() for number in range(MANY)]
        rows = [{"sha256": sha256(body).hexdigest(), "body": body, "made_at": NOW} for body in more]
        session.execute(insert(Document), list(map(Document.insertable, rows)))
        session.execute(insert(Document).values(sha256=ERASED, data_key=None, body_sealed=b"", made_at=NOW))
        actor = Actor(
            ActorKind.STAFF, session.scalars(select(FigureReport.asked_by)).one(), frozenset({Role.AUDITOR})
        )
        period = month_named("2026-09")
        ask_report(session, actor, kind=ReportKind.MONTH, period=period, locale="en", now=NOW)
    database.engine.dispose()
    migrate_down(database.url, "0058")
    return database


def kept_in_clear(engine: Engine) -> dict[str, bytes]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT sha256, body FROM document")).all()
        reports = connection.execute(text("SELECT sha256, body FROM figure_report WHERE body IS NOT NULL"))
        return {digest: bytes(body) for digest, body in [*rows, *reports]}


def opened(session: Session) -> dict[str, bytes | None]:
    kept = [*session.scalars(select(Document)), *session.scalars(select(FigureReport))]
    return {each.sha256: opened_body(each) for each in kept if each.sha256}


def test_documents_are_sealed_and_opened_again(clear: Database) -> None:
    before = kept_in_clear(clear.engine)
    assert len(before) == 3 + MANY + 1 + 1
    assert {SEALED, PREVIEW, REPORT, b""} <= set(before.values())
    assert all(sha256(body).hexdigest() == digest for digest, body in before.items() if digest != ERASED)
    clear.engine.dispose()
    migrate(clear.url)
    with transaction(clear.engine) as session:
        assert opened(session) == {**before, ERASED: None}
        assert {place for place, value in values_of(session) if in_clear(value)} == set()
        assert list(changed_documents(session)) == []
        assert shut_uses(session) == []
        assert count_stale(session) == 0
        waiting = session.scalars(select(FigureReport).where(FigureReport.made_at.is_(None))).one()
        keep_report(session, SYSTEM, report_id=waiting.id, body=b"%PDF-1.7 late", now=NOW)
        assert opened_body(waiting) == b"%PDF-1.7 late"
    clear.engine.dispose()
    migrate_down(clear.url, "0058")
    late = {sha256(b"%PDF-1.7 late").hexdigest(): b"%PDF-1.7 late"}
    assert kept_in_clear(clear.engine) == {**before, **late}
    columns = {column["name"] for column in inspect(clear.engine).get_columns("figure_report")}
    assert columns & {"data_key", "body_sealed"} == set()


def test_the_rule_about_what_is_made_goes_along(clear: Database) -> None:
    clear.engine.dispose()
    migrate(clear.url)
    with pytest.raises(Exception, match=r"(?i)check"), transaction(clear.engine) as session:
        session.execute(text("UPDATE figure_report SET body_sealed = NULL WHERE made_at IS NOT NULL"))


def test_the_file_itself_keeps_none_once_it_was_written_anew(sqlite_database: Database) -> None:
    """As the guide for upgrading says."""
    with transaction(sqlite_database.engine) as session:
        keep_all(session)
    sqlite_database.engine.dispose()
    migrate_down(sqlite_database.url, "0058")
    assert set(in_clear(file_of(sqlite_database))) == {"%PDF", "name", "middle"}
    migrate(sqlite_database.url)
    with closing(sqlite3.connect(make_url(sqlite_database.url).database or "")) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert in_clear(file_of(sqlite_database)) == []


def test_a_backup_of_before_is_looked_through_as_it_is(clear: Database) -> None:
    """It is restored as it was made, and upgraded afterwards."""
    with transaction(clear.engine) as session:
        assert list(changed_documents(session)) == []
        assert list(broken_promises(session)) == []
        digest = sha256(SEALED).hexdigest()
        session.execute(
            text("UPDATE document SET body = :body WHERE sha256 = :digest"),
            {"body": b"%PDF", "digest": digest},
        )
        assert list(changed_documents(session)) == [digest]
        session.execute(
            text("UPDATE document SET body = :body WHERE sha256 = :digest"), {"body": b"", "digest": digest}
        )
        assert list(changed_documents(session)) == []
        assert list(broken_promises(session)) == [("document_emptied", 1)]


def test_what_was_changed_before_is_found_afterwards_too(clear: Database) -> None:
    digest = sha256(SEALED).hexdigest()
    with clear.engine.connect().execution_options(portal_writes=True) as connection:
        connection.execute(
            text("UPDATE document SET body = :body WHERE sha256 = :digest"),
            {"body": b"%PDF", "digest": digest},
        )
        connection.commit()
    clear.engine.dispose()
    migrate(clear.url)
    with transaction(clear.engine, writes=False) as session:
        assert list(changed_documents(session)) == [digest]


def test_nothing_is_sealed_under_another_key_than_people_stand_under(
    clear: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept_in_clear(clear.engine)
    clear.engine.dispose()
    with monkeypatch.context() as elsewhere:
        other = tmp_path / "other.keys"
        other.write_text(f"{new_key_line('other')}\n{new_key_line('index:other')}\n")
        other.chmod(0o600)
        elsewhere.setenv("PORTAL_DATA_KEYS", str(other))
        with pytest.raises(RuntimeError, match="nothing was changed"):
            migrate(clear.url)
    assert kept_in_clear(clear.engine) == before
    clear.engine.dispose()
    migrate(clear.url)
