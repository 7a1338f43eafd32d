"""Each hostile string through each field that reaches an agreement, from the way in: refused at the door with a message, stopped before
signing with the character's name, or true in the text layer. Nothing outside is asked for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # it has none
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adapters.book_order import lines_in_order
from portal.adapters.pdf.renderer import WeasyPrintRenderer
from portal.adapters.seal import KeyFileSealer
from portal.adapters.signature_fields import LENDER_FIELD
from portal.commands.book_run import LOAN_FILES, scan_folder
from portal.domain.agreements import AgreementContent
from portal.domain.book_borrowers import BookBorrower, read_borrower
from portal.domain.book_columns import BookFile
from portal.domain.book_loans import BookLoan
from portal.domain.book_rows import grouped
from portal.domain.errors import DomainError
from portal.domain.loan_book import read_loan
from portal.domain.permissions import SYSTEM
from portal.i18n import use_locale
from portal.messages import text_of as message_of
from portal.models import Borrower, Loan
from portal.services.book_borrowers import import_borrowers
from portal.services.creditors import NewAccount, add_account, describe_creditor
from portal.services.loan_book import import_loans
from tests.agreement_samples import CHECK_URL, signing_evidence
from tests.books import Book, small_book
from tests.databases import Database
from tests.hostile_words import CORPUS, as_sent
from tests.integration.adapters.conftest import CODE, IDENTITY
from tests.integration.adapters.test_pdf import listening, squeezed, text_of
from tests.people import NOW, TODAY, add_calendar, add_creditor, add_policy
from tests.postgresql_server import ROOT
from tests.stories import Story

OUTWARD = ('<img src="{address}/x">', "<style>@import '{address}/x';</style>", "url({address}/x)")
WORDS = tuple(map(as_sent, CORPUS))


@dataclass(frozen=True)
class Door:
    """What the outside may say of one loan's parties."""

    name: str = "李娜"
    loan_ref: str = "L-1"
    creditor: str = "安心消费金融有限公司"
    phone: str = "400-800-1234"
    address: str = "上海市浦东新区世纪大道 1 号"
    bank: str = "中国工商银行上海浦东支行"
    account_name: str = "安心消费金融有限公司"
    account_number: str = "1001 2345"


LONGEST = {
    "name": 200,
    "loan_ref": 64,
    "creditor": 200,
    "phone": 40,
    "address": 300,
    "bank": 120,
    "account_name": 200,
    "account_number": 40,
}
FIELDS = tuple(LONGEST)
OF_BOOK = {"name", "loan_ref", "creditor"}
"""The others come in by the operator's commands."""


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """What is read and drawn is the same on both."""
    return sqlite_database


@pytest.fixture
def office(session: Session, tmp_path: Path) -> "Office":
    add_policy(session)
    add_calendar(session)
    add_creditor(session)
    return Office(session, tmp_path)


@dataclass(frozen=True)
class Office:
    """Where the book and the operator's commands come in. Each try leaves nothing behind."""

    session: Session
    folder: Path

    def content(self, door: Door) -> AgreementContent:
        with self.session.begin_nested() as attempt:
            loan = self._let_in(door)
            story = Story(self.session, self.session.get_one(Borrower, loan.borrower_id), loan)
            story.start().answer().freeze()
            content = AgreementContent.from_data(story.version.content)
            attempt.rollback()
        return content

    def refusal(self, name: str, word: str) -> DomainError | None:
        """What this field's door says to the word; None where it is let in."""
        door, found = Door(**{name: word}), None
        with self.session.begin_nested() as attempt:
            try:
                if name in OF_BOOK:
                    read_book(book_of(door), self.folder)
                else:
                    self._describe(door)
            except DomainError as error:
                found = error
            attempt.rollback()
        return found

    def _let_in(self, door: Door) -> Loan:
        people, loans = read_book(book_of(door), self.folder)
        import_borrowers(self.session, SYSTEM, borrowers=people, now=NOW)
        import_loans(self.session, SYSTEM, loans=loans, today=TODAY, now=NOW)
        self._describe(door)
        return self.session.scalars(select(Loan).where(Loan.loan_ref == door.loan_ref)).one()

    def _describe(self, door: Door) -> None:
        describe_creditor(
            self.session,
            SYSTEM,
            creditor_name=door.creditor,
            phone=door.phone,
            address=door.address,
            today=TODAY,
            now=NOW,
        )
        account = NewAccount(
            bank=door.bank, account_name=door.account_name, account_number=door.account_number, currency="CNY",
            effective_on=TODAY,
        )  # fmt: skip
        add_account(self.session, SYSTEM, creditor_name=door.creditor, account=account, now=NOW)


def book_of(door: Door) -> Book:
    book = small_book(1)
    book.borrowers[0]["name"] = door.name
    book.loans[0]["creditor"] = door.creditor
    for row in (*book.loans, *book.installments, *book.payments):
        row["loan_ref"] = door.loan_ref
    return book


def read_book(book: Book, folder: Path) -> tuple[list[BookBorrower], list[BookLoan]]:
    """As ``portal import`` reads it; the first violation is raised."""
    files = scan_folder(book.write(folder))
    people = [
        read_borrower(g) for g in grouped({BookFile.BORROWERS: lines_in_order(files[BookFile.BORROWERS])})
    ]
    loans = [
        read_loan(g, g.digest()) for g in grouped({file: lines_in_order(files[file]) for file in LOAN_FILES})
    ]
    for each in (*people, *loans):
        if not isinstance(each, BookBorrower | BookLoan):
            raise each[0].error
    return [p for p in people if isinstance(p, BookBorrower)], [n for n in loans if isinstance(n, BookLoan)]


def is_told(error: DomainError) -> bool:
    """There is a sentence for it, in both languages."""
    texts = []
    for locale in ("zh_CN", "en"):
        with use_locale(locale):
            texts.append(message_of(error))
    return all(texts) and error.code not in texts


def together(words: list[str], most: int) -> list[str]:
    """As few texts as hold all the words, none longer than the field takes."""
    texts = [words[0]]
    for word in words[1:]:
        joined = f"{texts[-1]} {word}"
        if len(joined) <= most:
            texts[-1] = joined
        else:
            texts.append(word)
    return texts


def rounds(words: Mapping[str, list[str]]) -> Iterator[Door]:
    """Each word in each field once, in as few documents as that takes: all fields at a time."""
    texts = {name: together(words[name], most) for name, most in LONGEST.items()}
    for number in range(max(map(len, texts.values()))):
        yield Door(**{name: found[number % len(found)] for name, found in texts.items()})


@pytest.fixture(scope="module")
def alphabet() -> frozenset[str]:
    """What the documents' font can draw, with what every page needs no picture for."""
    font = TTFont(ROOT / ".fonts" / "NotoSansSC-Regular.ttf", lazy=True)
    return frozenset(map(chr, font.getBestCmap())) | frozenset(" \u200c\u200d")


def test_each_word_in_each_field_is_refused_or_true_in_the_sealed_document(
    office: Office, renderer: WeasyPrintRenderer, sealer: KeyFileSealer, alphabet: frozenset[str]
) -> None:
    with listening() as (address, requests):
        words = (*WORDS, *(each.format(address=address) for each in OUTWARD))
        let_in = {name: [word for word in words if is_let_in(office, name, word)] for name in FIELDS}
        drawn = {
            name: [word for word in words if alphabet.issuperset(word)] for name, words in let_in.items()
        }
        untrue = [
            f"{name} {getattr(door, name)[:30]!r}"
            for door in rounds(drawn)
            for name in lost(door, sealed(renderer, sealer, office.content(door)))
        ]
    assert untrue == []
    assert requests == []
    assert all(len(found) > 8 for found in drawn.values()), {
        name: len(found) for name, found in drawn.items()
    }


def test_a_word_beyond_the_font_stops_before_signing_by_name(
    office: Office, renderer: WeasyPrintRenderer, alphabet: frozenset[str]
) -> None:
    beyond = [
        word for word in WORDS if office.refusal("name", word) is None and not alphabet.issuperset(word)
    ]
    assert len(beyond) > 1
    for word, name in zip(beyond, cycle(("name", "loan_ref", "creditor", "bank")), strict=False):
        with pytest.raises(DomainError, match="glyph_missing") as refusal:
            renderer.render_preview(office.content(Door(**{name: word[:40].strip()})))
        assert str(refusal.value.details["character"]) in word
        assert is_told(refusal.value)


def is_let_in(office: Office, name: str, word: str) -> bool:
    refusal = office.refusal(name, word)
    assert refusal is None or is_told(refusal), refusal
    return refusal is None


def sealed(renderer: WeasyPrintRenderer, sealer: KeyFileSealer, content: AgreementContent) -> str:
    evidence = signing_evidence(content, sealer.description)
    body = renderer.render_agreement(content, evidence, CODE, CHECK_URL.format(code=CODE))
    return text_of(sealer.sign(body, LENDER_FIELD, IDENTITY))


def lost(door: Door, text: str) -> Iterator[str]:
    """The fields that the document does not say."""
    return (name for name in FIELDS if squeezed(getattr(door, name)) not in text)
