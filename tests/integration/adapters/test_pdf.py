"""Agreements as PDF: whole, tagged, PDF/A, with text that says what the data says, and with no way out."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread

import pikepdf
import pytest
from jsonschema import Draft202012Validator
from pikepdf import pdfa
from pypdf import PdfReader
from weasyprint import HTML
from weasyprint.urls import URLFetchingError

from portal.adapters.pdf.renderer import WeasyPrintRenderer
from portal.adapters.seal_trust import SealTrust
from portal.adapters.time_stamps.stand_in import StandInTimeStamper
from portal.adapters.time_stamps.tokens import verify_time_stamp
from portal.domain.agreement_parts import PayAccount
from portal.domain.agreements import AgreementContent, content_hash
from portal.domain.canonical_json import canonical_json
from portal.domain.errors import DomainError
from portal.domain.evidence import ContentStamp
from portal.domain.plans import PlanKind
from tests.agreement_samples import WORDING, agreement_content, agreement_parts, plan_of, signing_evidence
from tests.integration.adapters.conftest import CODE, SEALED_AT, SealedSample

OUTWARD = {
    "img": '<img src="{outside}/x" alt="x">',
    "img srcset": '<img srcset="{outside}/x 2x" src="{outside}/y" alt="x">',
    "stylesheet": '<link rel="stylesheet" href="{outside}/x.css">',
    "attachment link": '<link rel="attachment" href="{outside}/x">',
    "attachment anchor": '<a rel="attachment" href="{outside}/x">x</a>',
    "import": '<style>@import url("{outside}/x.css");</style>',
    "font-face": '<style>@font-face {{ font-family: X; src: url("{outside}/x.ttf"); }} p {{ font-family: X; }}</style>',
    "background": '<p style="background: url({outside}/x)">x</p>',
    "list-style": '<ul style="list-style-image: url({outside}/x)"><li>x</li></ul>',
    "border-image": '<p style="border: 1px solid; border-image: url({outside}/x) 1">x</p>',
    "mask": '<p style="mask-image: url({outside}/x)">x</p>',
    "content": '<style>p::before {{ content: url("{outside}/x"); }}</style><p>x</p>',
    "page background": '<style>@page {{ background: url("{outside}/x"); }}</style>',
    "object": '<object data="{outside}/x" type="image/png">x</object>',
    "embed": '<embed src="{outside}/x" type="image/png">',
    "iframe": '<iframe src="{outside}/x"></iframe>',
    "svg image": '<svg width="9" height="9"><image href="{outside}/x" width="9" height="9"/></svg>',
    "svg xlink": '<svg width="9" height="9" xmlns:xlink="http://www.w3.org/1999/xlink">'
    '<image xlink:href="{outside}/x" width="9" height="9"/></svg>',
    "svg use": '<svg width="9" height="9"><use href="{outside}/x.svg#y"/></svg>',
    "svg style": '<svg width="9" height="9"><style>@import "{outside}/x.css";</style><rect width="9" height="9"/></svg>',
    "svg in data": '<img alt="x" src="data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22%3E'
    '%3Cimage href=%22{outside}/x%22 width=%229%22 height=%229%22/%3E%3C/svg%3E">',
    "base": '<base href="{outside}/"><img src="x" alt="x">',
    "color profile": '<style>@color-profile --x {{ src: url("{outside}/x.icc"); }}</style>',
    "video poster": '<video poster="{outside}/x"></video>',
    "script": '<script src="{outside}/x.js"></script>',
}


@pytest.mark.parametrize("installments", [1, 24, 60])
def test_the_text_layer_says_what_the_data_says(renderer: WeasyPrintRenderer, installments: int) -> None:
    content = agreement_content(agreement_parts(plan=plan_of(installments)))
    text = text_of(
        renderer.render_agreement(content, signing_evidence(content), CODE, "https://example.cn/check")
    )
    for row in content.schedule:
        sums = [
            WORDING.number(s, "CNY", "zh_CN")
            for s in (row.due, row.principal, row.interest, row.fee, row.penalty)
        ]
        assert f"{row.number}{row.due_on}" in text
        assert "".join(sums) in text, row
    for clause in content.clauses:
        assert squeezed(clause.title) in text
        for paragraph in clause.paragraphs:
            assert squeezed(paragraph) in text
    for term in content.key_terms:
        assert squeezed(term.text) in text
    for expected in ("李娜", "302X", "199****0001", CODE, content_hash(content), "13.84%", "防篡改封印"):
        assert expected in text


def test_the_preview_says_that_nothing_is_signed(renderer: WeasyPrintRenderer) -> None:
    content = agreement_content()
    preview = renderer.render_preview(content)
    pages = [squeezed(page.extract_text()) for page in PdfReader(BytesIO(preview)).pages]
    assert all("签署前预览尚未签署" in page for page in pages)
    assert "核验码" not in "".join(re.sub("核验码在公开", "", page) for page in pages)


def test_the_same_content_gives_the_same_bytes(renderer: WeasyPrintRenderer, sample: SealedSample) -> None:
    content = agreement_content()
    assert renderer.render_preview(content) == renderer.render_preview(content)
    other = WeasyPrintRenderer(renderer._texts, WORDING)
    assert other.render_preview(content) == renderer.render_preview(content)


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_it_is_a_tagged_pdf_a_with_all_its_metadata(renderer: WeasyPrintRenderer, locale: str) -> None:
    content = agreement_content(agreement_parts(plan=plan_of(6, PlanKind.CATCH_UP), locale=locale))
    body = renderer.render_agreement(content, signing_evidence(content), CODE, "https://example.cn/check")
    with pikepdf.open(BytesIO(body)) as pdf:
        findings = [(f.rule, f.message) for f in pdfa.check(pdf, "3b").findings]
        assert findings == [("ISO_19005_3:6.6.4-3", "pdfaid:conformance is 'A', expected 'B'")]
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == ("en" if locale == "en" else "zh-CN")
        assert pdf.docinfo["/Title"] == f"{content.title} {content.agreement_ref}"
        assert f"check-code:{CODE}" in str(pdf.docinfo["/Keywords"])
        with pdf.open_metadata() as xmp:
            assert xmp["pdfaid:conformance"] == "A"
            assert f"check-code:{CODE}" in xmp["pdf:Keywords"]
            assert content_hash(content) in xmp["pdf:Keywords"]


def test_the_canonical_content_and_the_schedule_are_attached_as_data(sample: SealedSample) -> None:
    attached = PdfReader(BytesIO(sample.unsealed)).attachments
    assert sorted(attached) == ["content.json", "content.schema.json", "schedule.json"]
    assert attached["content.json"][0] == canonical_json(sample.content.as_data())
    with pikepdf.open(BytesIO(sample.unsealed)) as pdf:
        meant = {str(spec.UF): str(spec.AFRelationship) for spec in pdf.Root.AF}
    assert meant == {
        "content.json": "/Data",
        "content.schema.json": "/Supplement",
        "schedule.json": "/Data",
    }


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("kind", list(PlanKind))
def test_the_content_is_as_its_schema_says(sample: SealedSample, kind: PlanKind, locale: str) -> None:
    """The schema that is attached, for every kind of plan; and it is one that refuses."""
    schema = json.loads(PdfReader(BytesIO(sample.unsealed)).attachments["content.schema.json"][0])
    Draft202012Validator.check_schema(schema)
    content = agreement_content(agreement_parts(plan=plan_of(6, kind), locale=locale))
    data = json.loads(canonical_json(content.as_data()))
    Draft202012Validator(schema).validate(data)
    Draft202012Validator(schema).validate(data)
    for broken in ({**data, "more": 1}, {**data, "version": "1"}, {**data, "schedule": [{}]}):
        assert not Draft202012Validator(schema).is_valid(broken)


def test_a_time_stamp_over_the_content_is_attached_and_told(
    renderer: WeasyPrintRenderer, stamper: StandInTimeStamper, trust: SealTrust
) -> None:
    content = agreement_content()
    digest = bytes.fromhex(content_hash(content))
    stamp = ContentStamp(authority="时间戳机构", at="2026-11-01T14:21:05+08:00", token=stamper.stamp(digest))
    evidence = replace(signing_evidence(content), content_stamp=stamp)
    body = renderer.render_agreement(content, evidence, CODE, "https://example.cn/check")
    token = PdfReader(BytesIO(body)).attachments["content.tst"][0]
    assert verify_time_stamp(token, digest, trust.time_stamps) == SEALED_AT
    assert f"{squeezed(WORDING.moment(stamp.at))}，时间戳机构；封印内另有同一机构的时间戳" in text_of(body)
    without = text_of(
        renderer.render_agreement(content, signing_evidence(content), CODE, "https://example.cn/check")
    )
    assert "未使用时间戳机构" in without


def test_every_figure_has_words_for_those_who_do_not_see_it(sample: SealedSample) -> None:
    with pikepdf.open(BytesIO(sample.unsealed)) as pdf:
        figures = [
            item
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/Figure"
        ]
    assert [str(figure.Alt) for figure in figures] == ["核验网址的二维码"]


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_a_head_that_is_only_heard_is_drawn_in_neither_language(
    renderer: WeasyPrintRenderer, locale: str
) -> None:
    content = agreement_content(agreement_parts(plan=plan_of(6, PlanKind.CATCH_UP), locale=locale))
    drawn: list[str] = []
    for page in PdfReader(BytesIO(renderer.render_preview(content))).pages:
        page.extract_text(visitor_text=lambda text, *_how: drawn.append(text.strip()))
    assert drawn.count("项目") == 1  # the disclosure's, which is seen


def test_the_foot_of_a_page_names_nobody(sample: SealedSample) -> None:
    for page in PdfReader(BytesIO(sample.unsealed)).pages[1:3]:
        foot = squeezed(page.extract_text()).rpartition("协议编号")[2]
        assert "李" not in foot
        assert CODE in foot


@pytest.mark.parametrize("name", ["㛃", "𬭎", "龘", "䶮", "欧阳·阿依古丽"])
def test_a_rare_name_is_drawn(renderer: WeasyPrintRenderer, name: str) -> None:
    content = agreement_content(agreement_parts(name=name))
    assert name in text_of(renderer.render_preview(content))


@pytest.mark.parametrize(("name", "character"), [("李𠮷", "𠮷"), ("李🙂", "🙂"), ("李\ue000", "\ue000")])
def test_a_name_that_no_font_can_draw_stops_the_document(
    renderer: WeasyPrintRenderer, name: str, character: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        renderer.render_preview(agreement_content(agreement_parts(name=name)))
    assert refusal.value.code == "glyph_missing"
    assert refusal.value.details == {
        "character": character,
        "code_point": f"U+{ord(character):04X}",
        "where": "borrower.name",
    }


def test_after_a_refusal_the_next_document_is_made(renderer: WeasyPrintRenderer) -> None:
    with pytest.raises(DomainError):
        renderer.render_preview(agreement_content(agreement_parts(name="𠮷")))
    assert renderer.render_preview(agreement_content()).startswith(b"%PDF-1.7")


def test_a_content_that_lacks_something_is_not_drawn(renderer: WeasyPrintRenderer) -> None:
    with pytest.raises(DomainError, match="agreement_contents_missing"):
        renderer.render_preview(replace(agreement_content(), accounts=()))


@pytest.mark.parametrize("where", ["http", "file"])
@pytest.mark.parametrize("vector", OUTWARD)
def test_nothing_outside_is_reached(
    renderer: WeasyPrintRenderer, vector: str, where: str, tmp_path: Path
) -> None:
    (tmp_path / "x").write_bytes(b"a secret of this machine")
    with listening() as (address, requests):
        page = page_with(vector, address if where == "http" else tmp_path.as_uri())
        try:
            body = renderer._pdf_of(page, [])
        except DomainError as refusal:
            body = refusal.code.encode()
            assert body == b"document_reference_refused"
    assert requests == []
    assert b"a secret of this machine" not in unpacked(body)


def test_the_same_pages_do_reach_out_with_the_librarys_own_fetcher() -> None:
    reaching = []
    for vector in OUTWARD:
        with listening() as (address, requests), suppress(URLFetchingError):
            HTML(string=page_with(vector, address)).write_pdf()
        reaching += [vector] if requests else []
    assert len(reaching) >= 15, reaching


def page_with(vector: str, outside: str) -> str:
    return f"<!doctype html><html lang=zh><title>x</title>{OUTWARD[vector].format(outside=outside)}<p>x</p>"


def test_markup_in_data_is_text(renderer: WeasyPrintRenderer) -> None:
    with listening() as (address, requests):
        body = renderer.render_preview(hostile_content(address))
    assert requests == []
    assert squeezed(f'<imgsrc="{address}/x">') in text_of(body)


def hostile_content(address: str) -> AgreementContent:
    markup = f'<img src="{address}/x">'
    content = agreement_content(agreement_parts(name=markup))
    return replace(
        content,
        title=markup,
        agreement_ref=markup,
        creditor=replace(content.creditor, name=markup, address=markup, phone=markup),
        accounts=(PayAccount(bank=markup, account_name=markup, account_number=markup),),
        policy_version=markup,
        introduction=(markup, f"<style>@import '{address}/x';</style>"),
    )


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """A server on this machine that remembers every request made to it."""
    requests: list[str] = []

    class Remembering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            pass

    server = HTTPServer(("127.0.0.1", 0), Remembering)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", requests
    finally:
        server.shutdown()
        server.server_close()


def unpacked(body: bytes) -> bytes:
    if not body.startswith(b"%PDF"):
        return body
    with pikepdf.open(BytesIO(body)) as pdf:
        streams = [item.read_bytes() for item in pdf.objects if isinstance(item, pikepdf.Stream)]
    return body + b"".join(streams)


def text_of(body: bytes) -> str:
    """The text layer without white space, page heads and feet, so that paragraphs read on across pages."""
    pages = [squeezed(page.extract_text()) for page in PdfReader(BytesIO(body)).pages]
    head = re.compile(r"^(个性化分期还款协议|签署前预览尚未签署，尚未生效，仅供阅读和下载)")
    foot = re.compile(r"协议编号P7K3M9QX(·核验码[0-9A-Z-]{20})?第\d+页，共\d+页")
    return "".join(foot.sub("", head.sub("", page)) for page in pages)


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)
