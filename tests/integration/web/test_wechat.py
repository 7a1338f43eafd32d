"""WeChat's browser: no Referer, no new windows, no dialogs; a hint how to keep a file."""

import re
from pathlib import Path

import pytest
from flask import Flask

from tests.integration.web.conftest import Writing
from tests.integration.web.worlds import build_world, form_token, visit

PORTAL = Path(__file__).resolve().parents[3] / "portal"
WECHAT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36 MicroMessenger/8.0.50"


@pytest.mark.parametrize(("agent", "told"), [(WECHAT, 1), ("Mozilla/5.0 (Linux; Android 14)", 0)])
def test_only_there_a_hint_tells_how_to_keep_the_agreement(
    app: Flask, writing: Writing, agent: str, told: int
) -> None:
    world = build_world(writing)
    client = visit(app, borrower=world.cast.li_na.id)
    page = client.get(f"/agreements/{world.things['agreement']}", headers={"User-Agent": agent})
    assert page.get_data(as_text=True).count("在浏览器打开") == told


def test_the_agreement_is_a_plain_link_to_a_file_with_a_name(app: Flask, writing: Writing) -> None:
    world = build_world(writing)
    client = visit(app, borrower=world.cast.li_na.id)
    file = client.get(
        f"/agreements/{world.things['agreement']}/agreement.pdf", headers={"User-Agent": WECHAT}
    )
    assert (file.status_code, file.mimetype) == (200, "application/pdf")
    assert re.search(r'filename="[\w.-]+\.pdf"', file.headers["Content-Disposition"])


def test_a_form_needs_no_referer(app: Flask, writing: Writing) -> None:
    world = build_world(writing)
    client = visit(app, borrower=world.cast.li_na.id)
    token = form_token(client, "/")
    headers = {"User-Agent": WECHAT, "Sec-Fetch-Site": "same-origin"}
    answer = client.post(
        "/sign-out", data={"csrf_token": token}, headers=headers, base_url="https://localhost"
    )
    assert answer.status_code == 303


def test_no_page_opens_a_window_or_a_dialog() -> None:
    forbidden = re.compile(r"target=|window\.open|\b(?:alert|confirm|prompt)\(|blob:|createObjectURL")
    files = [*PORTAL.glob("templates/**/*.html"), *PORTAL.glob("static/js/*.js")]
    assert len(files) > 100
    assert [file.name for file in files if forbidden.search(file.read_text())] == []
