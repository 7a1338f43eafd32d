"""A stand-in of a licensed authority, for trying level L3 out: real signatures of certificates that nobody else trusts.

As the licensed ones do for one act, it makes a key and a certificate for each signature and forgets the key.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from portal.adapters.key_files import write_key_once
from portal.adapters.seal import KeptKeySigner
from portal.adapters.signing_authority.exchange import SigningRequest
from portal.domain.errors import DomainError

NAME: Final = "电子认证替身（仅供演示和测试）"
_FIRST_DAY: Final = datetime(2020, 1, 1, tzinfo=UTC)
_LAST_DAY: Final = datetime(2060, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class StandInAuthority:
    """``answer`` is what whoever asks over HTTP gets; ``root`` (DER) is what they have to trust."""

    key: RSAPrivateKey
    root_certificate: x509.Certificate

    @property
    def root(self) -> bytes:
        return self.root_certificate.public_bytes(Encoding.DER)

    def answer(self, body: bytes) -> bytes:
        """A detached signature (CMS, DER) in the name of whom the request names. Raises ``ValueError`` where it cannot be read."""
        request = SigningRequest.from_json(body)
        key = generate_private_key(public_exponent=65537, key_size=2048)
        certificate = _certificate(request.name, key, self.root_certificate.subject, self.key, is_root=False)
        signer = KeptKeySigner(key, certificate.public_bytes(Encoding.DER), [self.root])
        return signer.cms_of(bytes.fromhex(request.digest))


def open_stand_in_authority(path: Path) -> StandInAuthority:
    """The one whose key and root lie at ``path``; made where there is none. Raises ``signing_authority_key_unusable``."""
    if not path.exists():
        key = generate_private_key(public_exponent=65537, key_size=2048)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
        root = _certificate(NAME, key, subject, key, is_root=True)
        body = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_key_once(path, body + root.public_bytes(Encoding.PEM), exists="signing_authority_key_unusable")
    try:
        body = path.read_bytes()
        loaded, root = load_pem_private_key(body, password=None), x509.load_pem_x509_certificate(body)
    except (OSError, ValueError, TypeError) as error:
        raise DomainError("signing_authority_key_unusable", reason=type(error).__name__) from error
    if not isinstance(loaded, RSAPrivateKey):
        raise DomainError("signing_authority_key_unusable", reason="not an RSA key")
    return StandInAuthority(loaded, root)


def _certificate(
    name: str, key: RSAPrivateKey, issuer: x509.Name, issuer_key: RSAPrivateKey, *, is_root: bool
) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FIRST_DAY)
        .not_valid_after(_LAST_DAY)
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=0 if is_root else None), critical=True)
        .add_extension(_usage(is_root=is_root), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
        .sign(issuer_key, SHA256())
    )


def _usage(*, is_root: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_root,
        content_commitment=not is_root,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_root,
        crl_sign=is_root,
        encipher_only=False,
        decipher_only=False,
    )
