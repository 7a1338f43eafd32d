"""By which key numbers were hashed is asked as a server starts, so it may not read what was erased long ago."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import ColumnElement, insert, text

from portal.db import transaction
from portal.models import Contact
from portal.queries.hashed_numbers import numbers_from
from tests.databases import Database
from tests.people import NOW, add_borrower

CONTACTS, BORROWERS = 4_000, 20


@pytest.mark.parametrize("order", [Contact.at.asc(), Contact.at.desc()], ids=["oldest", "newest"])
def test_the_numbers_are_found_by_the_index_of_what_is_kept(
    postgresql_database: Database, order: ColumnElement[Any]
) -> None:
    """Enough of them that another way would cost more, and counted anew: what is known of tables that others emptied is chance."""
    with transaction(postgresql_database.engine) as session:
        people = [
            add_borrower(session, f"王{n}", mobile=f"+86138{n:08}", id_last4="1024") for n in range(BORROWERS)
        ]
        session.flush()
        session.execute(insert(Contact), [_contact(people[n % BORROWERS].id, n) for n in range(CONTACTS)])
        session.execute(text("ANALYZE contact, borrower"))
        asked = numbers_from(order).compile(session.connection(), compile_kwargs={"literal_binds": True})
        plan = "\n".join(session.scalars(text(f"EXPLAIN {asked}")))
    assert "ix_contact_kept" in plan


def _contact(borrower_id: int, minute: int) -> dict[str, Any]:
    return {
        "borrower_id": borrower_id,
        "purpose": "collection_call",
        "channel": "phone",
        "number_hash": f"{minute:064}",
        "number_last4": "0000",
        "template_version": "call_script@2026-01",
        "rule_decision": "let through",
        "result": "answered",
        "actor_kind": "staff",
        "at": NOW + timedelta(minutes=minute),
    }
