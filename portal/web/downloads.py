"""Answers that are files."""

from flask import Response


def pdf_response(body: bytes, name: str) -> Response:
    """A PDF shown in the browser or saved under ``name`` (ASCII)."""
    response = Response(body, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response
