"""The synthetic book: the import knows it as its own, the day's run and the pages work on it, and it is shaped like the real one."""

import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from statistics import mean
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import inspect, select, text

from benchmarks.book_shape import AS_OF
from benchmarks.rounds import percentile
from benchmarks.synthetic_book import fill, write_files
from benchmarks.synthetic_loans import SyntheticLoan, loan_of, loans_of
from portal import create_app
from portal.adapters.rejected_rows import RejectedRows
from portal.clock import Clock
from portal.commands.book_run import BookRun, scan_folder
from portal.commands.day_run import DayRunner
from portal.config import Config
from portal.db import transaction
from portal.domain.arrears import arrears_of
from portal.domain.money import format_minor
from portal.domain.permissions import Role
from portal.models import Event, Loan, LoanStanding
from portal.queries.loans import facts_of_loans
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.web.worlds import visit
from tests.journeys.servers import SECRET_KEY
from tests.people import TODAY, add_staff
from tests.real_books import find_real_book

LOANS = 2000
DRAWN = 10_000
CLOCK = Clock(ZoneInfo("Asia/Shanghai"), TODAY)


@pytest.fixture
def book(database: Database) -> Database:
    fill(database.url, LOANS, seed=3, processes=1)
    return database


def test_import_finds_nothing_to_change(book: Database, tmp_path: Path) -> None:
    """Every line of the files is read, checked and compared: what stands in the tables is what it would have landed."""
    folder, rejected = write_files(tmp_path / "book", LOANS, seed=3), tmp_path / "rejected.csv"
    before = _contents(book)
    with RejectedRows(rejected, is_asked_for=False) as kept:
        run = BookRun(book.engine, CLOCK, scan_folder(folder), rejected=kept, tell=len_of, key=SECRET_KEY)
        counts = run.run().as_dict()
    assert (counts["unchanged"], counts["borrowers_unchanged"]) == (LOANS, LOANS)
    assert (counts["new"], counts["changed"], counts["rejected"]) == (0, 0, 0)
    assert _contents(book) == before


def test_an_import_lands_the_same_rows(database: Database, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "book", 60, seed=3)
    with RejectedRows(tmp_path / "rejected.csv", is_asked_for=False) as kept:
        BookRun(database.engine, CLOCK, scan_folder(folder), rejected=kept, tell=len_of, key=SECRET_KEY).run()
    imported = _contents(database)
    with transaction(database.engine) as session:
        for table in ("payment", "installment", "loan", "borrower", "creditor"):
            session.execute(text(f"DELETE FROM {table}"))
    fill(database.url, 60, seed=3, processes=1)
    assert _contents(database) == imported


def test_day_run_counts_every_late_loan(book: Database) -> None:
    """Standings after the day's run are what the drawn statements say, and what the domain says of the rows read back."""
    DayRunner(book.engine, CLOCK).run(TODAY)
    made = {loan.number: loan for loan in loans_of(3, 1, LOANS)}
    with transaction(book.engine, writes=False) as session:
        standings = session.scalars(select(LoanStanding)).all()
        facts = facts_of_loans(session, range(1, 200))
    days = {each.loan_id: (TODAY - (each.oldest_unpaid_on or TODAY)).days for each in standings}
    moved = (TODAY - AS_OF).days
    assert days == {number: loan.days_late + moved * bool(loan.days_late) for number, loan in made.items()}
    late = sum(bool(each) for each in days.values())
    assert 0.13 * LOANS < late < 0.21 * LOANS
    assert {number: arrears_of(loan, on=TODAY).days_past_due for number, loan in facts.items()} == {
        number: days[number] for number in facts
    }


def test_pages_open_on_it(book: Database, tmp_path: Path) -> None:
    DayRunner(book.engine, CLOCK).run(TODAY)
    late = next(loan for loan in loans_of(3, 1, LOANS) if loan.days_late)
    paid = next(loan for loan in loans_of(3, 1, LOANS) if loan.is_active and not loan.days_late)
    config = Config(database_url=book.url, secret_key=SECRET_KEY, data_dir=tmp_path, testing=True)
    app = create_app(config, engine=book.engine, clock=HandClock())
    app.test_client_class = CheckedClient
    with transaction(book.engine) as session:
        desk = add_staff(session, "9001", "wu.yan", "吴岩", Role.SUPERVISOR, Role.APPROVER, Role.CALLER).id
    pages = [visit(app, borrower=loan.number).get("/") for loan in (late, paid)]
    assert [page.status_code for page in pages] == [200, 200]
    owed = format_minor(sum(part.principal for part in late.parts if part.penalty), "CNY")
    assert f"L{late.number:09}" in pages[0].text
    assert f"{owed} 元" in pages[0].text
    for path in ("/desk", "/desk/calls", "/desk/figures"):
        assert visit(app, staff=desk).get(path).status_code == 200, path


def test_a_longer_book_begins_with_a_shorter_one() -> None:
    assert list(loans_of(3, 1, 30)) == list(loans_of(3, 1, 50))[:30] == [loan_of(3, n) for n in range(1, 31)]
    assert loan_of(4, 1) != loan_of(3, 1)


def test_a_book_is_made_in_an_empty_database_only(sqlite_database: Database) -> None:
    fill(sqlite_database.url, 5)
    with pytest.raises(RuntimeError, match="there are loans already"):
        fill(sqlite_database.url, 5)


@pytest.mark.postgresql
def test_processes_share_the_work(postgresql_database: Database) -> None:
    """Two ranges by two processes are the book that one makes."""
    fill(postgresql_database.url, 30, seed=3, processes=2, at_once=20)
    with transaction(postgresql_database.engine, writes=False) as session:
        keys = session.scalars(select(Loan.public_id).order_by(Loan.id)).all()
        told = session.scalars(select(Event.fields).where(Event.name == "book:imported")).one()
    assert keys == [loan.loan_key for loan in loans_of(3, 1, 30)]
    assert told["loans"] == 30


def test_shape_is_the_real_books() -> None:
    """Stated bounds: shares within 1.5 points, quantiles of sums within 15 %, means within 5 %."""
    real, drawn = _real_shape(find_real_book()), _shape(list(loans_of(3, 1, DRAWN)))
    for name, share in real["shares"].items():
        assert abs(drawn["shares"].get(name, 0) - share) <= 0.015, (name, share, drawn["shares"].get(name, 0))
    for name, values in real["sums"].items():
        for at in (0.1, 0.25, 0.5, 0.75, 0.9):
            ours, theirs = percentile(drawn["sums"][name], at), percentile(values, at)
            assert abs(ours - theirs) <= 0.15 * theirs + 1, (name, at, ours, theirs)
    for name, value in real["means"].items():
        assert abs(drawn["means"][name] - value) <= 0.05 * value, (name, value, drawn["means"][name])


def len_of(_more: int) -> None:
    """Nobody watches."""


def _contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the book's tables but for what is drawn anew at each import."""
    found = {}
    with transaction(database.engine, writes=False) as session:
        for table in ("borrower", "loan", "installment", "payment"):
            columns = [each["name"] for each in inspect(database.engine).get_columns(table)]
            drawn = {"public_id", "id", "loan_id", "borrower_id", "data_key"}
            kept = ", ".join(sorted(c for c in columns if c not in drawn and not c.endswith("_sealed")))
            found[table] = sorted(
                (tuple(row) for row in session.execute(text(f"SELECT {kept} FROM {table}"))), key=repr
            )
    return found


def _shape(loans: Sequence[SyntheticLoan]) -> dict[str, dict[str, Any]]:
    shares = Counter(f"{loan.days_late} days late" for loan in loans)
    shares.update(f"active {loan.is_active}, {len(loan.parts)} statements" for loan in loans)
    shares.update(f"{len(loan.payments)} payments" for loan in loans)
    late = [loan for loan in loans if loan.days_late]
    unpaid = [
        [part for part in loan.parts if not part.is_paid and part.due_on < AS_OF.isoformat()] for loan in late
    ]
    return _told(
        shares,
        len(loans),
        principal=[loan.principal / 100 for loan in loans],
        overdue=[
            sum(part.principal + part.interest + part.penalty for part in parts) / 100 for parts in unpaid
        ],
        payment=[amount / 100 for loan in loans for _, amount in loan.payments],
        births=[loan.birth_year for loan in loans],
        installments=sum(len(loan.parts) for loan in loans) / len(loans),
    )


def _real_shape(folder: Path) -> dict[str, dict[str, Any]]:
    parts: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in _rows(folder, "installments"):
        parts[row["loan_ref"]].append(row)
    payments = defaultdict(list)
    for row in _rows(folder, "payments"):
        payments[row["loan_ref"]].append(float(row["amount"]))
    loans = list(_rows(folder, "loans"))
    late = {ref: late_rows for ref, rows in parts.items() if (late_rows := _unpaid(rows))}
    shares = Counter(f"{_days(late.get(loan['loan_ref'], []))} days late" for loan in loans)
    shares.update(
        f"active {loan['status'] == 'active'}, {len(parts[loan['loan_ref']])} statements" for loan in loans
    )
    shares.update(f"{len(payments[loan['loan_ref']])} payments" for loan in loans)
    return _told(
        shares,
        len(loans),
        principal=[float(loan["principal"]) for loan in loans],
        overdue=[sum(map(_left, rows)) for rows in late.values()],
        payment=[amount for each in payments.values() for amount in each],
        births=[float(row["birth_year"]) for row in _rows(folder, "borrowers")],
        installments=sum(map(len, parts.values())) / len(loans),
    )


def _told(
    shares: Counter[str],
    count: int,
    *,
    principal: list[float],
    overdue: list[float],
    payment: list[float],
    births: list[float],
    installments: float,
) -> dict[str, dict[str, Any]]:
    return {
        "shares": {name: each / count for name, each in shares.items()},
        "sums": {"principal": principal, "overdue": overdue, "payment": payment},
        "means": {
            "births": mean(births),
            "payments a loan": len(payment) / count,
            "installments": installments,
        },
    }


def _unpaid(rows: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    return [row for row in rows if row["due_on"] < AS_OF.isoformat() and _left(row) > 0.004]


def _left(row: dict[str, str]) -> float:
    kinds = ("principal", "interest", "fee", "penalty")
    return sum(float(row[f"{kind}_due"]) - float(row[f"{kind}_paid"]) for kind in kinds)


def _days(rows: Sequence[dict[str, str]]) -> int:
    return (AS_OF - date.fromisoformat(rows[0]["due_on"])).days if rows else 0


def _rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """Of every third loan: the others would say the same. No cell of these files has a comma in it."""
    with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        header = next(lines).rstrip().split(",")
        place = header.index("loan_ref" if "loan_ref" in header else "borrower_ref")
        for line in lines:
            cells = line.rstrip().split(",")
            if int(cells[place][1:]) % 3 == 0:
                yield dict(zip(header, cells, strict=True))
