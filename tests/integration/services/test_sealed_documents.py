"""Drawn documents stand sealed: the database alone tells nothing of them, what was changed is given to nobody, new keys lose nothing."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine, make_url, select, text, update
from sqlalchemy.orm import Session

from portal.db import transaction
from portal.domain.errors import Damaged, NotFound
from portal.domain.figure_periods import month_named
from portal.domain.figure_reports import ReportKind
from portal.domain.permissions import SYSTEM, Actor, ActorKind, Role
from portal.models import Agreement, Base, Document, FigureReport, ProposalVersion
from portal.models.keyring import SealBrokenError
from portal.models.sealing import RowKey
from portal.queries.kept_documents import opened_body
from portal.queries.key_uses import SEALED_TABLES, key_uses, shut_uses
from portal.queries.proposals import document_body
from portal.queries.wholeness import changed_documents
from portal.services.documents import keep_sealed, store_document
from portal.services.figure_reports import ask_report, keep_report
from portal.services.key_rotation import rotate_some
from tests.databases import Database
from tests.integration.services.test_sealed_rows import AFTER, BEFORE, MEANWHILE, under
from tests.people import NOW, add_cast, add_loan
from tests.stories import Story

NAME = "欧阳植入"
MARK = b"%PDF-1.7\n"
"""How they begin: long enough that no sealed byte says so by chance."""


def pdf(number: int) -> bytes:
    """As long as one that was drawn, with a name in the middle, and like no other."""
    noise = Random(number).randbytes(50_000)
    return MARK + noise + f"({NAME})".encode() + noise[::-1] + b"\n%%EOF"


SEALED, PREVIEW, REPORT = pdf(1), pdf(2), pdf(3)


def keep_all(session: Session) -> None:
    """A preview, an agreement's document and a report, each kept by the verb that keeps it."""
    cast = add_cast(session)
    story = Story(session, cast.li_na, add_loan(session, cast.li_na))
    story.submit()
    agreement = session.scalars(select(Agreement)).one()
    keep_sealed(session, SYSTEM, agreement_id=agreement.id, body=SEALED, now=NOW)
    preview, _ = store_document(session, PREVIEW, now=NOW)
    session.execute(update(ProposalVersion).values(preview_document_id=preview))
    auditor = Actor(ActorKind.STAFF, cast.zheng_hao.id, frozenset({Role.AUDITOR}))
    report = ask_report(
        session, auditor, kind=ReportKind.MONTH, period=month_named("2026-10"), locale="en", now=NOW
    )
    keep_report(session, SYSTEM, report_id=report.id, body=REPORT, now=NOW)


def opened(session: Session) -> set[bytes | None]:
    kept = [*session.scalars(select(Document)), *session.scalars(select(FigureReport))]
    return set(map(opened_body, kept))


def in_clear(said: bytes) -> list[str]:
    """What of the documents can be read there: as bytes, as digits, or packed into text."""
    found = []
    for body in (SEALED, PREVIEW, REPORT):
        middle = body[len(body) // 3 :][:48]
        for what, clear in {"%PDF": MARK, "name": NAME.encode(), "middle": middle}.items():
            packed = [b64encode(clear[skip:])[:-4] for skip in range(3)]
            if any(form in said for form in (clear, clear.hex().encode(), *packed)):
                found.append(what)
    return found


def values_of(session: Session) -> Iterator[tuple[str, bytes]]:
    """Each column of each table as the database itself gives it."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            for value in session.execute(text(f'SELECT "{column.name}" FROM "{table.name}"')).scalars():
                yield (
                    f"{table.name}.{column.name}",
                    bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode(),
                )


def file_of(database: Database) -> bytes:
    """All that SQLite keeps of it, what it let go of included."""
    file = Path(make_url(database.url).database or "")
    return b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))


def test_no_byte_of_a_document_stands_in_any_column(session: Session) -> None:
    keep_all(session)
    session.expire_all()
    assert {SEALED, PREVIEW, REPORT} <= opened(session)
    found = {place: clear for place, value in values_of(session) if (clear := in_clear(value))}
    assert found == {}
    assert in_clear(SEALED) == ["%PDF", "name", "middle", "%PDF", "name", "%PDF", "name"]
    digests = session.scalars(select(Document.sha256)).all()
    assert {sha256(body).hexdigest() for body in (SEALED, PREVIEW)} <= set(digests)
    assert session.scalars(select(FigureReport.sha256)).one() == sha256(REPORT).hexdigest()
    assert list(changed_documents(session)) == []


def test_the_file_itself_holds_none(sqlite_database: Database) -> None:
    with transaction(sqlite_database.engine) as session:
        keep_all(session)
    with transaction(sqlite_database.engine) as session:
        session.execute(update(Document).values(data_key=None, body_sealed=b""))
    said = file_of(sqlite_database)
    assert in_clear(said) == []
    assert sha256(SEALED).hexdigest().encode() in said


@pytest.mark.parametrize(
    "change",
    [
        lambda own, _: {"body_sealed": own.body_sealed[:40] + bytes([own.body_sealed[40] ^ 1]) + own.body_sealed[41:]},
        lambda own, _: {"body_sealed": own.body_sealed[:-1]},
        lambda _, other: {"body_sealed": other.body_sealed},
        lambda _, other: {"data_key": other.data_key},
        lambda _, other: {"data_key": other.data_key, "body_sealed": other.body_sealed},
        lambda *_: {"data_key": None},
        lambda *_: {"body_sealed": b""},
        lambda *_: {"body_sealed": SEALED},
        lambda own, _: Document.insertable({"sha256": own.sha256, "body": b"%PDF-1.7 another"}),
    ],
    ids=[
        "a changed byte", "cut", "another's bytes", "another's key", "another's key and bytes", "no key", "no bytes", "in clear",
        "other bytes by whoever has the keys",
    ],
)  # fmt: skip
def test_what_was_changed_is_given_to_nobody(
    session: Session, change: Callable[[Document, Document], dict[str, object]]
) -> None:
    own_id, digest = store_document(session, SEALED, now=NOW)
    other_id, _ = store_document(session, PREVIEW, now=NOW)
    own, other = session.get_one(Document, own_id), session.get_one(Document, other_id)
    assert document_body(session, own_id) == SEALED
    session.execute(update(Document).where(Document.id == own_id).values(change(own, other)))
    session.expire_all()
    with pytest.raises(Damaged, match="document_damaged") as refused:
        document_body(session, own_id)
    assert refused.value.details == {"sha256": digest}
    assert document_body(session, other_id) == PREVIEW
    assert list(changed_documents(session)) == [digest]


def test_a_reports_bytes_open_in_its_own_row_alone(session: Session) -> None:
    keep_all(session)
    report = session.scalars(select(FigureReport)).one()
    session.execute(update(FigureReport).values(body_sealed=report.body_sealed[:-1]))  # type: ignore[index]
    session.expire_all()
    with pytest.raises(Damaged):
        opened_body(report)
    assert list(changed_documents(session)) == [sha256(REPORT).hexdigest()]
    session.execute(update(FigureReport).values(body_sealed=b"", data_key=None))
    session.expire_all()
    with pytest.raises(Damaged):
        opened_body(report)


def test_bytes_are_bound_to_table_column_and_row() -> None:
    key = RowKey.fresh("document:data_key:x")
    kept = key.seal_bytes(("document", "body", "x"), SEALED)
    assert key.open_bytes(("document", "body", "x"), kept) == SEALED
    assert kept != key.seal_bytes(("document", "body", "x"), SEALED)
    for place in (("figure_report", "body", "x"), ("document", "text", "x"), ("document", "body", "y")):
        with pytest.raises(SealBrokenError):
            key.open_bytes(place, kept)


def test_what_was_erased_is_not_there(session: Session) -> None:
    document_id, _ = store_document(session, SEALED, now=NOW)
    session.execute(update(Document).values(data_key=None, body_sealed=b""))
    session.expire_all()
    with pytest.raises(NotFound):
        document_body(session, document_id)
    assert list(changed_documents(session)) == []


def test_a_change_of_keys_reaches_documents_and_leaves_their_bytes(database: Database) -> None:
    old, both, new = (under(database, ring) for ring in (BEFORE, MEANWHILE, AFTER))
    with transaction(old) as session:
        keep_all(session)
        bytes_before = kept_bytes(session)
    for model in SEALED_TABLES:
        with transaction(both) as session:
            while rotate_some(session, model, at_once=1):
                pass
    with transaction(new, writes=False) as session:
        assert {SEALED, PREVIEW, REPORT} <= opened(session)
        assert kept_bytes(session) == bytes_before
        assert {use.table for use in key_uses(session)} >= {"document", "figure_report"}
        assert {use.name for use in key_uses(session)} == {"new"}
        assert shut_uses(session) == []
    for engine in (old, both, new):
        engine.dispose()


def test_whoever_lacks_the_key_is_told_so_and_given_nothing(database: Database) -> None:
    old: Engine = under(database, BEFORE)
    with transaction(old) as session:
        document_id, _ = store_document(session, SEALED, now=NOW)
    stranger = under(database, AFTER)
    with transaction(stranger, writes=False) as session:
        shut = shut_uses(session)
        assert [(use.table, use.name) for use in shut] == [("document", "old")]
        assert list(changed_documents(session, shut)) == []
        with pytest.raises(Damaged):
            document_body(session, document_id)
    for engine in (old, stranger):
        engine.dispose()


def kept_bytes(session: Session) -> set[bytes | None]:
    return {
        *session.scalars(select(Document.body_sealed)),
        *session.scalars(select(FigureReport.body_sealed)),
    }
