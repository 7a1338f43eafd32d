"""An authority of the tests' own, and a server on this machine that shows what it issued."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class LocalAuthority:
    """``root`` is the file of its own certificate."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def root(self) -> Path:
        return self.folder / "root.pem"

    def issue(self, host: str, *, begins: timedelta, ends: timedelta) -> Path:
        """A file of certificate and key for ``host``; both times are from now on."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = (
            _builder(host, self.certificate.subject, key, begins, ends)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        path = self.folder / f"{made.serial_number}.pem"
        path.write_bytes(
            made.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return path


def make_authority(folder: Path) -> LocalAuthority:
    folder.mkdir(exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tests' own authority")])
    made = (
        _builder("Tests' own authority", name, key, timedelta(days=-9), timedelta(days=99))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    authority = LocalAuthority(folder, key, made)
    authority.root.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return authority


def _builder(
    name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, begins: timedelta, ends: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
    )


@contextmanager
def showing(certificate: Path | None) -> Iterator[int]:
    """The port of a server on ``localhost`` that shows it; of one that takes connections and says nothing where there is none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if certificate is not None:
        context.load_cert_chain(certificate)
    server = socket.create_server(("127.0.0.1", 0))
    taken: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                one, _ = server.accept()
            except OSError:
                return
            taken.append(one)
            if certificate is not None:
                with suppress(OSError), context.wrap_socket(one, server_side=True) as secure:
                    secure.recv(1)

    Thread(target=serve, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        for one in taken:
            one.close()
