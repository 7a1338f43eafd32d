"""``portal stand-in``: authorities to try settings out with, on this machine, over HTTP as the real ones are asked."""

from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate

from portal.adapters.key_files import write_key_once
from portal.adapters.signing_authority import exchange as signing
from portal.adapters.signing_authority.stand_in import open_stand_in_authority
from portal.adapters.time_stamps import exchange as stamping
from portal.adapters.time_stamps.configured import open_stand_in
from portal.clock import Clock
from portal.config import from_environment

Answer = Callable[[bytes], bytes]
LARGEST = 64 << 10
TIME_STAMPS, SIGNATURES = "/time-stamps", "/signatures"


@click.command("stand-in")
@click.option("--port", default=8300, show_default=True, help="Port on 127.0.0.1.")
def stand_in(port: int) -> None:
    """Serve a time-stamping and a signing authority for trying settings out. Nobody else trusts them: never use them for real agreements.

    Prints the settings for the portal, which has to be started with them in another shell.
    """
    config = from_environment()
    server, settings = build_server(
        config.data_dir, Clock(ZoneInfo(config.timezone), config.business_date), port
    )
    for name, value in settings.items():
        click.echo(f"export {name}={value}")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


def build_server(folder: Path, clock: Clock, port: int) -> tuple[ThreadingHTTPServer, Mapping[str, str]]:
    """The server, not yet serving, with keys kept in the folder; and the settings that make a portal ask it."""
    stamps, stamps_root = open_stand_in(folder / "time-stamps.pem", clock)
    authority = open_stand_in_authority(folder / "signing-authority.pem")
    answers = {
        TIME_STAMPS: (stamps.answer, stamping.TAKES),
        SIGNATURES: (authority.answer, signing.TAKES),
    }
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(answers))
    address = f"http://127.0.0.1:{server.server_port}"
    return server, {
        "PORTAL_TIME_STAMP_URL": address + TIME_STAMPS,
        "PORTAL_TIME_STAMP_TRUST": str(_trust(folder / "time-stamps.trust.pem", stamps_root)),
        "PORTAL_SIGNING_AUTHORITY_URL": address + SIGNATURES,
        "PORTAL_SIGNING_AUTHORITY_TRUST": str(_trust(folder / "signing-authority.trust.pem", authority.root)),
    }


def _trust(path: Path, certificate: bytes) -> Path:
    """The certificate as a file that settings can name."""
    if not path.exists():
        body = load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)
        write_key_once(path, body, exists="time_stamp_key_exists")
    return path


def _handler(answers: Mapping[str, tuple[Answer, str]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer, media_type = answers.get(self.path, (None, ""))
            length = int(self.headers.get("Content-Length", 0))
            if answer is None or length > LARGEST:
                self.send_error(404 if answer is None else 413)
                return
            try:
                body = answer(self.rfile.read(length))
            except ValueError:
                self.send_error(400)
                return
            self.send_response(200)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
