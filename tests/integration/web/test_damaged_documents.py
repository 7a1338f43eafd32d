"""A document whose bytes were changed in the database is shown to nobody: a calm page, and a line for those who run the portal."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from portal.adapters.logs import configure_logs
from portal.domain.figure_periods import month_named
from portal.domain.figure_reports import ReportKind
from portal.domain.permissions import SYSTEM, Actor, ActorKind, Role
from portal.models import Agreement, Document, Event, FigureReport
from portal.services.documents import keep_sealed
from portal.services.figure_reports import ask_report, keep_report
from tests.integration.web.conftest import Writing
from tests.integration.web.worlds import visit
from tests.people import NOW, Cast, add_loan
from tests.stories import Story

LANGUAGES = pytest.mark.parametrize("language", ["zh_CN", "en"])
SAID = {"zh_CN": "这份文件现在打不开", "en": "This document cannot be opened now"}
WITHOUT = {
    "zh_CN": "封存的协议打不开，或已不是当初封存的那一份",
    "en": "The sealed agreement cannot be opened",
}
BODY = b"%PDF-1.7 "


@dataclass(frozen=True)
class Kept:
    """Addresses of one agreement's document, of a preview and of a report."""

    agreement: str
    preview: str
    desk: str
    evidence: str
    report: str


@pytest.fixture
def kept(cast: Cast, writing: Writing) -> Kept:
    with writing() as session:
        draft = Story(session, cast.li_na, add_loan(session, cast.li_na, ref="L-2")).start().answer().freeze()
        preview = draft.preview().proposal.public_id
        story = Story(session, cast.li_na, add_loan(session, cast.li_na))
        story.submit()
        agreement = session.scalars(select(Agreement)).one()
        keep_sealed(session, SYSTEM, agreement_id=agreement.id, body=BODY + b"sealed", now=NOW)
        auditor = Actor(ActorKind.STAFF, cast.zheng_hao.id, frozenset({Role.AUDITOR}))
        report = ask_report(
            session, auditor, kind=ReportKind.MONTH, period=month_named("2026-10"), locale="en", now=NOW
        )
        keep_report(session, SYSTEM, report_id=report.id, body=BODY + b"report", now=NOW)
        case = f"/desk/cases/{story.proposal.public_id}"
        return Kept(
            agreement=f"/agreements/{agreement.public_id}/agreement.pdf",
            preview=f"/proposals/{preview}/preview.pdf",
            desk=f"{case}/document.pdf",
            evidence=f"{case}/evidence",
            report=f"/desk/figures/reports/{report.public_id}.pdf",
        )


@pytest.fixture
def logged() -> Callable[[], list[dict[str, object]]]:
    stream = io.StringIO()
    configure_logs(stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def spoil(writing: Writing) -> None:
    """A byte of each."""
    with writing() as session:
        for document in session.scalars(select(Document)):
            document.body_sealed = with_another_end(document.body_sealed)
        for report in session.scalars(select(FigureReport)):
            report.body_sealed = with_another_end(report.body_sealed)


def with_another_end(kept: bytes | None) -> bytes:
    assert kept
    return kept[:-1] + bytes([kept[-1] ^ 1])


def who(app: Flask, cast: Cast, name: str, language: str) -> Callable[[str], TestResponse]:
    if name in {"agreement", "preview"}:
        client = visit(app, borrower=cast.li_na.id)
    else:
        client = visit(app, staff=(cast.zheng_hao if name in {"auditor", "report"} else cast.zhou_min).id)
    client.set_cookie("language", language)
    return client.get


def names_of(writing: Writing) -> list[str]:
    with writing() as session:
        return sorted(session.scalars(select(Event.name)))


@LANGUAGES
@pytest.mark.parametrize("name", ["agreement", "preview", "desk", "auditor", "report"])
def test_it_is_told_calmly_and_noticed(
    app: Flask,
    cast: Cast,
    kept: Kept,
    writing: Writing,
    logged: Callable[[], list[dict[str, object]]],
    name: str,
    language: str,
) -> None:
    address = kept.desk if name == "auditor" else getattr(kept, name)
    get = who(app, cast, name, language)
    whole = get(address)
    assert whole.status_code == 200
    assert whole.data.startswith(BODY)
    before = names_of(writing)
    spoil(writing)
    answer = get(address)
    assert answer.status_code == 500
    assert answer.mimetype == "text/html"
    assert SAID[language] in answer.text
    assert b"%PDF" not in answer.data
    assert "Traceback" not in answer.text
    assert "SealBroken" not in answer.text
    (line,) = (line for line in logged() if line["event"] == "document_damaged")
    assert line["level"] == "error"
    assert str(line["request_id"]) in answer.text
    assert line["sha256"] in digests(writing)
    added = names_of(writing)
    for each in before:
        added.remove(each)
    # Who saw nothing is not told to have looked; what a borrower met leads staff to it.
    assert added == (["refusal:met"] if name in {"agreement", "preview"} else [])


@LANGUAGES
def test_the_evidence_of_its_case_is_given_out_without_it(
    app: Flask,
    cast: Cast,
    kept: Kept,
    writing: Writing,
    logged: Callable[[], list[dict[str, object]]],
    language: str,
) -> None:
    """Events, content and proofs are what shows that somebody changed it."""
    auditor = visit(app, staff=cast.zheng_hao.id)
    auditor.set_cookie("language", language)
    assert WITHOUT[language] not in auditor.get(kept.evidence).text
    spoil(writing)
    page = auditor.get(kept.evidence)
    assert page.status_code == 200
    assert WITHOUT[language] in page.text
    given = auditor.submit(kept.evidence, {"reason": "court"})
    with ZipFile(io.BytesIO(given.data)) as bundle:
        names = bundle.namelist()
        assert json.loads(bundle.read("manifest.json"))["document"] == "damaged"
    assert {"documents/content.json", "events/events.json"} <= set(names)
    assert "documents/agreement.pdf" not in names
    told = [line for line in logged() if line["event"] == "document_damaged"]
    seen = {(line["level"], line["sha256"] in digests(writing), "case" in line) for line in told}
    assert seen == {("error", True, True)}
    with writing() as session:
        made = session.scalars(select(Event).where(Event.name == "evidence:made")).one()
        assert made.fields["documents"] == 0


def test_the_evidence_of_a_case_whose_document_was_erased_says_that_it_was(
    app: Flask, cast: Cast, kept: Kept, writing: Writing, logged: Callable[[], list[dict[str, object]]]
) -> None:
    with writing() as session:
        session.execute(update(Document).values(body_sealed=b"", data_key=None))
    auditor = visit(app, staff=cast.zheng_hao.id)
    auditor.set_cookie("language", "en")
    assert "was erased when its time was over" in auditor.get(kept.evidence).text
    with ZipFile(io.BytesIO(auditor.submit(kept.evidence, {"reason": "court"}).data)) as bundle:
        assert json.loads(bundle.read("manifest.json"))["document"] == "erased"
        assert "documents/agreement.pdf" not in bundle.namelist()
    assert [line for line in logged() if line["event"] == "document_damaged"] == []


@pytest.mark.usefixtures("kept")
def test_a_code_and_the_right_file_are_still_known(app: Flask, writing: Writing) -> None:
    """The record's hash is asked, not the bytes that are kept."""
    spoil(writing)
    with writing() as session:
        code = session.scalars(select(Agreement.check_code)).one()
    assert code in visit(app).submit("/check", {"code": code}).text
    given = visit(app).submit("/check", {"file": (io.BytesIO(BODY + b"sealed"), "agreement.pdf")})
    assert sha256(BODY + b"sealed").hexdigest() in given.text


def digests(writing: Writing) -> set[str | None]:
    with writing() as session:
        return {*session.scalars(select(Document.sha256)), *session.scalars(select(FigureReport.sha256))}
