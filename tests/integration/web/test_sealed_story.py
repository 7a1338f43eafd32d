"""After a whole story the database as it lies on the disk says nobody's name, number, ending or address, but where that is declared."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import make_url, select, text, update

from portal.adapters.business_texts import PackagedTexts
from portal.adapters.sms import DemoMessages
from portal.adapters.wording import BabelWording
from portal.commands.work import HANDLERS, Workshop, run_until_empty
from portal.config import Config
from portal.db import transaction
from portal.domain.one_time_codes import CodePurpose
from portal.models import Base, Borrower, DemoMessage, EmailAddress, NumberChange, ServiceCase
from tests.clocks import HandClock
from tests.codes import code_sent_to
from tests.databases import Database
from tests.integration.web.conftest import SECRET_KEY, BorrowerClient, Writing
from tests.integration.web.worlds import visit
from tests.people import TOTP_SECRET, Cast, add_borrower, add_loan
from tests.stories import Story

NAME, WORDS, MOBILE, NEW, ENDING, EMAIL = (
    "欧阳植入",
    "植入的心里话",
    "+8613912345678",
    "+8613787654321",
    "774X",
    "planted.person@example.cn",
)
PLANTED: Mapping[str, str] = {
    "name": NAME,
    "words": WORDS,
    "number": MOBILE.removeprefix("+86"),
    "new number": NEW.removeprefix("+86"),
    "ending": ENDING,
    "address": EMAIL,
    "authenticator": TOTP_SECRET,
}
DECLARED = {
    # The demo's own page of what would have been sent.
    "demo_message": {"number", "new number", "address"},
}


@pytest.fixture
def person(cast: Cast, writing: Writing) -> Borrower:
    del cast
    with writing() as session:
        borrower = add_borrower(session, NAME, mobile=MOBILE, id_last4=ENDING)
        Story(session, borrower, add_loan(session, borrower, ref="L-77")).submit()
        return borrower


def ask_for_another_number(client_of: Flask, writing: Writing) -> None:
    stranger = visit(client_of)
    stranger.submit("/new-number", {"old": MOBILE, "ending": ENDING, "new": NEW})
    with writing() as session:
        code = code_sent_to(session, NEW, SECRET_KEY, CodePurpose.NEW_NUMBER)
    assert stranger.submit("/new-number/code", {"code": code}).location == "/new-number/asked"


def found_in(database: Database) -> dict[str, set[str]]:
    """By table what of the planted is in its rows, as the database itself writes them out."""
    found: dict[str, set[str]] = {}
    with transaction(database.engine, writes=False) as session:
        for table in Base.metadata.sorted_tables:
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            rows = repr(session.execute(text(f"SELECT {names} FROM {table.name}")).all())
            if here := {what for what, said in PLANTED.items() if said in rows}:
                found[table.name] = here
    return found


@pytest.mark.personal_data("looks itself at each column, an incident's own among them")
def test_nobody_is_named_but_where_it_is_declared(
    app: Flask,
    config: Config,
    clock: HandClock,
    database: Database,
    person: Borrower,
    borrower_client: BorrowerClient,
    writing: Writing,
) -> None:
    visit(app).submit("/sign-in", {"mobile": MOBILE})
    clock.move_on(minutes=2)
    client = borrower_client(person)
    client.submit("/record/email", {"email": EMAIL})
    assert client.get("/").status_code == 200
    assert client.submit("/complain", {"topic": "how_contacted", "body": WORDS}).status_code == 303
    ask_for_another_number(app, writing)
    sender = DemoMessages(database.engine, PackagedTexts(), BabelWording(), clock)
    shop = Workshop(config, database.engine, clock, renderer=None, sealer=None, sender=sender)  # type: ignore[arg-type]
    run_until_empty(shop, {kind: HANDLERS[kind] for kind in ("sms", "number:notice")})
    with writing() as session:
        told = session.scalars(select(DemoMessage.mobile)).all()
        assert MOBILE in told
        change = session.scalars(select(NumberChange)).one()
        assert (change.old_mobile, change.new_mobile, change.borrower_id) == (MOBILE, NEW, person.id)
        assert session.scalars(select(EmailAddress)).one().address == EMAIL
        assert WORDS in {each.body for each in session.scalars(select(ServiceCase))}
    found = found_in(database)
    beyond = {table: here - DECLARED.get(table, set()) for table, here in found.items()}
    assert {table: here for table, here in beyond.items() if here} == {}
    assert found["demo_message"]


def test_the_file_itself_says_nothing(sqlite_database: Database, tmp_path: Path) -> None:
    """What was written, changed and deleted meanwhile included."""
    with transaction(sqlite_database.engine) as session:
        person = add_borrower(session, NAME, mobile=MOBILE, id_last4=ENDING)
        person.email = EMAIL
    with transaction(sqlite_database.engine) as session:
        session.get_one(Borrower, person.id).mobile = NEW
    with transaction(sqlite_database.engine) as session:
        assert session.get_one(Borrower, person.id).name == NAME
        session.delete(session.get_one(Borrower, person.id))
    file = Path(make_url(sqlite_database.url).database or "")
    said = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    assert [what for what, planted in PLANTED.items() if planted.encode() in said] == []
    assert person.public_id.encode() in said


@pytest.mark.parametrize(
    "path", ["/", "/cases", "/record", "/record/messages", "/record/record.txt", "/record/record.json"]
)
def test_pages_answer_calmly_to_whose_key_was_erased(
    app: Flask, person: Borrower, writing: Writing, path: str
) -> None:
    client = visit(app, borrower=person.id)
    before = client.get(path).status_code
    with writing() as session:
        session.execute(update(Borrower).where(Borrower.id == person.id).values(data_key=None))
    answer = client.get(path)
    assert answer.status_code == before < 500
    # The text of a plan names its borrower under a key of its own, and stands in the copy of all that is kept.
    kept = answer.json or {}
    texts = [str(plan.pop("content")) for plan in kept.get("plans", [])]
    assert [NAME in text for text in texts] == [True] * len(texts)
    assert NAME not in str(kept or answer.text)
