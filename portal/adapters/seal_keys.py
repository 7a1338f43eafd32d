"""The key file of the built-in seal: one PEM file, RSA key and certificate, readable by its owner alone.

Beside it, ``.crt`` in place of its ending, lie the certificates that seals are checked against: past ones are kept there, and a
process that only checks needs no key.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from portal.adapters.key_files import why_unusable, write_key_once
from portal.config import Config
from portal.domain.errors import DomainError

KEY_BITS: Final = 3072
"""RSA, because an EC key would raise the document to PDF 2.0, which PDF/A-3 forbids."""

YEARS: Final = 20
_FIRST_DAY: Final = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SealKey:
    """A key and its certificate, parsed once."""

    key: RSAPrivateKey
    certificate: x509.Certificate

    @property
    def certificate_der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, 64 hexadecimal digits."""
        return sha256(self.certificate_der).hexdigest()


@dataclass(frozen=True, slots=True)
class SealCertificate:
    """A certificate of a present or past seal, DER; ``compromised_at`` where its key fell into other hands."""

    certificate: bytes
    compromised_at: datetime | None = None

    @property
    def fingerprint(self) -> str:
        return sha256(self.certificate).hexdigest()


def seal_key_path(config: Config) -> Path:
    """Where this deployment keeps the seal's key; demo and test keep one with their data."""
    return config.seal_key or config.data_dir / "seal.pem"


def load_seal_key(path: Path) -> SealKey:
    """Raises ``seal_key_unusable`` where the file is missing, is no such pair, or others can read it."""
    try:
        if path.stat().st_mode & 0o077:
            raise DomainError("seal_key_unusable", reason="others can read it; chmod 600")
        body = path.read_bytes()
        key = load_pem_private_key(body, password=None)
        certificate = x509.load_pem_x509_certificate(body)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise DomainError("seal_key_unusable", reason=why_unusable(error)) from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < KEY_BITS - 1024:
        raise DomainError("seal_key_unusable", reason="not an RSA key of at least 2048 bits")
    if key.public_key() != certificate.public_key():
        raise DomainError("seal_key_unusable", reason="the certificate belongs to another key")
    return SealKey(key, certificate)


def make_demo_key(path: Path, *, name: str = "防篡改封印（自制证书）", now: datetime) -> SealKey:
    """Make a key with a certificate of its own and write both, mode 0600. Raises ``seal_key_exists``; never overwrites.

    The certificate holds from 2020 on, so that a demo whose date is fixed in the past can seal too.
    """
    made = _new_key(name, now)
    write_key_once(path, _as_pem(made), exists="seal_key_exists")
    _remember_certificate(path, made)
    return made


def change_seal_key(
    path: Path, *, name: str, now: datetime, compromised_since: datetime | None = None
) -> SealKey:
    """A new key in place of the one at ``path``, whose private part is gone then; its certificate stays, for the seals it made.

    With ``compromised_since`` the old certificate counts from then on only for seals that a time stamp shows to be older. Raises
    ``seal_key_unusable`` where there is no key to change.
    """
    old = load_seal_key(path)
    _remember_certificate(path, old)
    if compromised_since is not None:
        _remember_compromise(path, old.fingerprint, compromised_since)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    made = _new_key(name, now)
    write_key_once(fresh, _as_pem(made), exists="seal_key_exists")
    _remember_certificate(path, made)
    fresh.replace(path)
    return made


def mark_compromised(path: Path, fingerprint: str, since: datetime) -> None:
    """A past key turns out to have been in other hands. Raises ``seal_certificate_unknown``."""
    if fingerprint not in {each.fingerprint for each in load_certificates(path)}:
        raise DomainError("seal_certificate_unknown")
    _remember_compromise(path, fingerprint, since)


def open_seal_key(path: Path, *, now: datetime) -> SealKey:
    """The key at ``path``, made where there is none: for demo and test, where two processes may come first at once."""
    if not path.exists():
        with suppress(DomainError):
            make_demo_key(path, now=now)
    return load_seal_key(path)


def load_certificates(path: Path) -> Sequence[SealCertificate]:
    """The certificates that seals of the key file at ``path`` are checked against: those beside it, else its own.

    None where nothing was sealed yet. Raises ``seal_key_unusable`` where the list of compromised keys cannot be read.
    """
    beside = _certificates_beside(path)
    source = beside if beside.exists() else path
    if not source.exists():
        return ()
    since = load_compromised(path)
    bodies = (
        certificate.public_bytes(Encoding.DER)
        for certificate in x509.load_pem_x509_certificates(source.read_bytes())
    )
    return tuple(SealCertificate(body, since.get(sha256(body).hexdigest())) for body in bodies)


def load_compromised(path: Path) -> Mapping[str, datetime]:
    """Since when keys are in other hands, by the fingerprint of their certificates; a line each, ``FINGERPRINT INSTANT``."""
    beside = compromised_beside(path)
    if not beside.exists():
        return {}
    try:
        lines = (line.split() for line in beside.read_text(encoding="utf-8").splitlines() if line.strip())
        return {fingerprint: datetime.fromisoformat(since) for fingerprint, since in lines}
    except ValueError as error:
        raise DomainError("seal_key_unusable", reason=f"{beside.name} holds a line that is none") from error


def compromised_beside(path: Path) -> Path:
    return path.with_suffix(".compromised")


def _as_pem(key: SealKey) -> bytes:
    body = key.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return body + key.certificate.public_bytes(Encoding.PEM)


def _remember_certificate(path: Path, key: SealKey) -> None:
    """Keep the certificate beside the key, once."""
    beside = _certificates_beside(path)
    certificate = key.certificate.public_bytes(Encoding.PEM)
    if not beside.exists() or certificate not in beside.read_bytes():
        with beside.open("ab") as file:
            file.write(certificate)


def _remember_compromise(path: Path, fingerprint: str, since: datetime) -> None:
    """The earliest instant that is told counts."""
    known = dict(load_compromised(path))
    known[fingerprint] = min(since, known.get(fingerprint, since))
    fresh = compromised_beside(path).with_suffix(".compromised-new")
    fresh.write_text(
        "".join(f"{each} {at.isoformat()}\n" for each, at in sorted(known.items())), encoding="utf-8"
    )
    fresh.replace(compromised_beside(path))


def _certificates_beside(path: Path) -> Path:
    return path.with_suffix(".crt")


def _new_key(name: str, now: datetime) -> SealKey:
    key = generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FIRST_DAY)
        .not_valid_after(now + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_signing_only(), critical=True)
        .sign(key, SHA256())
    )
    return SealKey(key, certificate)


def _signing_only() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
