"""A vendor of text messages on this machine, which refuses a wrong signature: written from the vendor's page, not from ours."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

KEY_ID, SECRET = "key-of-the-portal", "a secret that only the vendor knows too"
Behaviour = Callable[["Vendor", BaseHTTPRequestHandler], bool]
"""Does something else than the vendor should; True where it has answered itself."""


@dataclass
class Vendor:
    """``taken`` are the messages that it believes to be ours, ``refused`` counts the others."""

    address: str = ""
    taken: list[dict[str, str]] = field(default_factory=list)
    refused: int = 0
    nonces: set[str] = field(default_factory=set)
    behaves: Behaviour | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def vendor() -> Iterator[Vendor]:
    known = Vendor()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if known.behaves is not None and known.behaves(known, self):
                return
            with known.lock:
                code = _judged(known, self)
            answer(self, {"Code": code, "Message": code, "BizId": "1^0", "RequestId": "R"})

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    known.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()


def answer(handler: BaseHTTPRequestHandler, said: object, *, status: int = 200) -> None:
    body = json.dumps(said).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json;charset=utf-8")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def take(known: Vendor, handler: BaseHTTPRequestHandler) -> str:
    """What it would answer, and what it then does."""
    with known.lock:
        return _judged(known, handler)


def _judged(known: Vendor, handler: BaseHTTPRequestHandler) -> str:
    raw = urlsplit(handler.path).query
    nonce = handler.headers.get("x-acs-signature-nonce", "")
    if not _is_signed(handler, raw) or not nonce or nonce in known.nonces:
        known.refused += 1
        return "SignatureDoesNotMatch"
    known.nonces.add(nonce)
    known.taken.append(dict(parse_qsl(raw, keep_blank_values=True, strict_parsing=True)))
    return "OK"


def _is_signed(handler: BaseHTTPRequestHandler, raw_query: str) -> bool:
    scheme, _, rest = handler.headers.get("Authorization", "").partition(" ")
    said = dict(part.split("=", 1) for part in rest.split(",") if "=" in part)
    names = said.get("SignedHeaders", "").split(";")
    wanted = {
        "host",
        "x-acs-action",
        "x-acs-content-sha256",
        "x-acs-date",
        "x-acs-signature-nonce",
        "x-acs-version",
    }
    if scheme != "ACS3-HMAC-SHA256" or said.get("Credential") != KEY_ID or set(names) != wanted:
        return False
    headers = "".join(f"{name}:{handler.headers[name]}\n" for name in names)
    whole = f"POST\n/\n{raw_query}\n{headers}\n{';'.join(names)}\n{hashlib.sha256(b'').hexdigest()}"
    text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(whole.encode()).hexdigest()
    mine = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(mine, said.get("Signature", ""))
