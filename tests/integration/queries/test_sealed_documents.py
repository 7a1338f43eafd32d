"""Anybody may ask the public check, as often as they like: no question of theirs reads a table from end to end."""

from collections.abc import Callable

import pytest
from sqlalchemy import event

from portal.db import transaction
from portal.domain.document_checks import SealedDocument
from portal.domain.errors import Damaged
from portal.queries.sealed_documents import SealedDocuments
from tests.databases import Database

HASH = "0" * 64
QUESTIONS = {
    "bytes": lambda known: known.by_sha256(HASH),
    "code": lambda known: known.by_check_code("7K3M-9QXR-04TW-HZ5C4"),
    "content": lambda known: known.by_content_hash(HASH),
    "preview": lambda known: known.is_preview(HASH),
}


def not_told(error: Damaged) -> None:
    raise AssertionError(error)


@pytest.mark.parametrize("asked", QUESTIONS)
def test_each_question_goes_by_an_index(sqlite_database: Database, asked: str) -> None:
    ask: Callable[[SealedDocuments], SealedDocument | bool | None] = QUESTIONS[asked]
    said: list[tuple[str, tuple[str, ...]]] = []
    with transaction(sqlite_database.engine) as session:
        event.listen(session.connection(), "before_cursor_execute", lambda *args: said.append(args[2:4]))
        assert not ask(SealedDocuments(session, not_told))
        spoken = list(said)
        assert spoken
        plans = [
            step.detail
            for statement, values in spoken
            for step in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    assert [step for step in plans if step.startswith("SCAN") and step != "SCAN CONSTANT ROW"] == []
