"""What the signatures of a document are worth: true to the bytes, coverage, changes after them, whose certificate, and since when."""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256

from asn1crypto import x509
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator.context import ValidationContext

from portal.adapters.quick_reader import QuickPdfReader
from portal.adapters.seal_trust import SealTrust
from portal.adapters.signature_fields import BORROWER_FIELD, LENDER_FIELD
from portal.adapters.time_stamps.tokens import judge_time_stamp
from portal.domain.document_checks import SignatureFinding, Stamp

EXPECTED = ([LENDER_FIELD], [BORROWER_FIELD, LENDER_FIELD])


def is_seal_valid(body: bytes, trust: SealTrust) -> bool:
    """For bytes that are on record, or from a source that is trusted not to be hostile: a PDF is parsed here.

    Whatever cannot be read is not valid.
    """
    return are_ours(check_signatures(body, trust))


def are_ours(found: Sequence[SignatureFinding]) -> bool:
    """The lender's seal alone, or after the borrower's signature; all hold, and nothing stands after the seal."""
    return (
        [finding.field for finding in found] in EXPECTED
        and all(finding.holds for finding in found)
        and found[-1].covers_all
    )


def check_signatures(body: bytes, trust: SealTrust) -> Sequence[SignatureFinding]:
    """Each signature in the order of signing; none where there is none, or the file cannot be read."""
    try:
        signatures = QuickPdfReader(body).embedded_signatures
        return tuple(_finding(signature, trust) for signature in signatures)
    except Exception:  # noqa: BLE001 - a parser's complaint of any kind is one answer: no signature that could be read
        return ()


def _finding(signature: EmbeddedPdfSignature, trust: SealTrust) -> SignatureFinding:
    """``is_trusted`` as of the time stamp's instant, else of the one that the signature states."""
    certificate = signature.signer_cert
    is_seal = signature.field_name == LENDER_FIELD
    fingerprint = sha256(certificate.dump()).hexdigest()
    ours = trust.seal_certificate(fingerprint)
    roots = (trust.seal_roots if ours else ()) if is_seal else trust.authorities
    stamp, stamped_at = _stamp(signature, trust.time_stamps)
    moment = stamped_at or signature.self_reported_timestamp
    # The seal allows nothing after it: what was added need not be judged, and judging takes its time.
    status = validate_pdf_signature(signature, _context(roots, moment), skip_diff=is_seal)
    covers_all = status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    return SignatureFinding(
        field=signature.field_name,
        signer=str(certificate.subject.native.get("common_name", "")),
        certificate_sha256=fingerprint,
        is_intact=bool(status.intact and status.valid),
        is_trusted=bool(status.trusted),
        covers_all=covers_all,
        is_kept=covers_all if is_seal else _is_kept(status),
        stated_at=_utc(signature.self_reported_timestamp),
        stamp=stamp,
        stamped_at=stamped_at,
        compromised_at=ours.compromised_at if ours and is_seal else None,
    )


def _context(roots: Sequence[bytes], moment: datetime | None) -> ValidationContext:
    return ValidationContext(
        trust_roots=[x509.Certificate.load(root) for root in roots],
        allow_fetching=False,
        moment=moment,
        best_signature_time=None,
    )


def _stamp(signature: EmbeddedPdfSignature, trust: Sequence[bytes]) -> tuple[Stamp, datetime | None]:
    for attribute in signature.signer_info["unsigned_attrs"] or ():
        if attribute["type"].native == "signature_time_stamp_token":
            digest = sha256(signature.signer_info["signature"].native).digest()
            return judge_time_stamp(attribute["values"][0].dump(), digest, trust)
    return Stamp.NONE, None


def _is_kept(status: PdfSignatureStatus) -> bool:
    whole = {SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION}
    return status.coverage in whole and bool(status.docmdp_ok)


def _utc(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.astimezone(UTC)


def last_signed_state(body: bytes) -> bytes:
    """The file up to the end of what its last signature covers; all of it where that cannot be read."""
    try:
        ends = [
            int(places[2]) + int(places[3])
            for each in QuickPdfReader(body).embedded_signatures
            if len(places := each.byte_range) == 4
        ]
    except Exception:  # noqa: BLE001 - as above
        return body
    return body[: max(ends, default=len(body))]
