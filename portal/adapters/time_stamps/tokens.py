"""Whether a time stamp holds: its digest, its signature, its certificate, and the authority that we trust."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from asn1crypto import cms, x509
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator.context import ValidationContext

from portal.domain.document_checks import Stamp
from portal.domain.errors import DomainError

for _name in ("pyhanko", "pyhanko_certvalidator"):
    # What a check finds is its answer; the library's account of the same, page after page, is no fault of ours to log.
    logging.getLogger(_name).setLevel(logging.CRITICAL)


def verify_time_stamp(token: bytes, digest: bytes, trust: Sequence[bytes]) -> datetime:
    """When, by the authority, these 32 bytes (SHA-256) were there; in UTC.

    ``token`` is the CMS structure, DER; ``trust`` holds the certificates, DER, that the authority's own must lead to. Judged as of the
    instant in the token, so that a token outlives its certificate; revocation is not looked up. Raises ``time_stamp_invalid``.
    """
    worth, at = judge_time_stamp(token, digest, trust)
    if worth is Stamp.UNTRUSTED:
        raise DomainError("time_stamp_invalid", reason="no authority that is trusted here made it")
    if at is None:
        raise DomainError("time_stamp_invalid", reason="it is not a time stamp of this, or was changed")
    return at


def judge_time_stamp(token: bytes, digest: bytes, trust: Sequence[bytes]) -> tuple[Stamp, datetime | None]:
    """What the token is worth, and its instant where it holds. Any bytes have an answer."""
    try:
        status = asyncio.run(_status(token, digest, trust))
    except Exception:  # noqa: BLE001 - a stranger's bytes: whatever a parser says of them, it is one answer
        return Stamp.BROKEN, None
    if not (status.intact and status.valid):
        return Stamp.BROKEN, None
    if not status.trusted:
        return Stamp.UNTRUSTED, None
    return Stamp.HOLDS, status.timestamp.astimezone(UTC)


async def _status(token: bytes, digest: bytes, trust: Sequence[bytes]) -> TimestampSignatureStatus:
    signed = _signed_data(token)
    at = signed["encap_content_info"]["content"].parsed["gen_time"].native
    fields = await validate_tst_signed_data(
        signed, trusting(trust, at), lambda algorithm: _of(digest, algorithm)
    )
    return TimestampSignatureStatus(**fields)


def trusting(trust: Sequence[bytes], at: datetime) -> ValidationContext:
    """The judgement of certificates as of an instant, from these roots and what a signature carries; nothing is fetched."""
    roots = [x509.Certificate.load(certificate) for certificate in trust]
    return ValidationContext(trust_roots=roots, allow_fetching=False, moment=at, best_signature_time=at)


def _signed_data(token: bytes) -> Any:
    content = cms.ContentInfo.load(token, strict=True)
    if content["content_type"].native != "signed_data":
        raise ValueError("no signed data")
    return content["content"]


def _of(digest: bytes, algorithm: str) -> bytes:
    if algorithm != "sha256":
        raise ValueError(f"a digest by {algorithm}")
    return digest
