"""The client of the tests itself: what it forgets between two showings of a page, and what it does not."""

import pytest
from flask import Flask

from tests.checked_client import CheckedClient, form_of

PAGE = '<!doctype html><html lang="en"><head><title>Plans</title></head><body><main><h1>Plans</h1>{}</main></body></html>'
ONE, OTHER = "0f" * 16, "1e" * 16


def client_of(body: str) -> CheckedClient:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: PAGE.format(body))
    return CheckedClient(app)


def test_a_fault_that_only_drawn_names_tell_from_a_faultless_page_is_seen() -> None:
    client_of(f'<p id="{ONE}">a</p><p id="{OTHER}">b</p>').get("/")
    with pytest.raises(AssertionError, match="stands 2 times"):
        client_of(f'<p id="{ONE}">a</p><p id="{ONE}">b</p>').get("/")


def test_a_faulty_page_is_faulty_each_time() -> None:
    for _ in range(2):
        with pytest.raises(AssertionError, match="leads nowhere"):
            client_of('<a href="">a</a>').get("/")


def test_a_form_is_read_as_a_browser_would_send_it() -> None:
    html = PAGE.format(
        '<form method="get"><input name="q" value="1"></form>'
        '<form method="post" action="/sign"><input type="hidden" name="csrf_token" value="t&amp;u">'
        '<textarea name="words">\nmine</textarea><select name="kind"><option value="a">A<option value="b" selected>B</select>'
        '<input type="checkbox" name="off"><input type="radio" name="on" value="yes" checked></form>'
        '<form method="post" action="/leave"><input name="why" value="x"></form>'
    )
    assert form_of(html) == ("/sign", {"csrf_token": "t&u", "words": "mine", "kind": "b", "on": "yes"})
    assert form_of(html, "/leave") == ("/leave", {"why": "x"})
    with pytest.raises(AssertionError, match="no form to /nowhere"):
        form_of(html, "/nowhere")


def test_without_an_address_the_form_of_the_pages_own_matter_is_meant() -> None:
    html = '<form method="post" action="/language"></form>' + PAGE.format('<form method="post"></form>')
    assert form_of(html) == ("", {})
