"""Signature fields of a document: made before the first signature, invisible, signed one after the other (PAdES)."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from typing import Any, Final

from asn1crypto import cms
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import (
    FieldMDPAction,
    FieldMDPSpec,
    MDPPerm,
    SigFieldSpec,
    SigSeedSubFilter,
    append_signature_field,
)
from pyhanko.sign.signers.pdf_cms import ExternalSigner
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner, PdfSigningSession

from portal.services.ports import SigningIdentity, TimeStamper

BORROWER_FIELD: Final = "Borrower"
LENDER_FIELD: Final = "LenderSeal"

PDF_VERSION: Final = (1, 7)
CMS_BYTES: Final = 14 << 10
"""Room for a signature with its certificates and a time stamp; it stands in the file twice over, as hexadecimal digits."""

CmsMaker = Callable[[bytes], bytes]
"""From the SHA-256 digest of what is signed to a detached CMS signature, DER."""


def make_fields(document: bytes, fields: Sequence[str]) -> bytes:
    """Empty fields on the first page; a field made later would break the signatures that are there.

    The last one locks the document where there are several: only the first signature of a file can forbid changes by itself.
    """
    writer = _writer(document)
    for field in fields:
        is_lock = len(fields) > 1 and field == fields[-1]
        append_signature_field(writer, _locking(field) if is_lock else SigFieldSpec(field))
    body = BytesIO()
    writer.write(body)  # type: ignore[no-untyped-call]
    return body.getvalue()


def sign_field(
    document: bytes, field: str, identity: SigningIdentity, make_cms: CmsMaker, *, is_only: bool
) -> bytes:
    """The document with a signature in the field, made where it is missing. An only signature allows no change after it."""
    writer = _writer(document)
    metadata = PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=is_only,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        name=identity.name,
        reason=identity.reason,
        location=identity.location or None,
    )
    signer = _DatedSigner(metadata, identity.signed_at)
    body = BytesIO()
    prepared, _, _ = asyncio.run(
        signer.async_digest_doc_for_signing(writer, bytes_reserved=2 * CMS_BYTES, output=body)
    )
    prepared.fill_with_cms(body, make_cms(prepared.document_digest))
    return body.getvalue()


def has_signature(document: bytes) -> bool:
    return bool(_writer(document).prev.embedded_signatures)


def with_time_stamp(signature: bytes, stamper: TimeStamper | None) -> bytes:
    """A CMS signature, DER, with a time stamp over its value (PAdES B-T); one that carries a time stamp already stays as it is.

    Raises ``ValueError`` where it cannot be read.
    """
    content = cms.ContentInfo.load(signature)
    if content["content_type"].native != "signed_data" or len(content["content"]["signer_infos"]) != 1:
        raise ValueError("no signature")
    signer = content["content"]["signer_infos"][0]
    attributes = cms.CMSAttributes(list(signer["unsigned_attrs"] or ()))
    if stamper is None or any(
        attribute["type"].native == "signature_time_stamp_token" for attribute in attributes
    ):
        return signature
    token = cms.ContentInfo.load(stamper.stamp(sha256(signer["signature"].native).digest()))
    attributes.append(cms.CMSAttribute({"type": "signature_time_stamp_token", "values": [token]}))
    signer["unsigned_attrs"] = attributes
    body: bytes = content.dump()
    return body


def _writer(document: bytes) -> IncrementalPdfFileWriter:
    writer = IncrementalPdfFileWriter(BytesIO(document))
    writer.output_version = PDF_VERSION
    return writer


def _locking(field: str) -> SigFieldSpec:
    return SigFieldSpec(
        field,
        field_mdp_spec=FieldMDPSpec(FieldMDPAction.ALL),
        doc_mdp_update_value=MDPPerm.NO_CHANGES,
    )


class _DatedSigner(PdfSigner):
    """Dates the signature by the caller's clock, not the machine's; the signature itself is made elsewhere."""

    def __init__(self, metadata: PdfSignatureMetadata, signed_at: datetime) -> None:
        super().__init__(metadata, ExternalSigner(signing_cert=None, cert_registry=None))
        self._signed_at = signed_at

    def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> PdfSigningSession:  # noqa: FBT001, FBT002
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self._signed_at
        return session
