"""The shipped ``deploy/nginx/portal.conf`` in a real nginx, before a server that says what reached it."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
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
_FOR_PROGRAMS: Final = (
    "/receipts/sms/key",
    "/metrics",
    "/healthz",
    "/readyz",
    "/record/health",
    "/record/keys",
    "/record/checkpoint",
    "/record/checkpoints/7",
    "/record/checkpoints/7/time-stamp",
    "/record/time-stamps",
)
"""What no person opens; the rest of ``/record`` are a borrower's pages."""
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
_NOTES: Final = """
import os

def app(environ, start_response):
    body = environ["wsgi.input"].read()
    with open(os.environ["NOTES"], "a") as notes:
        print(environ["REQUEST_METHOD"], environ["PATH_INFO"], ascii(body), file=notes)
    start_response("204 No Content", [])
    return []
"""
_SERVED: Final = """
import sys
from pathlib import Path
from portal.commands.serve import pages_at
pages_at("127.0.0.1", int(sys.argv[2]), target="notes:app", folder=Path(sys.argv[1])).serve()
"""
_STATUS: Final = re.compile(rb"^HTTP/1\.1 (\d{3}) ", re.MULTILINE)
_HIDDEN: Final = b"GET /hidden HTTP/1.1\r\nHost: repay.example.cn\r\n\r\n"
_CHUNKED: Final = b"%x\r\n%s\r\n0\r\n\r\n" % (len(_HIDDEN), _HIDDEN)


def _post(*headers: bytes, body: bytes) -> bytes:
    lines = (b"POST /first HTTP/1.1", b"Host: repay.example.cn", *headers)
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


_TWO_READINGS: Final = {
    "CL.TE": _post(b"Content-Length: %d" % (5 + len(_HIDDEN)), b"Transfer-Encoding: chunked", body=b"0\r\n\r\n" + _HIDDEN),
    "TE.CL": _post(b"Transfer-Encoding: chunked", b"Content-Length: 4", body=_CHUNKED),
    "TE.TE, two": _post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", b"Content-Length: 4", body=_CHUNKED),
    "TE.TE, a list": _post(b"Transfer-Encoding: identity, chunked", body=_CHUNKED),
    "TE.TE, unknown": _post(b"Transfer-Encoding: xchunked", b"Content-Length: 4", body=_CHUNKED),
    "TE with a tab": _post(b"Transfer-Encoding:\tchunked", b"Content-Length: 4", body=_CHUNKED),
    "TE with a vertical tab": _post(b"Transfer-Encoding: \x0bchunked", b"Content-Length: 4", body=_CHUNKED),
    "TE with a space before the colon": _post(b"Transfer-Encoding : chunked", b"Content-Length: 4", body=_CHUNKED),
    "TE in a folded line": _post(b"Transfer-Encoding:\r\n chunked", b"Content-Length: 4", body=_CHUNKED),
    "TE behind a bare CR": _post(b"X: y\rTransfer-Encoding: chunked", b"Content-Length: 4", body=_CHUNKED),
    "TE in HTTP/1.0": _post(b"Transfer-Encoding: chunked", body=_CHUNKED).replace(b"HTTP/1.1", b"HTTP/1.0", 1),
    "two lengths": _post(b"Content-Length: 0", b"Content-Length: %d" % len(_HIDDEN), body=_HIDDEN),
    "two lengths in one": _post(b"Content-Length: 0, %d" % len(_HIDDEN), body=_HIDDEN),
    "a length with a sign": _post(b"Content-Length: +%d" % len(_HIDDEN), body=_HIDDEN),
    "a length with a space in it": _post(b"Content-Length: 0 %d" % len(_HIDDEN), body=_HIDDEN),
    "a length in hex": _post(b"Content-Length: 0x%x" % len(_HIDDEN), body=_HIDDEN),
    "a length in a folded line": _post(b"Content-Length:\r\n %d" % len(_HIDDEN), body=_HIDDEN),
    "a folded line": _post(b"X-A: b\r\n Content-Length: 0", b"Content-Length: %d" % len(_HIDDEN), body=_HIDDEN),
    "a chunk that is too long to count": _post(b"Transfer-Encoding: chunked", body=b"f" * 17 + b"\r\n" + _CHUNKED),
    "a chunk with a sign": _post(b"Transfer-Encoding: chunked", body=b"-1\r\n\r\n" + _CHUNKED),
    "a chunk that ends elsewhere": _post(b"Transfer-Encoding: chunked", body=b"1\r\nab\r\n0\r\n\r\n" + _HIDDEN),
    "a chunk's extension with a bare LF": _post(b"Transfer-Encoding: chunked", body=b"2;\nxx\r\n30\r\n0\r\n\r\n" + _HIDDEN),
    "GET with a body": b"GET /first HTTP/1.1\r\nHost: repay.example.cn\r\nContent-Length: %d\r\n\r\n" % len(_HIDDEN) + _HIDDEN,
}  # fmt: skip
"""Each can be read as one request, or as one and another that stands in its body."""
_LENIENT: Final = """
openssl_conf = all
[all]
ssl_conf = programs
[programs]
system_default = lenient
[lenient]
MinProtocol = None
CipherString = DEFAULT@SECLEVEL=0
"""
"""What this machine's OpenSSL would refuse by itself is left to the shipped file."""
_GOOD: Final = {
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-RSA-AES128-GCM-SHA256",
}
"""Those of TLS 1.2 that a certificate with an RSA key can have."""
_BAD: Final = (
    "ECDHE-RSA-AES256-SHA384",
    "ECDHE-RSA-AES128-SHA",
    "AES256-GCM-SHA384",
    "AES128-SHA",
    "ADH-AES256-GCM-SHA384",
    "NULL-SHA256",
)


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


@dataclass
class Smuggler:
    proxy: Proxy
    notes: Path

    def send(self, raw: bytes) -> tuple[list[int], list[str]]:
        """All statuses that come back on one connection, and all that reached the server meanwhile."""
        self.notes.write_text("")
        said = b""
        with closing(self.proxy.line()) as line, suppress(TimeoutError, OSError):
            line.sock.settimeout(1)
            line.sock.sendall(raw)
            while more := line.sock.recv(65536):
                said += more
        return list(map(int, _STATUS.findall(said))), self.notes.read_text().splitlines()


@pytest.fixture(scope="module")
def nginx() -> str:
    for place in (shutil.which("nginx"), *_PLACES):
        if place and Path(place).exists() and not subprocess.run([place, "-v"], check=False).returncode:
            return place
    pytest.skip("nginx is not on this machine (Debian: nginx; bin/test unpacks it)")


@pytest.fixture(scope="module")
def proxy(nginx: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder, reached = tmp_path_factory.mktemp("nginx"), list[Reached]()
    with _server_behind(reached) as behind, _proxy_before(nginx, folder, behind, reached) as made:
        yield made


@contextmanager
def _proxy_before(nginx: str, folder: Path, behind: int, reached: list[Reached]) -> Iterator[Proxy]:
    """Of the three servers that the file names one is there. Ports are held from the start, so that nobody else's program gets them."""
    with ExitStack() as held:
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
        (folder / "openssl.cnf").write_text(_LENIENT)
        environ = {
            "PATH": os.environ["PATH"],
            "NGINX": "".join(f"{each};" for each in handed),
            "OPENSSL_CONF": str(folder / "openssl.cnf"),
        }
        process = subprocess.Popen(words, env=environ, pass_fds=handed)
        try:
            yield made
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="module")
def smuggler(nginx: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Smuggler]:
    """The server is the one that ``portal serve`` starts; instead of the portal it serves what notes each request down."""
    folder = tmp_path_factory.mktemp("granian")
    (folder / "notes.py").write_text(_NOTES)
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = _port(held)
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVED, str(folder), str(port)],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{folder}", "NOTES": str(folder / "notes")},
    )
    try:
        _wait_for(port)
        with _proxy_before(nginx, folder, port, []) as proxy:
            yield Smuggler(proxy, folder / "notes")
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(port: int) -> None:
    for _ in range(300):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    pytest.fail("the server does not listen")


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


def _ask_in_the_open(proxy: Proxy, method: str, path: str) -> tuple[int, str | None]:
    with closing(HTTPConnection("127.0.0.1", proxy.plain, timeout=30)) as line:
        line.request(method, path, b"a=1" if method == "POST" else b"", {"Host": NAME})
        answer = line.getresponse()
        return answer.status, answer.getheader("Location")


def test_a_person_who_comes_without_tls_is_sent_there_with_the_address(proxy: Proxy) -> None:
    for method in ("GET", "HEAD"):
        said = _ask_in_the_open(proxy, method, "/sign-in?next=%2Fplan")
        assert said == (308, f"https://{NAME}/sign-in?next=%2Fplan")


def test_what_a_program_sends_in_the_open_is_refused_where_it_can_be_noticed(proxy: Proxy) -> None:
    """A redirect would be followed silently, key and all, in the open each time."""
    before = len(proxy.reached)
    for path in _FOR_PROGRAMS:
        assert _ask_in_the_open(proxy, "GET", path) == (403, None), path
        assert _ask_in_the_open(proxy, "POST", path) == (403, None), path
    assert _ask_in_the_open(proxy, "POST", "/sign-in") == (403, None)
    assert len(proxy.reached) == before


def _secured(proxy: Proxy, version: ssl.TLSVersion, ciphers: str = "ALL:eNULL") -> str:
    """The cipher that client and proxy agree on, where this client knows what is asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(proxy.certificate)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    with (
        socket.create_connection(("127.0.0.1", proxy.port), timeout=30) as bare,
        context.wrap_socket(bare, server_hostname=NAME) as line,
    ):
        agreed = line.cipher()
        assert agreed
        return agreed[0]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_an_old_protocol_is_refused_by_name(proxy: Proxy, version: ssl.TLSVersion) -> None:
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        _secured(proxy, version)


@pytest.mark.parametrize("cipher", _BAD)
def test_a_weak_cipher_is_refused(proxy: Proxy, cipher: str) -> None:
    with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
        _secured(proxy, ssl.TLSVersion.TLSv1_2, cipher)


def test_the_strongest_that_both_know_is_taken_whatever_the_client_would_like(proxy: Proxy) -> None:
    assert {_secured(proxy, ssl.TLSVersion.TLSv1_2, cipher) for cipher in _GOOD} == _GOOD
    weakest_first = "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384"
    assert _secured(proxy, ssl.TLSVersion.TLSv1_2, weakest_first) == "ECDHE-RSA-AES256-GCM-SHA384"
    assert _secured(proxy, ssl.TLSVersion.TLSv1_3).startswith("TLS_AES_256")


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


@pytest.mark.parametrize("raw", _TWO_READINGS.values(), ids=_TWO_READINGS)
def test_what_can_be_read_in_two_ways_is_one_request_or_none(smuggler: Smuggler, raw: bytes) -> None:
    """The proxy and the server behind it never differ about where a request ends."""
    statuses, reached = smuggler.send(raw)
    assert statuses
    assert len(reached) <= 1
    assert [line for line in reached if line.split(" ", 2)[1] != "/first"] == []
    if reached:
        assert statuses[0] == 204
    else:
        assert 400 <= statuses[0] < 502


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (_post(b"Transfer-Encoding: chunked", body=b'3;a=b\r\nabc\r\n3;c="d"\r\ndef\r\n0;e\r\n\r\n'), b"abcdef"),
        (_post(b"Transfer-Encoding: chunked", body=b"6\r\nabcdef\r\n0\r\nContent-Length: 0\r\n\r\n"), b"abcdef"),
        (_post(b"Content-Length: 6", body=b"abcdef").replace(b"\r\n", b"\n"), b"abcdef"),
    ],
    ids=["extensions of chunks", "a header behind the body", "lines that end in a bare LF"],
)  # fmt: skip
def test_what_has_one_reading_arrives_by_it_and_what_follows_is_another(
    smuggler: Smuggler, raw: bytes, body: bytes
) -> None:
    statuses, reached = smuggler.send(raw + _HIDDEN.replace(b"hidden", b"second"))
    assert statuses == [204, 204]
    assert reached == [f"POST /first {body!r}", "GET /second b''"]
