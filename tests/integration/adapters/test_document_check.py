"""Genuine, changed or unknown; whatever the bytes, there is an answer."""

import zlib
from dataclasses import dataclass, replace
from hashlib import sha256
from io import BytesIO

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter

from portal.adapters.document_check import LARGEST_MEGABYTES, check_code, check_document
from portal.adapters.document_traces import traces_in
from portal.adapters.seal_trust import SealTrust
from portal.domain.agreements import content_hash
from portal.domain.check_codes import new_check_code
from portal.domain.document_checks import SealedDocument, Trace, Verdict
from portal.domain.errors import DomainError
from tests.integration.adapters.conftest import CODE, SEALED_AT, SealedSample

KEYWORDS = f"check-code:{CODE}, content-sha256:{'0' * 64}"


@dataclass(frozen=True)
class OneDocument:
    """A record of one document."""

    document: SealedDocument
    body: bytes = b""
    previews: frozenset[str] = frozenset()

    def by_sha256(self, sha256: str) -> SealedDocument | None:
        return self.document if sha256 == self.document.sha256 else None

    def by_check_code(self, check_code: str) -> SealedDocument | None:
        return self.document if check_code == self.document.check_code else None

    def by_content_hash(self, content_hash: str) -> SealedDocument | None:
        return self.document if content_hash == self.document.content_hash else None

    def body_of(self, document: SealedDocument) -> bytes:
        assert document == self.document
        return self.body

    def is_preview(self, sha256: str) -> bool:
        return sha256 in self.previews


@pytest.fixture(scope="session")
def on_record(sample: SealedSample) -> OneDocument:
    digest = sha256(sample.sealed).hexdigest()
    document = SealedDocument(digest, CODE, content_hash(sample.content), SEALED_AT)
    return OneDocument(document, sample.sealed)


def test_the_sealed_bytes_are_genuine(sample: SealedSample, on_record: OneDocument) -> None:
    result = check_document(sample.sealed, on_record, sample.trust)
    assert result.verdict is Verdict.GENUINE
    assert result.is_seal_valid
    assert result.document == on_record.document


def test_bytes_on_record_whose_seal_does_not_hold_are_not_genuine(
    sample: SealedSample, on_record: OneDocument
) -> None:
    result = check_document(sample.sealed, on_record, SealTrust())
    assert (result.verdict, result.is_seal_valid) == (Verdict.CHANGED, False)


@pytest.mark.parametrize("cut", [1, 100, 20_000])
def test_a_truncated_document_is_changed(sample: SealedSample, on_record: OneDocument, cut: int) -> None:
    assert check_document(sample.sealed[:-cut], on_record, sample.trust).verdict is Verdict.CHANGED


def test_the_unsealed_and_an_appended_document_are_changed(
    sample: SealedSample, on_record: OneDocument
) -> None:
    for body in (sample.unsealed, sample.sealed + b"\n% more\n"):
        assert check_document(body, on_record, sample.trust).verdict is Verdict.CHANGED


def test_a_document_saved_anew_is_recognised_by_what_it_carries(
    sample: SealedSample, on_record: OneDocument
) -> None:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(sample.sealed)))
    by_pypdf = BytesIO()
    writer.write(by_pypdf)
    by_pikepdf = BytesIO()
    with pikepdf.open(BytesIO(sample.sealed)) as pdf:
        pdf.save(by_pikepdf, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    for body in (by_pypdf.getvalue(), by_pikepdf.getvalue()):
        result = check_document(body, on_record, sample.trust)
        assert result.verdict is Verdict.CHANGED
        assert {Trace.CHECK_CODE, Trace.DIGEST} <= result.traces


def test_a_file_is_told_apart_though_what_is_kept_cannot_be_had_any_more(
    sample: SealedSample, on_record: OneDocument
) -> None:
    lost = replace(on_record, body=b"")
    assert check_document(sample.sealed, lost, sample.trust).verdict is Verdict.GENUINE
    changed = check_document(sample.sealed + b"more", lost, sample.trust)
    assert (changed.verdict, changed.document, changed.changes) == (Verdict.CHANGED, lost.document, ())


@pytest.mark.parametrize(
    "body", [b"x", b"\x00" * 1000, b"%PDF-1.7\n%%EOF", b"\x89PNG\r\n\x1a\n", "你好".encode()]
)
def test_what_is_not_ours_is_unknown(body: bytes, sample: SealedSample, on_record: OneDocument) -> None:
    result = check_document(body, on_record, sample.trust)
    assert (result.verdict, result.document, result.traces) == (Verdict.UNKNOWN, None, frozenset())


def test_a_code_that_is_not_on_record_is_no_trace(sample: SealedSample, on_record: OneDocument) -> None:
    stranger = f"check-code:{new_check_code(b'abcdefghij')}"
    assert check_document(stranger.encode(), on_record, sample.trust).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "body",
    [
        KEYWORDS.encode(),
        KEYWORDS.encode("utf-16-be"),
        b"stream\r\n" + zlib.compress(b"x" * 99 + KEYWORDS.encode()) + b"\nendstream",
        b"stream\n" + zlib.compress(b"never ended " + KEYWORDS.encode())[:-4],
    ],
)
def test_codes_are_found_plain_wide_and_deflated(body: bytes) -> None:
    assert traces_in(body).check_codes == (CODE,)


@given(st.binary(max_size=2000))
def test_any_bytes_have_an_answer(body: bytes) -> None:
    traces_in(body)
    traces_in(b"stream\n" + body + b"endstream" + b"stream\r\n" + zlib.compress(body))


def test_a_bomb_is_not_inflated_to_the_end() -> None:
    bomb = b"stream\n" + zlib.compress(b"\x00" * (64 << 20)) + b"endstream"
    assert traces_in(bomb * 20).check_codes == ()


def test_many_false_starts_end_soon() -> None:
    assert traces_in(b"stream\nx\x9c" * 100_000).check_codes == ()


def test_what_is_empty_or_too_large_is_refused(sample: SealedSample, on_record: OneDocument) -> None:
    for body, code in (
        (b"", "check_file_empty"),
        (bytes((LARGEST_MEGABYTES << 20) + 1), "check_file_too_large"),
    ):
        with pytest.raises(DomainError) as refusal:
            check_document(body, on_record, sample.trust)
        assert (refusal.value.code, refusal.value.field) == (code, "file")


def test_a_code_alone_says_that_a_document_is_on_record(on_record: OneDocument) -> None:
    assert check_code(CODE.lower().replace("-", " "), on_record).verdict is Verdict.ON_RECORD
    assert check_code(new_check_code(b"abcdefghij"), on_record).verdict is Verdict.UNKNOWN
    with pytest.raises(DomainError, match="check_code_mistyped"):
        check_code("A" + CODE[1:], on_record)
