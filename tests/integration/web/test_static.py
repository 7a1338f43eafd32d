"""Style sheets and scripts are kept for a year under an address that changes with them."""

import re

import pytest

from tests.checked_client import CheckedClient
from tests.databases import Database


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.fixture
def versioned(client: CheckedClient) -> str:
    """The address of the style sheet as pages give it."""
    page = client.get("/sign-in").get_data(as_text=True)
    found = re.search(r'href="(/static/css/portal\.css\?v=[0-9a-f]{12})"', page)
    assert found is not None, "the style sheet's address carries no version"
    return found[1]


def test_every_static_address_on_a_page_carries_its_version(client: CheckedClient) -> None:
    page = client.get("/sign-in").get_data(as_text=True)
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert addresses
    assert [address for address in addresses if "?v=" not in address] == []


def test_what_is_asked_for_by_its_version_is_kept(client: CheckedClient, versioned: str) -> None:
    answer = client.get(versioned)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("address", ["/static/css/portal.css", "/static/css/portal.css?v=000000000000"])
def test_without_its_own_version_it_is_asked_for_again_each_time(client: CheckedClient, address: str) -> None:
    assert client.get(address).headers["Cache-Control"] == "no-cache"


def test_a_file_that_is_not_there_is_not_kept(client: CheckedClient) -> None:
    answer = client.get("/static/css/gone.css?v=000000000000")
    assert answer.status_code == 404
    assert "immutable" not in answer.headers["Cache-Control"]


def test_a_static_file_costs_no_session_and_no_cookie(client: CheckedClient, versioned: str) -> None:
    client.delete_cookie("__Host-portal")
    assert "Set-Cookie" not in client.get(versioned).headers


@pytest.mark.parametrize("path", ["../config.py", "..%2fconfig.py", "%2e%2e/config.py", "%2fetc/passwd"])
def test_nothing_beside_the_static_folder_is_served(client: CheckedClient, path: str) -> None:
    assert client.get(f"/static/{path}", follow_redirects=True).status_code == 404
