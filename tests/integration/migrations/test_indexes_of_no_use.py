"""Indexes that nobody goes by are gone, and come back where one goes back."""

from collections.abc import Set as AbstractSet

import pytest
from sqlalchemy import inspect

from portal.db import migrate_down
from tests.databases import Database

pytestmark = pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
"""SQLite leaves out an index over an expression; none of these is one."""

GONE = {
    "ix_attachment_kept_until",
    "ix_borrower_id_hash",
    "ix_proposal_version_content_hash",
    "ix_staff_declaration_match_key",
    "ix_verified_account_creditor_id",
}


def _indexes(database: Database) -> AbstractSet[str | None]:
    seen = inspect(database.engine)
    return {each["name"] for table in seen.get_table_names() for each in seen.get_indexes(table)}


def test_they_are_gone_and_come_back(database: Database) -> None:
    assert not GONE & _indexes(database)
    database.engine.dispose()
    migrate_down(database.url, "0060")
    assert _indexes(database) >= GONE
