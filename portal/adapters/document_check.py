"""Checks a document against the record: genuine, changed, unknown. Whatever the bytes, there is an answer."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final, Protocol

from portal.adapters.comparison.compare import compare_documents
from portal.adapters.document_traces import holds_certificate, traces_in
from portal.adapters.seal_trust import SealTrust
from portal.domain.check_codes import parse_check_code
from portal.domain.document_changes import ChangeKind, DocumentChange
from portal.domain.document_checks import CheckResult, SealedDocument, Trace, Verdict
from portal.domain.errors import DomainError

LARGEST_MEGABYTES: Final = 10
Comparer = Callable[[bytes, bytes], Sequence[DocumentChange]]


class DocumentsOnRecord(Protocol):
    """Looks up sealed documents."""

    def by_sha256(self, sha256: str) -> SealedDocument | None: ...

    def by_check_code(self, check_code: str) -> SealedDocument | None: ...

    def by_content_hash(self, content_hash: str) -> SealedDocument | None: ...

    def body_of(self, document: SealedDocument) -> bytes:
        """b"" where it cannot be had any more."""
        ...

    def is_preview(self, sha256: str) -> bool:
        """Whether a document from before a signing has this digest."""
        ...


def check_document(
    body: bytes, on_record: DocumentsOnRecord, trust: SealTrust, compare: Comparer = compare_documents
) -> CheckResult:
    """Genuine only where the bytes are those on record and their signatures are true to them.

    Only bytes on record are parsed as a PDF in this process; others are searched for traces, and ``compare`` says how they differ from
    the document that they come from. Raises ``check_file_empty`` and ``check_file_too_large``; nothing is kept.
    """
    refuse_unlikely(len(body))
    digest = sha256(body).hexdigest()
    if document := on_record.by_sha256(digest):
        return _on_record(body, document, trust)
    if on_record.is_preview(digest):
        change = DocumentChange(ChangeKind.BEFORE_SEALING)
        return CheckResult(Verdict.CHANGED, sha256=digest, changes=(change,))
    return _traced(body, digest, on_record, trust, compare)


def check_code(text: str, on_record: DocumentsOnRecord) -> CheckResult:
    """What a code alone can tell: that a document with it is on record. Raises ``check_code_malformed``, ``check_code_mistyped``."""
    document = on_record.by_check_code(parse_check_code(text))
    return CheckResult(Verdict.ON_RECORD if document else Verdict.UNKNOWN, document)


def refuse_unlikely(size: int) -> None:
    """Raises ``check_file_empty`` or ``check_file_too_large``."""
    if size == 0:
        raise DomainError("check_file_empty", field="file")
    if size > LARGEST_MEGABYTES << 20:
        raise DomainError("check_file_too_large", field="file", megabytes=LARGEST_MEGABYTES)


def _on_record(body: bytes, document: SealedDocument, trust: SealTrust) -> CheckResult:
    # What reads seals takes most of a second to load; no server should start later for it.
    from portal.adapters.seal_checks import are_ours, check_signatures  # noqa: PLC0415

    found = check_signatures(body, trust)
    is_valid = are_ours(found)
    # A key in other hands takes the seal's word away, not the record's.
    is_whole = bool(found) and all(each.is_whole for each in found)
    verdict = Verdict.GENUINE if (is_valid or is_whole) and document.is_borne_out else Verdict.CHANGED
    return CheckResult(verdict, document, document.sha256, is_seal_valid=is_valid, signatures=tuple(found))


def _traced(
    body: bytes, digest: str, on_record: DocumentsOnRecord, trust: SealTrust, compare: Comparer
) -> CheckResult:
    traces: set[Trace] = set()
    found = traces_in(body)
    by_code = next(filter(None, map(on_record.by_check_code, found.check_codes)), None)
    by_digest = next(filter(None, map(on_record.by_content_hash, found.content_digests)), None)
    if by_code:
        traces.add(Trace.CHECK_CODE)
    if by_digest:
        traces.add(Trace.DIGEST)
    if any(holds_certificate(body, seal.certificate) for seal in trust.seals):
        traces.add(Trace.SEAL)
    verdict = Verdict.CHANGED if traces else Verdict.UNKNOWN
    document = by_code or by_digest
    original = on_record.body_of(document) if document else b""
    changes = compare(original, body) if original else ()
    return CheckResult(verdict, document, digest, traces=frozenset(traces), changes=tuple(changes))
