"""A test client that reads every HTML answer as a strict reader would, and fills in forms as a person would."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.page_faults import page_faults, parsed

_BY_CHANCE = re.compile(r'(name="csrf_token"[^>]* value=)"[^"]+"|\bR[2-9A-Z]{8}\b')
"""What differs between two showings of one page: its forms' token and its number."""
_faultless: set[bytes] = set()
"""Pages that were without a fault before: hundreds of requests get the same "not found"."""


class CheckedClient(FlaskClient):
    """``app.test_client_class = CheckedClient``: an HTML answer with a fault fails the test that asked for it."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        answer = super().open(*args, **kwargs)
        is_page = answer.mimetype == "text/html" and answer.request.method != "HEAD"
        if is_page and not 300 <= answer.status_code < 400:
            path = f"{answer.request.method} {answer.request.path} ({answer.status_code})"
            _check(answer.get_data(as_text=True), path)
        return answer

    def submit(
        self, url: str, data: Mapping[str, Any] | None = None, *, action: str | None = None
    ) -> TestResponse:
        """Open ``url``, fill in its form (the one to ``action``; else the first in main) and send it.

        What the page has filled in already, the hidden token included, goes along as a browser would send it; ``data`` comes on top,
        and a value of None takes a field away.
        """
        page = self.get(url)
        assert page.status_code == 200, f"{url} answers {page.status_code}"
        target, fields = form_of(page.get_data(as_text=True), action)
        sent = {**fields, **(data or {})}
        return self.post(
            target or url, data={name: value for name, value in sent.items() if value is not None}
        )


def _check(html: str, path: str) -> None:
    known = hashlib.blake2b(_BY_CHANCE.sub(r"\1", html).encode(), digest_size=16).digest()
    if known not in _faultless:
        faults = page_faults(html)
        assert not faults, f"{path} breaks the rules of a page:\n- " + "\n- ".join(faults)
        _faultless.add(known)


def form_of(html: str, action: str | None = None) -> tuple[str, dict[str, Any]]:
    """The address that a page's form goes to ("" for the page itself) and what it would send untouched."""
    page = parsed(html).root
    forms = [form for form in page.iterfind(".//main//form") if form.get("method", "").lower() == "post"]
    if action is not None:
        forms = [form for form in page.iter("form") if form.get("action", "") == action]
    assert forms, f"no form{'' if action is None else f' to {action}'} on the page"
    return forms[0].get("action", ""), dict(_filled_in(forms[0]))


def _filled_in(form: Any) -> list[tuple[str, str]]:
    inputs = [
        (box.get("name"), box.get("value", "on"))
        for box in form.iter("input")
        if box.get("type") not in {"radio", "checkbox", "submit", "file"} or box.get("checked") is not None
    ]
    areas = [(area.get("name"), area.text or "") for area in form.iter("textarea")]
    choices = [
        (select.get("name"), option.get("value", ""))
        for select in form.iter("select")
        for place, option in enumerate(select.iter("option"))
        if option.get("selected") is not None or place == 0
    ]
    return [(name, value) for name, value in (*inputs, *areas, *choices) if name]
