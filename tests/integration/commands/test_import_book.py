import csv
import random
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.adapters.book_order import lines_in_order
from portal.commands import book_run
from portal.db import transaction
from portal.domain.book_columns import BookFile
from portal.domain.book_rows import grouped
from portal.models import Base, BookImport, Borrower, Creditor, Event, Installment, Loan, Payment
from tests.books import Book, small_book, with_columns
from tests.databases import Database
from tests.integration.commands.conftest import Portal

pytestmark = pytest.mark.usefixtures("on_the_casts_day")

BOOK_TABLES = (Borrower, Creditor, Loan, Installment, Payment)


def rows_of(database: Database, *tables: type[Base], ids: bool = True) -> dict[str, Sequence[Any]]:
    """All rows; without ``ids`` what two databases can have in common."""
    found: dict[str, Sequence[Any]] = {}
    with transaction(database.engine, writes=False) as session:
        for table in tables or BOOK_TABLES:
            columns = [
                c
                for c in table.__table__.columns
                if ids or not c.name.endswith(("id", "_sealed", "data_key"))
            ]
            found[table.__tablename__] = sorted(map(tuple, session.execute(select(*columns))), key=repr)
    return found


def counts(database: Database) -> tuple[int, ...]:
    return tuple(len(rows) for rows in rows_of(database).values())


def rejected(path: Path) -> list[tuple[str, ...]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [(r["file"], r["line"], r["column"], r["code"], r["reference"]) for r in csv.DictReader(file)]


def only(folder: Path) -> Path:
    (found,) = folder.iterdir()
    return found


def test_a_sound_book_lands_whole(portal: Portal, database: Database, tmp_path: Path) -> None:
    done = portal("import", small_book(3).write(tmp_path / "book"))
    assert done.exit_code == 0, done.output
    assert "Loans: 3 (3 new, 0 changed, 0 unchanged), 0 refused" in done.stdout
    assert "Installments: 9" in done.stdout
    assert "Rejected: 0" in done.stdout
    assert counts(database) == (3, 1, 3, 9, 3)
    assert not (tmp_path / "data" / "imports").exists()
    with transaction(database.engine, writes=False) as session:
        loan = session.scalars(select(Loan).where(Loan.loan_ref == "L0002")).one()
        assert (loan.as_of, loan.principal_minor, loan.lender_type) == (
            date(2026, 11, 1),
            300_000,
            "consumer_finance",
        )
        borrower = session.scalars(select(Borrower).where(Borrower.borrower_ref == "B0002")).one()
        assert (borrower.id, borrower.name, borrower.id_last4) == (loan.borrower_id, "李娜2", "102X")
        row = session.scalars(
            select(Installment).where(Installment.loan_id == loan.id, Installment.number == 2)
        ).one()
        assert (row.due_on, row.penalty_due_minor, row.principal_paid_minor) == (date(2026, 10, 12), 986, 0)
        told = session.scalars(select(Event).where(Event.name == "book:imported")).one()
        assert (told.fields["loans"], told.fields["installments"], told.fields["rejected"]) == (3, 9, 0)
        run = session.scalars(select(BookImport)).one()
        assert run.finished_at is not None


def test_the_same_files_again_touch_no_row(portal: Portal, database: Database, tmp_path: Path) -> None:
    folder = small_book(3).write(tmp_path / "book")
    portal("import", folder)
    before = rows_of(database)
    done = portal("import", folder)
    assert done.exit_code == 0
    assert "Loans: 3 (0 new, 0 changed, 3 unchanged), 0 refused" in done.stdout
    assert ("Installments: 9" in done.stdout, "Payments: 3" in done.stdout) == (True, True)
    assert rows_of(database) == before
    with transaction(database.engine, writes=False) as session:
        assert session.scalars(select(Event.name)).all() == ["book:imported", "book:imported"]


@pytest.mark.parametrize(
    ("encoding", "packed"), [("utf-8-sig", "no"), ("gb18030", "no"), ("utf-8", "yes"), ("gb18030", "yes")]
)
def test_however_it_is_written_it_is_the_same_book(
    portal: Portal, database: Database, tmp_path: Path, encoding: str, packed: str
) -> None:
    portal("import", small_book(3).write(tmp_path / "first"))
    before = rows_of(database)
    done = portal(
        "import", small_book(3).write(tmp_path / "second", encoding=encoding, packed=packed == "yes")
    )
    assert "3 unchanged" in done.stdout, done.output
    assert rows_of(database) == before


def test_rows_in_any_order_land_alike(portal: Portal, database: Database, tmp_path: Path) -> None:
    book = small_book(40)
    for rows in book.rows.values():
        random.Random(11).shuffle(rows)
    assert portal("import", book.write(tmp_path / "shuffled")).exit_code == 0
    before = rows_of(database)
    done = portal("import", small_book(40).write(tmp_path / "sorted"))
    assert "0 changed, 40 unchanged" in done.stdout
    assert rows_of(database) == before


def test_bad_rows_are_listed_and_the_rest_lands(portal: Portal, database: Database, tmp_path: Path) -> None:
    book = small_book(4)
    book.loans[1]["principal"] = "1.00"
    book.installments[7]["due_on"] = "soon"
    book.borrowers[3]["mobile"] = "none"
    done = portal("import", book.write(tmp_path / "book"))
    assert done.exit_code == 1
    assert "Loans: 1 (1 new, 0 changed, 0 unchanged), 3 refused" in done.stdout
    assert counts(database) == (3, 1, 1, 3, 1)
    path = only(tmp_path / "data" / "imports")
    assert str(path) in done.stdout
    assert rejected(path) == [
        ("borrowers.csv", "5", "mobile", "mobile_unclear", "B0004"),
        ("loans.csv", "3", "principal", "principal_not_the_sum", "L0002"),
        ("installments.csv", "9", "due_on", "date_unclear", "L0003"),
        ("loans.csv", "5", "borrower_ref", "borrower_ref_unknown", "L0004"),
    ]
    assert "principal adds up to CNY 3,000.00" in path.read_text(encoding="utf-8-sig")


def test_a_mended_book_brings_what_was_left_out(portal: Portal, database: Database, tmp_path: Path) -> None:
    book = small_book(3)
    book.loans[1]["principal"] = "1.00"
    asked = tmp_path / "rejected.csv"
    portal("import", book.write(tmp_path / "book"), "--rejected", asked)
    assert len(rejected(asked)) == 1
    done = portal("import", small_book(3).write(tmp_path / "book"), "--rejected", asked)
    assert "Loans: 3 (1 new, 0 changed, 2 unchanged), 0 refused" in done.stdout
    assert (counts(database), rejected(asked)) == ((3, 1, 3, 9, 3), [])


def test_a_bad_state_of_a_known_loan_leaves_it_as_it_was(
    portal: Portal, database: Database, tmp_path: Path
) -> None:
    portal("import", small_book(2).write(tmp_path / "book"))
    before = rows_of(database)
    book = small_book(2, as_of=date(2026, 11, 2))
    for row in book.installments:
        row["principal_paid"] = "1000.01"
    assert portal("import", book.write(tmp_path / "book")).exit_code == 1
    assert rows_of(database) == before


def test_a_newer_book_replaces_schedule_and_payments(
    portal: Portal, database: Database, tmp_path: Path
) -> None:
    portal("import", small_book(2).write(tmp_path / "book"))
    book = small_book(2, as_of=date(2026, 11, 2))
    book.installments[1].update(principal_paid="500.00")
    del book.installments[2]
    book.loans[0]["principal"] = "2000.00"
    book.payments[0].update(payment_ref="P9999", amount="1530.00")
    done = portal("import", book.write(tmp_path / "book"))
    assert "Loans: 2 (0 new, 2 changed, 0 unchanged), 0 refused" in done.stdout
    assert "Loans whose facts moved: 1; waiting proposals that must be signed again: 0" in done.stdout
    assert counts(database) == (2, 1, 2, 5, 2)
    with transaction(database.engine, writes=False) as session:
        loans = session.execute(
            select(Loan.loan_ref, Loan.facts_version, Loan.as_of).order_by(Loan.loan_ref)
        ).all()
        assert loans == [("L0001", 2, date(2026, 11, 2)), ("L0002", 1, date(2026, 11, 2))]
        assert session.scalars(select(Payment.payment_ref).order_by(Payment.payment_ref)).all() == [
            "P0002",
            "P9999",
        ]
        changed = session.scalars(select(Event).where(Event.name == "loan:changed")).one()
        assert changed.fields == {"facts_version": 2, "as_of": "2026-11-02"}


def test_an_older_book_is_refused_loan_by_loan(portal: Portal, database: Database, tmp_path: Path) -> None:
    portal("import", small_book(1).write(tmp_path / "book"))
    before = rows_of(database, Loan, Installment, Payment)
    book = small_book(2, as_of=date(2026, 10, 31))
    done = portal("import", book.write(tmp_path / "book"))
    assert done.exit_code == 1
    assert "Loans: 1 (1 new, 0 changed, 0 unchanged), 1 refused" in done.stdout
    assert rejected(only(tmp_path / "data" / "imports"))[0][3:] == ("book_is_older", "L0001")
    after = rows_of(database, Loan, Installment, Payment)
    assert [row for row in after["loan"] if "L0001" in row] == before["loan"]


def test_what_only_the_database_knows_is_refused_too(
    portal: Portal, database: Database, tmp_path: Path
) -> None:
    portal("import", small_book(3).write(tmp_path / "book"))
    book = small_book(5, as_of=date(2026, 11, 2))
    book.loans[0]["borrower_ref"] = "B0002"
    book.loans[1]["currency"] = "TWD"
    book.payments[3]["payment_ref"] = "P0003"
    book.payments[4]["payment_ref"] = "P0003"
    done = portal("import", book.write(tmp_path / "book"))
    assert "1 changed" in done.stdout
    assert rejected(only(tmp_path / "data" / "imports")) == [
        ("loans.csv", "2", "borrower_ref", "loan_changed_hands", "L0001"),
        ("loans.csv", "3", "currency", "currency_changed", "L0002"),
        ("payments.csv", "5", "payment_ref", "payment_of_other_loan", "L0004"),
        ("payments.csv", "6", "payment_ref", "payment_of_other_loan", "L0005"),
    ]


def test_one_payment_at_two_new_loans_stays_with_the_first(
    portal: Portal, database: Database, tmp_path: Path
) -> None:
    book = small_book(2)
    book.payments[1]["payment_ref"] = "P0001"
    assert portal("import", book.write(tmp_path / "book")).exit_code == 1
    assert [row[2] for row in rows_of(database, Loan)["loan"]] == ["L0001"]


def test_a_borrower_who_moved_is_updated_and_the_record_names_the_columns_alone(
    portal: Portal, database: Database, tmp_path: Path
) -> None:
    portal("import", small_book(2).write(tmp_path / "book"))
    book = small_book(2)
    book.borrowers[0].update(mobile="+85261234567", name="李娜")
    done = portal("import", book.write(tmp_path / "book"))
    assert "Borrowers: 0 new, 1 changed, 1 unchanged" in done.stdout
    with transaction(database.engine, writes=False) as session:
        borrower = session.scalars(select(Borrower).where(Borrower.borrower_ref == "B0001")).one()
        assert borrower.mobile == "+85261234567"
        told = session.scalars(select(Event).where(Event.name == "borrower:changed")).one()
        assert (told.borrower_id, told.fields) == (borrower.id, {"columns": ["name", "mobile"]})


def test_stage_and_plan_are_kept_and_a_stage_knows_since_when(
    portal: Portal, database: Database, tmp_path: Path
) -> None:
    for day, stage in ((1, "internal"), (2, "internal"), (3, "agency")):
        book = small_book(1, as_of=date(2026, 11, day))
        with_columns(book.loans, collection_stage=stage, stage_basis="逾期", plan_ref="PLAN-7", dpd=19 + day)
        assert portal("import", book.write(tmp_path / "book")).exit_code == 0
        with transaction(database.engine, writes=False) as session:
            loan = session.scalars(select(Loan)).one()
            since = date(2026, 11, 3 if stage == "agency" else 1)
            assert (loan.collection_stage, loan.stage_since, loan.plan_ref) == (stage, since, "PLAN-7")


def test_an_unknown_column_stops_the_import_and_is_named(
    portal: Portal, database: Database, tmp_path: Path
) -> None:
    book = small_book(1)
    with_columns(book.installments, colour="red")
    done = portal("import", book.write(tmp_path / "book"))
    assert done.exit_code == 2
    assert "installments" in done.stderr
    assert "colour" in done.stderr
    assert counts(database) == (0, 0, 0, 0, 0)


def test_a_folder_without_its_files_is_refused(portal: Portal, tmp_path: Path) -> None:
    done = portal("import", tmp_path / "nowhere")
    assert (done.exit_code, "nowhere" in done.stderr) == (2, True)


def test_a_book_without_loans_is_a_book(portal: Portal, database: Database, tmp_path: Path) -> None:
    done = portal("import", Book({file: [] for file in BookFile}).write(tmp_path / "book"))
    assert done.exit_code == 0, done.output
    assert "Loans: 0 (0 new, 0 changed, 0 unchanged), 0 refused" in done.stdout


def test_a_folder_that_cannot_be_written_to_is_no_hindrance(portal: Portal, tmp_path: Path) -> None:
    book = small_book(1)
    book.loans[0]["principal"] = "1.00"
    folder = book.write(tmp_path / "book")
    folder.chmod(0o555)
    before = sorted(folder.iterdir())
    assert portal("import", folder).exit_code == 1
    assert sorted(folder.iterdir()) == before


def test_away_from_a_terminal_progress_is_plain_lines(portal: Portal, tmp_path: Path) -> None:
    done = portal("import", small_book(20).write(tmp_path / "book"))
    assert done.stderr.splitlines()[-1] == "120 of 120 rows"
    assert "\r" not in done.stderr


def test_batches_keep_a_loan_together(tmp_path: Path) -> None:
    files = book_run.scan_folder(small_book(7).write(tmp_path))
    groups = list(grouped({file: lines_in_order(files[file]) for file in book_run.LOAN_FILES}))
    cut = list(book_run.batches(groups, most_rows=9))
    assert [len(batch) for batch in cut] == [2, 2, 2, 1]
    assert [group for batch in cut for group in batch] == groups
