"""The keys of the stand-in authority: a root that signs once and is forgotten, and the authority's own, in one file of its owner's."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from portal.adapters.key_files import write_key_once
from portal.domain.errors import DomainError

_FIRST_DAY: Final = datetime(2020, 1, 1, tzinfo=UTC)
_LAST_DAY: Final = datetime(2060, 1, 1, tzinfo=UTC)
NAME: Final = "时间戳替身（仅供演示和测试）"
"""Stands in every token: whoever reads one must see that no authority gave it."""


@dataclass(frozen=True, slots=True)
class StandInKeys:
    """The authority's key and certificate, and the root that is trusted; certificates as DER."""

    key: EllipticCurvePrivateKey
    certificate: bytes
    root: bytes


def make_stand_in_keys(path: Path) -> None:
    """Write new ones, mode 0600. Raises ``time_stamp_key_exists``; never overwrites."""
    root_key, key = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    root = _certificate(f"{NAME} CA", f"{NAME} CA", root_key, root_key).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    own = _certificate(NAME, f"{NAME} CA", key, root_key).add_extension(
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True
    )
    certificates = [each.sign(root_key, SHA256()).public_bytes(Encoding.PEM) for each in (own, root)]
    body = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_key_once(path, b"".join((body, *certificates)), exists="time_stamp_key_exists")


def load_stand_in_keys(path: Path) -> StandInKeys:
    """Raises ``time_stamp_key_unusable``."""
    try:
        body = path.read_bytes()
        key = load_pem_private_key(body, password=None)
        own, root = (each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(body))
    except (OSError, ValueError, TypeError) as error:
        raise DomainError("time_stamp_key_unusable", reason=type(error).__name__) from error
    if not isinstance(key, EllipticCurvePrivateKey):
        raise DomainError("time_stamp_key_unusable", reason="not an elliptic curve key")
    return StandInKeys(key, own, root)


def _certificate(
    name: str, issuer: str, key: EllipticCurvePrivateKey, issuer_key: EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FIRST_DAY)
        .not_valid_after(_LAST_DAY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )
