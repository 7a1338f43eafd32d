"""Servers on this machine that answer as a test wants: what an authority outside might do, well or badly."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

TIME_STAMP_REPLY = "application/timestamp-reply"


@dataclass(frozen=True)
class Asked:
    """One request: its body and the headers that name the caller and the kind."""

    path: str
    body: bytes
    media_type: str
    authorization: str


@dataclass(frozen=True)
class Reply:
    body: bytes
    status: int = 200
    media_type: str = TIME_STAMP_REPLY
    location: str = ""
    states_length: int | None = None
    """The length that the header states, where it is not that of the body."""


Answers = Callable[[bytes], Reply]


@dataclass
class Authority:
    address: str
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def answering(answers: Answers) -> Iterator[Authority]:
    """A server that answers each POST by ``answers(body)`` and remembers what it was asked."""
    authority = Authority("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = self.headers
            authority.asked.append(
                Asked(self.path, body, headers["Content-Type"], headers.get("Authorization", ""))
            )
            reply = answers(body)
            length = len(reply.body) if reply.states_length is None else reply.states_length
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.media_type)
            self.send_header("Content-Length", str(length))
            if reply.location:
                self.send_header("Location", reply.location)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    authority.address = f"http://127.0.0.1:{server.server_port}/stamp"
    try:
        yield authority
    finally:
        server.shutdown()
        server.server_close()
