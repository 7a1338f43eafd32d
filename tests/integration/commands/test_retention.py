"""``portal retention``: what would go, and letting it go."""

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from portal.db import transaction
from portal.domain.loans import LoanStatus
from portal.domain.permissions import SYSTEM
from portal.domain.retention import RETENTIONS, DataClass
from portal.models import Borrower, Contact, Document, KnownDevice, Loan, Payment, RetentionRun
from portal.services.record import record
from portal.services.retention import begin_retention
from tests.databases import Database
from tests.integration.commands.conftest import Portal
from tests.kept_rows import add_kept
from tests.people import NOW, TODAY, add_cast, add_loan
from tests.stories import ZONE

OLD_ENOUGH = [DataClass.DEVICES, DataClass.CONTACTS, DataClass.LOOKS, DataClass.CONVERSATIONS]


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    return environment | {"PORTAL_DEMO": "1", "BUSINESS_DATE": TODAY.isoformat()}


@pytest.fixture
def kept(database: Database) -> Database:
    """Of one borrower who owes nothing and of one who does."""
    with transaction(database.engine) as session:
        cast = add_cast(session)
        settled = add_loan(session, cast.li_na, late_days=0)
        settled.status = LoanStatus.CLOSED.value
        owing = add_loan(session, cast.wang_qiang, ref="L-2001", late_days=3)
        for data in OLD_ENOUGH:
            border = datetime.combine(RETENTIONS[data].cutoff(TODAY), time(), tzinfo=ZONE)
            for number, loan in enumerate((settled, owing)):
                add_kept(session, data, loan, at=border - timedelta(days=1), number=number)
    return database


def classes(portal: Portal) -> dict[str, dict[str, Any]]:
    said = portal("retention", "preview", "--json")
    assert said.exit_code == 0, said.output
    told = json.loads(said.stdout)
    assert told["on"] == TODAY.isoformat()
    return {each["data"]: each for each in told["classes"]}


def test_the_preview_tells_each_class_and_changes_nothing(portal: Portal, kept: Database) -> None:
    told = classes(portal)
    assert set(told) == set(DataClass)
    assert (told["devices"]["rows"], told["devices"]["persons"], told["devices"]["rule"]) == (2, 2, "D01")
    assert (told["contacts"]["rows"], told["contacts"]["stays"]["owes"]) == (1, 1)
    assert (told["looks"]["rows"], told["looks"]["stays"]["owes"]) == (1, 1)
    assert classes(portal) == told
    assert "go: 1, of 1 people" in portal("retention", "preview").stdout


def test_a_run_erases_what_the_preview_told_and_the_next_nothing(portal: Portal, kept: Database) -> None:
    before = classes(portal)
    assert portal("retention", "run").exit_code == 0
    after = classes(portal)
    assert all(each["rows"] == 0 for each in after.values())
    assert all(after[name]["stays"] == before[name]["stays"] for name in after if name != "files")
    with transaction(kept.engine, writes=False) as session:
        run = session.scalars(select(RetentionRun)).one()
        assert run.finished_at is not None
        assert run.counts == {name: each["rows"] for name, each in before.items() if each["rows"]}
        assert session.scalar(select(func.count(KnownDevice.id))) == 0
        assert session.scalar(select(func.count(Contact.id)).where(Contact.text != "")) == 1
    assert "Nothing was due." in portal("retention", "run").stdout


def test_a_run_that_was_stopped_is_finished_by_the_next(portal: Portal, kept: Database) -> None:
    with transaction(kept.engine) as session:
        begin_retention(session, on=TODAY, now=NOW)
    assert portal("retention", "run").exit_code == 0
    with transaction(kept.engine, writes=False) as session:
        assert session.scalars(select(RetentionRun)).one().finished_at is not None


def test_the_record_is_whole_afterwards(portal: Portal, kept: Database, tmp_path: Path) -> None:
    assert portal("record", "create-key").exit_code == 0
    assert portal("record", "keep").exit_code == 0
    assert portal("retention", "run").exit_code == 0
    assert portal("record", "keep").exit_code == 0
    verified = portal("record", "verify")
    assert verified.exit_code == 0, verified.output


def test_who_cannot_be_erased_is_named_and_everything_else_goes(portal: Portal, kept: Database) -> None:
    with transaction(kept.engine) as session:
        loan = session.scalars(select(Loan).where(Loan.status == LoanStatus.CLOSED.value)).one()
        borrower_id, loan.closed_since = loan.borrower_id, date(2010, 1, 1)
        session.execute(update(Payment).where(Payment.loan_id == loan.id).values(paid_on=date(2010, 1, 1)))
        session.add(Document(sha256="ab" * 32, body=b"%PDF", made_at=NOW))
        record(
            session,
            SYSTEM,
            "agreement:sealed",
            now=NOW,
            borrower_id=borrower_id,
            agreement_id=1,
            document_hash="ab" * 32,
        )
    done = portal("retention", "run")
    assert done.exit_code == 1
    assert f"number {borrower_id} (event_proves_document)" in done.stderr
    with transaction(kept.engine, writes=False) as session:
        assert session.get_one(Borrower, borrower_id).name == "李娜"
        assert session.scalars(select(RetentionRun)).one().finished_at is not None
        assert session.scalar(select(func.count(KnownDevice.id))) == 0


def test_files_are_looked_at_by_a_database_that_only_reads(portal: Portal, kept: Database) -> None:
    assert portal("erase-attachments", "--dry-run").exit_code == 0
