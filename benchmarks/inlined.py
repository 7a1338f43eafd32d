"""The reference of a first view: the same page with its style inside and without scripts, served by nothing but a socket."""

import gzip
import re
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urljoin

_SHEET = re.compile(r'<link rel="stylesheet" href="([^"]+)">')
_SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)
_ICON = re.compile(r'<link rel="icon"[^>]*>')


def inlined(html: str, address: str) -> str:
    """The page's HTML with what it would load put in or left out."""

    def sheet(match: re.Match[str]) -> str:
        with urllib.request.urlopen(urljoin(address, match[1])) as answer:
            return f"<style>{answer.read().decode()}</style>"

    return _ICON.sub('<link rel="icon" href="data:,">', _SCRIPT.sub("", _SHEET.sub(sheet, html)))


@contextmanager
def plain_server(pages: dict[str, str]) -> Iterator[str]:
    """Serves ``pages`` (path to HTML, may grow meanwhile), compressed; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = gzip.compress(pages.get(self.path, "").encode())
            self.send_response(200 if self.path in pages else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
