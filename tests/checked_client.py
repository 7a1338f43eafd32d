"""A test client that reads every HTML answer as a strict reader would, and fills in forms as a person would."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import html5lib
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.page_faults import page_faults

_TOKEN = re.compile(r'(name="csrf_token"[^>]* value=)"[^"]+"')
_DRAWN = re.compile(
    r"\b(?:[0-9a-f]{32}|[0-9a-f]{8} [0-9a-f]{8}|[A-Z]{1,2}[2-9A-HJKMNP-Z]{8}|[\w-]+\.[\w-]{43})(?![\w-])"
)
"""What was drawn by chance and differs from test to test: ids in addresses, numbers to read out, seals of texts and of hidden values."""
_MAIN = re.compile(r"<main\b.*</main>", re.DOTALL)
_FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)
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
    known = hashlib.blake2b(_without_chance(html).encode(), digest_size=16).digest()
    if known not in _faultless:
        faults = page_faults(html)
        assert not faults, f"{path} breaks the rules of a page:\n- " + "\n- ".join(faults)
        _faultless.add(known)


def _without_chance(html: str) -> str:
    """The page with its forms' token left out and each drawn name told by the order in which they come: two that are one stay one."""
    names: dict[str, str] = {}
    return _DRAWN.sub(
        lambda found: names.setdefault(found.group(), f"drawn {len(names)}"), _TOKEN.sub(r"\1", html)
    )


def form_of(html: str, action: str | None = None) -> tuple[str, dict[str, Any]]:
    """The address that a page's form goes to ("" for the page itself) and what it would send untouched.

    Of a page without a fault, so that its forms may be read apart from it: that takes a fraction of the time.
    """
    part = _MAIN.search(html) if action is None else None
    for found in _FORM.findall(part.group() if part else html):
        form = html5lib.parseFragment(found, namespaceHTMLElements=False)[0]
        is_meant = (
            form.get("method", "").lower() == "post" if action is None else form.get("action", "") == action
        )
        if is_meant:
            return form.get("action", ""), dict(_filled_in(form))
    raise AssertionError(f"no form{'' if action is None else f' to {action}'} on the page")


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
