"""Answers go out compressed: a phone on a bad network waits for bytes.

What a foreign site brought about goes out as it is, so that nobody measures a page with secrets by what they put beside them (BREACH).
"""

from flask import Flask, Response, request
from flask_compress import Compress

_TEXTS = ("text/html", "text/css", "text/javascript", "text/plain", "text/calendar", "image/svg+xml")
_FOREIGN = frozenset({"cross-site", "same-site"})


def init_compression(app: Flask) -> None:
    """To be called before what works on an answer's body: functions after a request run last registered first."""
    app.config.update(
        COMPRESS_REGISTER=False,
        COMPRESS_MIMETYPES=list(_TEXTS),
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_ALGORITHM_STREAMING=["br", "gzip"],
    )
    compress = Compress(app)

    @app.after_request
    def _compress(response: Response) -> Response:
        if request.headers.get("Sec-Fetch-Site") in _FOREIGN:
            return response
        return compress.after_request(response)
