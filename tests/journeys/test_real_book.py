"""A borrower of the real loan book, on the day on which it stands, with an installation made by the operator's commands alone."""

import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from portal.adapters.seal_checks import is_seal_valid
from portal.adapters.seal_keys import load_certificates
from portal.adapters.seal_trust import SealTrust
from tests.databases import Database
from tests.journeys.checkers import with_one_byte_changed
from tests.journeys.conftest import NewChecker, NewPhone
from tests.journeys.servers import Server, served
from tests.real_books import RealBorrower, cut_book, find_real_book, first_late_borrower

pytestmark = pytest.mark.journey
ON = date(2026, 11, 1)
LENDER = "示范消费金融公司"
LOANS = 300


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cut_book(find_real_book(), tmp_path_factory.mktemp("book") / "part", loans=LOANS)


@pytest.fixture
def late_borrower(book: Path) -> RealBorrower:
    return first_late_borrower(book, on=ON.isoformat())


@pytest.fixture
def real_book_server(sqlite_database: Database, tmp_path: Path, book: Path) -> Iterator[Server]:
    with served(sqlite_database, tmp_path, on=ON) as server:
        server.command("migrate")
        assert "300" in server.command("import", book)
        account = ("--bank", "示范银行总行营业部", "--number", "6222 0000 0000 0000 018")
        server.command("creditor", "add-account", LENDER, *account)
        yield server


def test_a_late_borrower_of_the_real_book_gets_a_sealed_agreement(
    real_book_server: Server,
    late_borrower: RealBorrower,
    new_phone: NewPhone,
    new_checker: NewChecker,
    tmp_path: Path,
) -> None:
    phone = new_phone(real_book_server)
    phone.sign_in_as(mobile=late_borrower.mobile.removeprefix("+86"), ending=late_borrower.id_last4)
    assert late_borrower.loan_ref in phone.main.inner_text()
    phone.see("home-real-book")
    phone.propose()
    assert phone.heading == "您的方案已生效"
    document = phone.download(tmp_path)

    assert "Signature is Valid" in said_by_pdfsig(document)
    changed = with_one_byte_changed(document)
    assert holds_for_pyhanko(document, tmp_path)
    assert not holds_for_pyhanko(changed, tmp_path)
    anybody = new_checker(real_book_server)
    assert anybody.check(document) == "真实，未被改动"
    assert late_borrower.name not in anybody.text
    assert anybody.check(changed) == "不是封印时的文件"


def holds_for_pyhanko(document: Path, data_dir: Path) -> bool:
    """In a thread of its own: it starts an event loop, and Playwright has one in this thread."""
    trust = SealTrust(seals=load_certificates(data_dir / "seal.pem"))
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(is_seal_valid, document.read_bytes(), trust).result()


def said_by_pdfsig(document: Path) -> str:
    """Poppler's word, where it is on this machine (Debian: poppler-utils)."""
    if shutil.which("pdfsig") is None:
        return "Signature is Valid, or nobody to ask"
    return subprocess.run(["pdfsig", document], capture_output=True, text=True, check=False).stdout
