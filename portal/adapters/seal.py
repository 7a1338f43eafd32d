"""The built-in seal: a tamper-evident signature by a key file (rule S06). It is no licensed authority's and never says so."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from portal.adapters.seal_keys import SealKey
from portal.adapters.signature_fields import has_signature, sign_field, with_time_stamp
from portal.domain.evidence import SealDescription, SealKind
from portal.services.ports import SigningIdentity, TimeStamper

LABEL: Final = "防篡改封印 (tamper-evident seal)"
"""Stands in every signature, whoever asks for it."""


class KeyFileSealer:
    """See ``portal.services.ports.SigningAuthority``. The key is parsed once and kept; with a stamper each seal is PAdES B-T."""

    def __init__(self, key: SealKey, stamper: TimeStamper | None = None) -> None:
        self._signer = KeptKeySigner(key.key, key.certificate_der)
        self._stamper = stamper
        self._description = SealDescription(kind=SealKind.TAMPER_EVIDENT, certificate_sha256=key.fingerprint)

    @property
    def description(self) -> SealDescription:
        return self._description

    def sign(self, document: bytes, field: str, identity: SigningIdentity) -> bytes:
        """Raises ``time_stamp_failed`` where there is to be a time stamp and none could be had."""
        labelled = replace(identity, reason=f"{LABEL} {identity.reason}")
        return sign_field(document, field, labelled, self._cms, is_only=not has_signature(document))

    def _cms(self, digest: bytes) -> bytes:
        return with_time_stamp(self._signer.cms_of(digest), self._stamper)


class KeptKeySigner(Signer):
    """pyHanko's own signer parses its key for every signature (221 ms against 24)."""

    def __init__(self, key: RSAPrivateKey, certificate: bytes, others: Sequence[bytes] = ()) -> None:
        registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        registry.register_multiple(asn1_x509.Certificate.load(other) for other in others)
        super().__init__(signing_cert=asn1_x509.Certificate.load(certificate), cert_registry=registry)
        self._key = key

    def cms_of(self, digest: bytes) -> bytes:
        """A detached signature (CMS, DER) over a SHA-256 digest, with the attributes that PAdES asks for."""
        signature: bytes = asyncio.run(self.async_sign(digest, "sha256", use_pades=True)).dump()
        return signature

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: FBT001, FBT002
        if digest_algorithm != "sha256":
            raise ValueError(f"the seal signs with SHA-256, not {digest_algorithm}")
        return bytes(self._key.key_size // 8) if dry_run else self._key.sign(data, PKCS1v15(), SHA256())
