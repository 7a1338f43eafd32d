"""An application asked directly, as its server asks it: a test client would cost as much as a bare page."""

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Browser:
    """One person's; keeps no cookies but the one that it was given."""

    application: Application
    cookie: str = ""
    address: str = "127.0.0.1"

    def get(self, path: str) -> Answer:
        return self._ask(path, "GET", b"")

    def post(self, path: str, form: Mapping[str, str]) -> Answer:
        return self._ask(path, "POST", urlencode(form).encode())

    def _ask(self, path: str, method: str, body: bytes) -> Answer:
        path, _, query = path.partition("?")
        said: list[Any] = []
        parts = self.application(
            {
                "REQUEST_METHOD": method,
                "SCRIPT_NAME": "",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "SERVER_NAME": "localhost",
                "SERVER_PORT": "80",
                "SERVER_PROTOCOL": "HTTP/1.1",
                "REMOTE_ADDR": self.address,
                "HTTP_HOST": "localhost",
                "HTTP_COOKIE": self.cookie,
                "HTTP_REFERER": f"https://localhost{path}",
                "CONTENT_TYPE": "application/x-www-form-urlencoded" if body else "",
                "CONTENT_LENGTH": str(len(body)),
                "wsgi.version": (1, 0),
                "wsgi.url_scheme": "https",
                "wsgi.input": io.BytesIO(body),
                "wsgi.errors": io.StringIO(),
                "wsgi.multithread": True,
                "wsgi.multiprocess": False,
                "wsgi.run_once": False,
            },
            lambda *answer: said.append(answer),
        )
        try:
            whole = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        status, headers = said[-1][:2]
        return Answer(int(status.split()[0]), dict(headers), whole)
