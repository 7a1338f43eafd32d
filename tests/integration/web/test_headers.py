"""What every answer carries, which hosts are ours, where one is sent on to, and the language."""

from dataclasses import replace
from ipaddress import ip_network

import pytest
from flask import Flask

from portal.domain.permissions import Role
from portal.web.doors import place
from tests.checked_client import CheckedClient, form_of
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.integration.web.test_access import ask, cells, client_of
from tests.integration.web.worlds import World, build_world, form_token, visit

ALWAYS = {
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
    "Permissions-Policy",
    "Strict-Transport-Security",
}


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.fixture
def world(writing: Writing) -> World:
    return build_world(writing)


@pytest.mark.parametrize("who", ["nobody", "owner", Role.APPROVER])
def test_every_answer_carries_what_protects_it(app: Flask, world: World, who: str) -> None:
    client, faults = client_of(app, world, who), []
    for cell in cells(app, world):
        answer = ask(client, cell, form_token(client, cell.path))
        missing = ALWAYS - set(answer.headers.keys())
        if missing or answer.headers["Cache-Control"] != "no-store":
            faults.append(f"{cell} {answer.status_code}: {missing} {answer.headers['Cache-Control']}")
    assert faults == []


@pytest.mark.parametrize("who", ["nobody", "owner", Role.APPROVER])
def test_no_answer_lets_another_site_read_it_and_each_says_what_it_is(
    app: Flask, world: World, who: str
) -> None:
    client, faults = client_of(app, world, who), []
    for cell in (cell for cell in cells(app, world) if cell.method == "GET"):
        answer = client.get(cell.path, headers={"Origin": "https://evil.example"})
        lets_in = [name for name, _ in answer.headers if name.startswith("Access-Control-")]
        kind = answer.headers.get("Content-Type", "")
        is_text = kind.startswith("text/") or kind.partition(";")[0].endswith("+xml")
        if lets_in or (answer.data and not kind) or (is_text and "charset=utf-8" not in kind.lower()):
            faults.append(f"{cell} {answer.status_code}: {kind!r} {lets_in}")
    assert faults == []


@pytest.mark.parametrize(
    ("who", "way_out"), [("owner", 'action="/sign-out"'), (Role.SUPERVISOR, 'action="/desk/sign-out"')]
)
def test_whoever_is_signed_in_can_sign_out_on_every_page(
    app: Flask, world: World, who: str, way_out: str
) -> None:
    client, seen, without = client_of(app, world, who), 0, []
    for cell in (cell for cell in cells(app, world) if cell.method == "GET"):
        if cell.endpoint.startswith("review.") != (who != "owner") or cell.endpoint.startswith("public."):
            continue
        answer = client.get(cell.path)
        page = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
        if answer.status_code == 200 and "<html" in page:
            seen += 1
            without += [] if way_out in page else [str(cell)]
    assert seen > 15
    assert without == []


def test_no_page_may_run_what_stands_in_it_nor_be_framed(client: CheckedClient) -> None:
    policy = client.get("/sign-in").headers["Content-Security-Policy"]
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert parts["default-src"] == "'none'"
    assert parts["script-src"] == parts["style-src"] == parts["form-action"] == "'self'"
    assert parts["frame-ancestors"] == parts["base-uri"] == "'none'"
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "evil.example:80", "", "localhost, evil.example", "[::1"],
)
def test_a_host_that_is_not_ours_gets_nothing(client: CheckedClient, host: str) -> None:
    answer = client.get("/sign-in", headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.get_data(as_text=True)
    assert "evil" not in str(answer.headers)


@pytest.mark.parametrize(
    "header", ["X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-URL", "X-Rewrite-URL"]
)
def test_headers_of_proxies_that_nobody_set_up_are_not_believed(client: CheckedClient, header: str) -> None:
    answer = client.get("/cases", headers={header: "/desk" if "URL" in header else "evil.example"})
    assert answer.location == "/sign-in?next=/cases"


def _places(app: Flask, *networks: str) -> list[str]:
    """What three visitors count for: one by our proxy, one by it who lies of an address, one who comes past it."""
    kept = app.extensions["portal"]
    app.extensions["portal"] = replace(
        kept, config=replace(kept.config, trusted_proxies=tuple(map(ip_network, networks)))
    )
    asked = [
        ("10.0.3.9", "2001:db8:1:2::7"),
        ("10.0.3.9", "9.9.9.9, 198.51.100.4"),
        ("203.0.113.8", "9.9.9.9"),
    ]
    places = []
    for peer, forwarded in asked:
        with app.test_request_context(
            "/", headers={"X-Forwarded-For": forwarded}, environ_base={"REMOTE_ADDR": peer}
        ):
            places.append(place())
    app.extensions["portal"] = kept
    return places


def test_our_own_proxy_is_believed_who_asks_and_nobody_else(app: Flask) -> None:
    assert _places(app, "10.0.3.0/24") == ["2001:db8:1:2::/64", "198.51.100.4", "203.0.113.8"]
    assert _places(app) == ["10.0.3.9", "10.0.3.9", "203.0.113.8"]


@pytest.mark.parametrize(
    "wish",
    [
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "http:/evil.example",
        " //evil.example",
        "/%0d%0aSet-Cookie: a=b\r\nSet-Cookie: a=b",
        "",
    ],
)
def test_the_language_switch_leads_nowhere_else(client: CheckedClient, wish: str) -> None:
    _, fields = form_of(client.get("/sign-in").get_data(as_text=True), "/language")
    answer = client.post("/language", data=fields | {"language": "en", "next": wish})
    assert answer.location == "/"


def test_the_language_switch_comes_back_to_the_page_and_stays_chosen(client: CheckedClient) -> None:
    page = client.get("/check?code=7K3M")
    assert 'lang="zh-CN"' in page.get_data(as_text=True)
    _, fields = form_of(page.get_data(as_text=True), "/language")
    answer = client.post("/language", data=fields | {"language": "en"})
    assert answer.location == "/check?code=7K3M"
    assert '<html lang="en">' in client.get("/check").get_data(as_text=True)


def test_the_desk_has_the_switch_too(client: CheckedClient) -> None:
    _, fields = form_of(client.get("/desk/sign-in").get_data(as_text=True), "/desk/language")
    answer = client.post("/desk/language", data=fields | {"language": "en"})
    assert answer.location == "/desk/sign-in"
    assert '<html lang="en">' in client.get("/desk/sign-in").get_data(as_text=True)


@pytest.mark.parametrize("language", ["", "de", "../../etc", "zh_CN; Secure", "en\r\nX: y"])
def test_a_language_that_is_not_there_changes_nothing(client: CheckedClient, language: str) -> None:
    _, fields = form_of(client.get("/sign-in").get_data(as_text=True), "/language")
    answer = client.post("/language", data=fields | {"language": language})
    assert answer.status_code == 303
    assert "language=" not in str(answer.headers)
    client.set_cookie("language", "de")
    assert 'lang="zh-CN"' in client.get("/sign-in").get_data(as_text=True)


def test_who_is_sent_to_sign_in_comes_back_within_the_same_audience(app: Flask, world: World) -> None:
    client = visit(app)
    assert client.get("/loans/x?y=z").location == "/sign-in?next=/loans/x?y%3Dz"
    assert client.get("/desk/me").location == "/desk/sign-in?next=/desk/me"
    staff = visit(app, staff=world.staff[Role.APPROVER])
    for wish in ("https://evil.example", "/loans/x", "//evil.example/desk"):
        assert staff.get("/desk/sign-in", query_string={"next": wish}).location == "/desk"


def test_before_signing_in_each_audience_leads_to_its_own_first_page(client: CheckedClient) -> None:
    for path, home in (
        ("/sign-in", "/"),
        ("/desk/sign-in", "/desk/sign-in"),
        ("/desk/no-such-page", "/desk/sign-in"),
    ):
        page = client.get(path).get_data(as_text=True)
        assert f'<a class="brand" href="{home}">' in page, path
