"""Answers that are files."""

from urllib.parse import quote

from flask import Response


def pdf_response(body: bytes, name: str) -> Response:
    """A PDF shown in the browser or saved under ``name`` (ASCII)."""
    response = Response(body, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def stranger_file_response(body: bytes, media_type: str, name: str) -> Response:
    """A file that somebody sent: always saved, never drawn by our pages, whatever is in it. ``name`` may be in any script."""
    response = Response(body, mimetype=media_type)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
