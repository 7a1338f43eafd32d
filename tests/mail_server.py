"""A mail server on this machine: takes, refuses, stumbles or falls silent, over TLS where it is told to."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "portal", "a password for the mail server"


@dataclass
class Post:
    """``taken`` are the letters that it took; ``says`` answers to what they begin with (``rcpt``, ``data``) come from the test."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    says: dict[str, str] = field(default_factory=dict)

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if said := self.says.get("rcpt"):
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        said = self.says.get("data", "250 OK")
        if said.startswith(("250", "cut")):
            letter = message_from_bytes(cast("bytes", envelope.content), policy=default)
            self.taken.append(letter)
        if said == "cut":  # taken, and never said so
            server.transport.abort()
        return said


@contextmanager
def post_office(*, security: str = "none", certificate: tuple[Path, Path] | None = None) -> Iterator[Post]:
    """``security`` as in the configuration; with one, whoever sends must give user and password."""
    post = Post()
    settings: dict[str, Any] = {"hostname": "127.0.0.1", "port": 0}
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        settings["ssl_context" if security == "tls" else "tls_context"] = context
        settings |= {
            "require_starttls": security == "starttls",
            "auth_required": True,
            "auth_require_tls": security == "starttls",
            "authenticator": _known,
        }
    server = _AnyPort(post, **settings)
    server.start()
    try:
        post.port = server.server.sockets[0].getsockname()[1]
        yield post
    finally:
        server.stop()


class _AnyPort(Controller):
    """Port 0: whichever is free; the library would try the number itself."""

    server: Any

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


def _known(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: LoginPassword) -> AuthResult:
    is_right = (given.login, given.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_right, handled=False)


def make_certificate(folder: Path, host: str = "localhost") -> tuple[Path, Path]:
    """(certificate, key) of a server that calls itself ``host``; whoever trusts the certificate trusts it alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "mail.pem", folder / "mail.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return paths
