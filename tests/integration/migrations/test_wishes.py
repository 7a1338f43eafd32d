"""The migration of wishes keeps what is there, up and down, and its checks hold afterwards."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from portal.db import migrate, migrate_down, transaction
from portal.domain.cases import CaseKind
from portal.services.cases import CaseForm, open_case
from tests.databases import Database
from tests.people import NOW, TODAY, add_cast, add_loan
from tests.stories import ZONE, borrower_actor


def _kinds(database: Database) -> list[str]:
    with transaction(database.engine, writes=False) as session:
        return list(session.scalars(text("SELECT kind FROM service_case ORDER BY id")))


def test_cases_of_new_kinds_become_questions_and_no_thread_is_lost(database: Database) -> None:
    with transaction(database.engine) as session:
        li_na = add_cast(session).li_na
        add_loan(session, li_na)
        for kind, topic in ((CaseKind.COMPLAINT, "service"), (CaseKind.DATA, "copy_data")):
            form = CaseForm(form_key="", kind=kind, topic=topic, body="请看。")
            open_case(session, borrower_actor(li_na), form=form, today=TODAY, zone=ZONE, now=NOW)
    migrate_down(database.url, "0010")
    assert _kinds(database) == ["complaint", "talk"]
    migrate(database.url)
    with transaction(database.engine) as session:
        assert session.scalar(text("SELECT count(*) FROM thread WHERE case_id IS NOT NULL")) == 2
        session.execute(text("UPDATE service_case SET kind = 'data' WHERE kind = 'talk'"))
    assert _kinds(database) == ["complaint", "data"]
    with pytest.raises(IntegrityError), transaction(database.engine) as session:
        session.execute(text("UPDATE service_case SET kind = 'invented'"))
