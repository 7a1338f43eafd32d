"""Signing as one statement: a bare Flask page that keeps the code with the proposal, durably, and leads on.

No check, no event, no message.
"""

from typing import Final

from flask import Flask, redirect, request
from werkzeug.wrappers import Response

from benchmarks.recorded_statements import Statement
from benchmarks.references.bare_pages import Driver

TABLE: Final = """
CREATE TABLE bare_signature (
    proposal varchar(32) PRIMARY KEY, code varchar(6) NOT NULL, signed_at timestamp DEFAULT CURRENT_TIMESTAMP
)"""


def bare_signing(url: str) -> Flask:
    """``POST /proposals/ID/sign``; the table is there."""
    app, database = Flask("bare"), Driver(url)
    mark = "%s" if url.startswith("postgresql") else "?"
    words = f"INSERT INTO bare_signature (proposal, code) VALUES ({mark}, {mark})"

    @app.post("/proposals/<proposal_id>/sign")
    def sign(proposal_id: str) -> Response:
        database.ask([Statement(words, (proposal_id, request.form["code"]))], writes=True)
        return redirect(f"/proposals/{proposal_id}", 303)

    return app
