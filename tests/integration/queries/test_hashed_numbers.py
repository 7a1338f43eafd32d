"""By which key numbers were hashed is asked as a server starts, so it may not read what was erased long ago."""

from typing import Any

import pytest
from sqlalchemy import ColumnElement, text

from portal.db import transaction
from portal.models import Contact
from portal.queries.hashed_numbers import numbers_from
from tests.databases import Database


@pytest.mark.parametrize("order", [Contact.at.asc(), Contact.at.desc()], ids=["oldest", "newest"])
def test_the_numbers_are_found_by_the_index_of_what_is_kept(
    postgresql_database: Database, order: ColumnElement[Any]
) -> None:
    with transaction(postgresql_database.engine) as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        session.execute(text("SET LOCAL enable_bitmapscan = off"))
        asked = numbers_from(order).compile(session.connection(), compile_kwargs={"literal_binds": True})
        plan = "\n".join(session.scalars(text(f"EXPLAIN {asked}")))
    assert "ix_contact_kept" in plan
