"""Certificates of others that this deployment trusts: PEM files, any number of certificates in each."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from portal.domain.errors import DomainError


def load_trust(path: Path, *, unusable: str) -> Sequence[bytes]:
    """The certificates, DER, as they stand in the file. Raises ``DomainError`` with the code ``unusable``."""
    try:
        certificates = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise DomainError(unusable, reason=type(error).__name__) from error
    return tuple(certificate.public_bytes(Encoding.DER) for certificate in certificates)


def fingerprint_of(certificate: bytes) -> str:
    """SHA-256 of a certificate (DER), 64 hexadecimal digits."""
    return sha256(certificate).hexdigest()


def name_in(certificate: bytes) -> str:
    """The common name that a certificate (DER) is issued to; its whole subject where it has none."""
    subject = x509.load_der_x509_certificate(certificate).subject
    names = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else subject.rfc4514_string()
