"""The built-in seal: a tamper-evident signature by a key file (rule S06). It is no licensed authority's and never says so."""

from datetime import datetime
from io import BytesIO
from typing import Any, Final

from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner, PdfSigningSession

from portal.adapters.seal_keys import SealKey
from portal.domain.evidence import SealDescription, SealKind
from portal.services.ports import SealIdentity

LENDER_FIELD: Final = "LenderSeal"
LABEL: Final = "防篡改封印 (tamper-evident seal)"
"""Stands in every signature, whoever asks for it."""

PDF_VERSION: Final = (1, 7)


class KeyFileSealer:
    """Seals with a key that is parsed once and kept."""

    def __init__(self, key: SealKey) -> None:
        self._signer = _KeptKeySigner(key)
        self._description = SealDescription(kind=SealKind.TAMPER_EVIDENT, certificate_sha256=key.fingerprint)

    @property
    def description(self) -> SealDescription:
        return self._description

    def sign(self, document: bytes, field: str, identity: SealIdentity) -> bytes:
        """See ``portal.services.ports.Sealer``. The field is made before the signature, invisible, on the first page."""
        writer = IncrementalPdfFileWriter(BytesIO(document))
        writer.output_version = PDF_VERSION
        append_signature_field(writer, SigFieldSpec(field))
        metadata = PdfSignatureMetadata(
            field_name=field,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
            name=identity.name,
            reason=f"{LABEL} {identity.reason}",
            location=identity.location or None,
        )
        signed: BytesIO = _DatedSigner(metadata, self._signer, identity.signed_at).sign_pdf(writer)
        return signed.getvalue()


class _KeptKeySigner(Signer):
    """pyHanko's own signer parses its key for every signature (221 ms against 24)."""

    def __init__(self, key: SealKey) -> None:
        certificate = asn1_x509.Certificate.load(key.certificate_der)
        super().__init__(signing_cert=certificate)
        self._key = key.key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: FBT001, FBT002
        if digest_algorithm != "sha256":
            raise ValueError(f"the seal signs with SHA-256, not {digest_algorithm}")
        return bytes(self._key.key_size // 8) if dry_run else self._key.sign(data, PKCS1v15(), SHA256())


class _DatedSigner(PdfSigner):
    """Dates the signature by the caller's clock, not the machine's."""

    def __init__(self, metadata: PdfSignatureMetadata, signer: Signer, signed_at: datetime) -> None:
        super().__init__(metadata, signer)
        self._signed_at = signed_at

    def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> PdfSigningSession:  # noqa: FBT001, FBT002
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self._signed_at
        return session
