"""What goes over the wire: small for one's own visitors, plain for what a foreign site brought about."""

import gzip
from collections.abc import Callable

import brotli
import pytest
from werkzeug.test import Client, TestResponse

from tests.checked_client import CheckedClient

BROWSERS = "gzip, deflate, br, zstd"


@pytest.fixture
def plain(client: CheckedClient) -> Client:
    """The same application without the checks of pages, which read uncompressed ones."""
    return Client(client.application, TestResponse)


@pytest.mark.parametrize("path", ["/sign-in", "/static/css/portal.css", "/static/js/portal.js"])
@pytest.mark.parametrize(("accepted", "unpack"), [(BROWSERS, brotli.decompress), ("gzip", gzip.decompress)])
def test_pages_and_their_files_are_compressed_as_the_browser_can_read_them(
    plain: Client, path: str, accepted: str, unpack: Callable[[bytes], bytes]
) -> None:
    whole = plain.get(path)
    packed = plain.get(path, headers={"Accept-Encoding": accepted})
    assert len(packed.data) < len(whole.data) * 0.6
    assert len(unpack(packed.data)) == len(whole.data)
    assert "Accept-Encoding" in packed.headers["Vary"]


def test_who_reads_no_compressed_page_gets_a_plain_one(plain: Client) -> None:
    assert b"<!doctype html>" in plain.get("/sign-in").data


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_a_foreign_site_brought_about_is_not_compressed(plain: Client, site: str) -> None:
    answer = plain.get("/sign-in", headers={"Accept-Encoding": BROWSERS, "Sec-Fetch-Site": site})
    assert "Content-Encoding" not in answer.headers
    assert b"<!doctype html>" in answer.data


def test_a_refusal_without_a_body_stays_as_it_is(plain: Client) -> None:
    answer = plain.get("/", headers={"Accept-Encoding": BROWSERS})
    assert answer.status_code == 303
    assert "Content-Encoding" not in answer.headers
