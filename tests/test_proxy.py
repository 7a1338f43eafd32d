"""The shipped ``deploy/nginx/portal.conf`` in a real nginx, before a server that says what reached it."""

import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from portal import FORM_AROUND_A_FILE
from portal.adapters.document_check import LARGEST_MEGABYTES

ROOT: Final = Path(__file__).resolve().parent.parent
NAME: Final = "repay.example.cn"
_USER: Final = "" if os.geteuid() else "user root;"
"""As root nginx would hand requests to somebody who may not write here."""
_PLACES: Final = ("/usr/sbin/nginx", str(ROOT / ".cache/nginx/usr/sbin/nginx"))
_AROUND: Final = """
{user}
daemon off;
pid {folder}/pid;
error_log {folder}/errors;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/portal.conf;
}}
"""


@dataclass
class Reached:
    """What a request was when it came to the server behind."""

    headers: list[tuple[str, str]]
    body: bytes = b""

    def said(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass
class Proxy:
    plain: int
    port: int
    certificate: Path
    reached: list[Reached] = field(default_factory=list)

    def line(self) -> HTTPSConnection:
        """To the proxy under its own name, with nothing sent yet."""
        context = ssl.create_default_context(cafile=self.certificate)
        line = HTTPSConnection(NAME, self.port, timeout=30)
        bare = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        line.sock = context.wrap_socket(bare, server_hostname=NAME)
        return line

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> HTTPResponse:
        with closing(self.line()) as line:
            line.request(method, path, body, {"Host": NAME, **(headers or {})})
            answer = line.getresponse()
            answer.read()
            return answer


@pytest.fixture(scope="module")
def nginx() -> str:
    for place in (shutil.which("nginx"), *_PLACES):
        if place and Path(place).exists() and not subprocess.run([place, "-v"], check=False).returncode:
            return place
    pytest.skip("nginx is not on this machine (Debian: nginx; bin/test unpacks it)")


@pytest.fixture(scope="module")
def proxy(nginx: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Of the three servers that the file names one is there. Ports are held from the start, so that nobody else's program gets them."""
    folder, reached = tmp_path_factory.mktemp("nginx"), list[Reached]()
    with _server_behind(reached) as behind, ExitStack() as held:
        plain, secure, *away = [held.enter_context(socket.socket()) for _ in range(4)]
        for each in (plain, secure, *away):
            each.bind(("127.0.0.1", 0))
        for each in (plain, secure):
            each.listen()
        made = Proxy(_port(plain), _port(secure), _certificate(folder), reached)
        (folder / "portal.conf").write_text(_moved(folder, made, [_port(away[0]), behind, _port(away[1])]))
        (folder / "nginx.conf").write_text(_AROUND.format(folder=folder, user=_USER))
        words = [nginx, "-p", str(folder), "-e", str(folder / "errors"), "-c", str(folder / "nginx.conf")]
        tried = subprocess.run([*words, "-t"], capture_output=True, text=True, check=False)
        assert tried.returncode == 0, tried.stderr
        assert "[warn]" not in tried.stderr
        handed = [each.fileno() for each in (plain, secure)]
        environ = {"PATH": os.environ["PATH"], "NGINX": "".join(f"{each};" for each in handed)}
        process = subprocess.Popen(words, env=environ, pass_fds=handed)
        try:
            yield made
        finally:
            process.terminate()
            process.wait(30)


def _port(held: socket.socket) -> int:
    return int(held.getsockname()[1])


def _moved(folder: Path, made: Proxy, servers: Sequence[int]) -> str:
    """The file itself, at ports of this machine's own address."""
    said = (ROOT / "deploy/nginx/portal.conf").read_text()
    changes = {
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl;\n": "",
        "listen 80;": f"listen 127.0.0.1:{made.plain};",
        "listen 443 ssl;": f"listen 127.0.0.1:{made.port} ssl;",
        f"/etc/nginx/{NAME}": str(folder / NAME),
        **{f"127.0.0.1:800{place};": f"127.0.0.1:{port};" for place, port in enumerate(servers, 1)},
    }
    for old, new in changes.items():
        assert old in said
        said = said.replace(old, new)
    return said


def _certificate(folder: Path) -> Path:
    key, now = rsa.generate_private_key(65537, 2048), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    (folder / f"{NAME}.key").write_bytes(private)
    (folder / f"{NAME}.crt").write_bytes(made.public_bytes(pem))
    return folder / f"{NAME}.crt"


@contextmanager
def _server_behind(reached: list[Reached]) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            reached.append(Reached(list(self.headers.items())))
            reached[-1].body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(204)
            self.end_headers()

        do_GET = do_POST  # noqa: N815 - the name that http.server asks for

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def test_the_portal_hears_the_proxy_s_word_of_who_asks_and_the_visitor_s_of_whom(proxy: Proxy) -> None:
    forged = {"X-Forwarded-For": "203.0.113.7"}
    assert proxy.ask("GET", "/sign-in", headers=forged).status == 204
    assert proxy.reached[-1].said("X-Forwarded-For") == ["127.0.0.1"]
    assert proxy.reached[-1].said("Host") == [NAME]


def test_what_comes_without_tls_is_sent_there_with_its_address(proxy: Proxy) -> None:
    with closing(HTTPConnection("127.0.0.1", proxy.plain, timeout=30)) as line:
        line.request("POST", "/sign-in?next=%2Fplan", b"a=1", {"Host": NAME})
        answer = line.getresponse()
        assert (answer.status, answer.getheader("Location")) == (308, f"https://{NAME}/sign-in?next=%2Fplan")


def test_servers_that_are_away_are_passed_over(proxy: Proxy) -> None:
    before = len(proxy.reached)
    assert {proxy.ask("POST", "/plan", b"a=1").status for _ in range(6)} == {204}
    assert len(proxy.reached) == before + 6


def test_a_request_reaches_the_portal_once_it_is_whole(proxy: Proxy) -> None:
    before = len(proxy.reached)
    with closing(proxy.line()) as line:
        line.putrequest("POST", "/plan", skip_host=True)
        line.putheader("Host", NAME)
        line.putheader("Content-Length", "6")
        line.endheaders(b"abc")
        time.sleep(0.5)
        assert len(proxy.reached) == before
        line.send(b"def")
        assert line.getresponse().status == 204
    assert proxy.reached[-1].body == b"abcdef"


def test_what_is_too_large_for_the_portal_is_refused_by_its_own_page(proxy: Proxy) -> None:
    assert proxy.ask("POST", "/plan", bytes((LARGEST_MEGABYTES << 20) + FORM_AROUND_A_FILE + 1)).status == 204


def test_the_proxy_does_not_tell_its_version(proxy: Proxy) -> None:
    assert proxy.ask("GET", "/").getheader("Server") == "nginx"
