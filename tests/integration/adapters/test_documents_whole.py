"""Documents of many kinds from end to end: hard names, 1 to 60 installments, other machines' settings, and words that are markup.

In short by default; ``--slow`` takes a hundred agreements and each byte of one.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from pypdf import PdfReader

from portal.adapters.document_check import check_document
from portal.adapters.pdf.pages import AgreementPage
from portal.adapters.pdf.renderer import WeasyPrintRenderer
from portal.adapters.seal import KeyFileSealer
from portal.adapters.seal_checks import are_ours, check_signatures
from portal.adapters.seal_trust import SealTrust
from portal.adapters.signature_fields import LENDER_FIELD
from portal.domain.agreements import AgreementContent, refuse_incomplete
from portal.domain.document_changes import compare_bytes
from portal.domain.document_checks import Stamp, Verdict
from portal.domain.errors import DomainError
from portal.domain.evidence import ContentStamp, SealDescription, SealKind, SigningEvidence
from portal.domain.plans import PlanKind
from tests.agreement_samples import (
    TEXTS,
    WORDING,
    agreement_content,
    agreement_parts,
    plan_of,
    signing_evidence,
)
from tests.integration.adapters.conftest import CODE, IDENTITY, SealedSample
from tests.integration.adapters.test_document_check import OneDocument, on_record
from tests.integration.adapters.test_pdf import OUTWARD, listening, squeezed, text_of, unpacked
from tests.pdf_a import pdf_a_faults
from tests.tampered import flipped, places_of_each_part

__all__ = ["on_record"]

NAMES = (
    "李娜",
    "㛃",
    "𬭎",
    "龘䶮",
    "欧阳·阿依古丽",
    "买买提·吐尔逊·阿卜杜热西提",
    "Nguyễn Thị Ánh Tuyết",
    "Zoë O’Connor-Smith",
    "丨一丿",
    "卡卜希玛才让",
    "𫍽𬀩",
    "A",
    "王" * 20,
)
LENGTHS = (1, 60, 2, 24, 7, 36, 12, 59, 3, 48)


def agreements(*, is_long: bool) -> Iterator[tuple[str, int, str]]:
    """(name, installments, language): a hundred that meet every name and every length from 1 to 60; four in short."""
    for number in range(100 if is_long else 4):
        length = LENGTHS[number] if number < len(LENGTHS) else number % 60 + 1
        yield NAMES[number % len(NAMES)], length, "en" if number % 4 == 3 else "zh_CN"


def test_every_agreement_is_valid_for_three_readers_and_says_what_its_data_says(
    renderer: WeasyPrintRenderer, sealer: KeyFileSealer, trust: SealTrust, tmp_path: Path, is_long: bool
) -> None:
    for name, installments, locale in agreements(is_long=is_long):
        content = agreement_content(agreement_parts(plan=plan_of(installments), name=name, locale=locale))
        drawn = renderer.render_agreement(
            content, signing_evidence(content, sealer.description), CODE, "https://portal.example.cn/check"
        )
        sealed = sealer.sign(drawn, LENDER_FIELD, IDENTITY)
        found = check_signatures(sealed, trust)
        assert are_ours(found), name
        assert found[0].stamp is Stamp.HOLDS, name
        assert pdf_a_faults(sealed) == [], name
        assert "Signature is Valid." in said_by_pdfsig(sealed, tmp_path), name
        says_what_its_data_says(content, sealed)


def said_by_pdfsig(body: bytes, folder: Path) -> str:
    """Poppler's word, where it is on this machine (Debian: poppler-utils)."""
    if which("pdfsig") is None:
        return "Signature is Valid. Or nobody to ask."
    path = folder / "agreement.pdf"
    path.write_bytes(body)
    return subprocess.run(["pdfsig", str(path)], capture_output=True, text=True, check=False).stdout


def says_what_its_data_says(content: AgreementContent, body: bytes) -> None:
    text = text_of(body) if content.locale == "zh_CN" else squeezed("".join(pages_of(body)))
    assert squeezed(content.borrower.name) in text
    for row in content.schedule:
        sums = (row.due, row.principal, row.interest, row.fee, row.penalty)
        assert f"{row.number}{row.due_on}" in text
        assert "".join(WORDING.number(minor, "CNY", content.locale) for minor in sums) in text, row
    for term in content.key_terms:
        assert squeezed(term.title) in text


def test_where_the_borrower_reads_english_the_chinese_text_stands_beside_it(
    renderer: WeasyPrintRenderer,
) -> None:
    content = in_two_languages()
    assert content.beside is not None
    text = squeezed("".join(pages_of(renderer.render_preview(content))))
    for words in (content, content.beside):
        assert squeezed(words.title) in text
        for clause in words.clauses:
            assert squeezed(clause.title) in text
            for paragraph in clause.paragraphs:
                assert all(piece in text for piece in squeezed(paragraph).split("-")), paragraph
        for term in words.key_terms:
            assert squeezed(term.title) in text
        for item in words.disclosure:
            assert squeezed(item.name) in text


def pages_of(body: bytes) -> Iterator[str]:
    return (page.extract_text() for page in PdfReader(BytesIO(body)).pages)


RENDER = """
from hashlib import sha256
from portal.adapters.pdf.renderer import WeasyPrintRenderer
from tests.agreement_samples import *
content = agreement_content(agreement_parts(name="㛃龘"))
renderer = WeasyPrintRenderer(TEXTS, WORDING)
for body in (renderer.render_preview(content), renderer.render_agreement(content, signing_evidence(content), "{code}", "https://e.cn")):
    print(sha256(body).hexdigest())
"""


def test_the_unsealed_bytes_are_the_same_in_another_process_with_other_settings(
    renderer: WeasyPrintRenderer, tmp_path: Path
) -> None:
    content = agreement_content(agreement_parts(name="㛃龘"))
    here = [
        renderer.render_preview(content),
        renderer.render_agreement(content, signing_evidence(content), CODE, "https://e.cn"),
    ]
    kept = {
        name: os.environ[name]
        for name in ("FONTCONFIG_FILE", "LD_LIBRARY_PATH", "PATH")
        if name in os.environ
    }
    elsewhere = {
        **kept,
        "HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8",
        "TZ": "America/New_York",
        "PYTHONHASHSEED": "7",
        "PYTHONPATH": str(Path(__file__).parents[3]),
    }
    said = subprocess.run(
        [sys.executable, "-c", RENDER.replace("{code}", CODE)],
        env=elsewhere,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.split() == [sha256(body).hexdigest() for body in here]


def test_no_flipped_byte_of_any_part_stays_unseen(
    sample: SealedSample, on_record: OneDocument, is_long: bool
) -> None:
    """A sample of each object, stream, cross-reference and of the signature; each byte in turn in the long form."""
    body = sample.sealed
    for place in range(len(body)) if is_long else places_of_each_part(body, 1):
        result = check_document(flipped(body, place), on_record, sample.trust, compare_bytes)
        assert result.verdict is Verdict.CHANGED, place
        assert [(change.count, change.first) for change in result.changes] == [(1, place + 1)]


class Tags(HTMLParser):
    """The elements of a page with the names of their attributes: what is markup in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, ...]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, *(name for name, _ in attrs)))


def in_two_languages() -> AgreementContent:
    return agreement_content(agreement_parts(plan=plan_of(3, PlanKind.CATCH_UP), locale="en"))


@pytest.fixture(scope="module")
def free_fields() -> list[tuple[object, ...]]:
    """Where words may stand in what a document is drawn from: every text that is no date, number, kind or name of a version."""
    whole = in_two_languages().as_data()
    return [path for path in leaves_of(whole) if "covers" not in path and is_free(whole, path)]


def leaves_of(value: Any, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    if isinstance(value, str):
        yield path
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from leaves_of(item, (*path, name))
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from leaves_of(item, (*path, number))


def is_free(whole: Mapping[str, Any], path: tuple[object, ...]) -> bool:
    """Whether a document can be drawn with any word there."""
    try:
        page_of(with_word(whole, [path], "x"))
        refuse_incomplete(AgreementContent.from_data(with_word(whole, [path], "x")))
    except (DomainError, KeyError, ValueError, IndexError):
        return False
    return True


def with_word(whole: Any, paths: list[tuple[object, ...]], word: str) -> Any:
    chosen = set(paths)

    def copied(value: Any, path: tuple[object, ...]) -> Any:
        if path in chosen:
            return word
        if isinstance(value, Mapping):
            return {name: copied(item, (*path, name)) for name, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [copied(item, (*path, number)) for number, item in enumerate(value)]
        return value

    return copied(whole, ())


def page_of(data: Mapping[str, Any], word: str = "x") -> str:
    """The page of such data, with the same word in all that the evidence page tells."""
    content = AgreementContent.from_data(data)
    return AgreementPage(content, TEXTS, WORDING).html(evidence_with(content, word), CODE, "https://e.cn")


def evidence_with(content: AgreementContent, word: str) -> SigningEvidence:
    evidence = signing_evidence(
        content, SealDescription(kind=SealKind.TAMPER_EVIDENT, certificate_sha256=word)
    )
    told = tuple(replace(entry, details=dict.fromkeys(entry.details, word)) for entry in evidence.entries)
    return replace(
        evidence,
        entries=told,
        content_hash=word,
        preview_sha256=word,
        borrower_authority=SealDescription(kind=SealKind.LICENSED_CA, certificate_sha256=word, name=word),
        content_stamp=ContentStamp(authority=word, at="2026-11-01T06:20:31+00:00", token=b"x"),
    )


@pytest.mark.parametrize("vector", OUTWARD)
def test_an_outward_reference_in_any_field_is_no_markup(
    free_fields: list[tuple[object, ...]], vector: str
) -> None:
    whole = in_two_languages().as_data()
    word = OUTWARD[vector].format(outside="http://outside.example")
    with_markup = Tags(page_of(with_word(whole, free_fields, word), word)).found
    assert with_markup == Tags(page_of(with_word(whole, free_fields, "x"))).found


def test_the_fields_that_words_reach_are_all_met(free_fields: list[tuple[object, ...]]) -> None:
    heads = {path[0] for path in free_fields}
    assert {
        "title",
        "introduction",
        "creditor",
        "borrower",
        "loan",
        "accounts",
        "clauses",
        "key_terms",
    } <= heads
    assert {"disclosure", "disclosure_notes", "policy_version", "agreement_ref", "beside"} <= heads
    assert len(free_fields) > 150


def test_all_outward_references_in_all_fields_reach_nothing(
    renderer: WeasyPrintRenderer, free_fields: list[tuple[object, ...]], tmp_path: Path, is_long: bool
) -> None:
    """Drawn, not only written: no request, and no byte of a file of this machine."""
    (tmp_path / "x").write_bytes(b"a secret of this machine")
    whole = in_two_languages().as_data()
    vectors = list(OUTWARD.values())
    with listening() as (address, requests):
        for turn in range(len(vectors) if is_long else 1):
            data = whole
            for number, vector in enumerate(vectors):
                mine = free_fields[(number + turn) % len(vectors) :: len(vectors)]
                outside = address if (number + turn) % 2 else tmp_path.as_uri()
                data = with_word(data, mine, vector.format(outside=outside))
            content = AgreementContent.from_data(data)
            body = renderer.render_agreement(
                content, evidence_with(content, f'<img src="{address}/x">'), CODE, "https://e.cn"
            )
            assert b"a secret of this machine" not in unpacked(body)
    assert requests == []
