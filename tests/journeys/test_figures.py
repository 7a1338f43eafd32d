"""A supervisor looks at the figures, asks for a report and opens it: accessible in both languages, with and without a history."""

import pytest

from tests.figure_history import write_history
from tests.journeys.axe import assert_accessible, assert_fits
from tests.journeys.conftest import NewDesk, Writing
from tests.journeys.servers import Server
from tests.people import Cast

pytestmark = pytest.mark.journey


def test_figures_with_nothing_with_a_history_and_as_a_report(
    server: Server, cast: Cast, writing: Writing, new_desk: NewDesk
) -> None:
    desk = new_desk(server)
    desk.sign_in(cast.wu_yan)
    desk.open("/desk/figures")
    desk.see("figures-nothing")
    with writing() as session:
        write_history(session, cast, unfair_to="female")
    desk.open("/desk/figures?span=dates&first=2026-08-01&last=2026-12-31")
    desk.see("figures-many")
    assert desk.main.locator("figure svg[role=img]").count() > 10
    desk.page.set_viewport_size({"width": 320, "height": 740})
    assert_accessible(desk.page)
    assert_fits(desk.page)
    desk.page.set_viewport_size({"width": 1280, "height": 900})
    desk.open("/desk/figures?span=dates&first=2026-12-01&last=2026-11-01")
    desk.see("figures-broken")
    desk.page.get_by_role("link", name="打印报告").click()
    desk.see("figure-reports-nothing")
    desk.page.get_by_role("button", name="生成").click()
    link = desk.main.get_by_role("link", name="打开 PDF")
    for _ in range(40):
        if link.count():
            break
        desk.page.wait_for_timeout(500)
        desk.page.reload()
    desk.see("figure-reports-one")
    answer = desk.page.request.get(f"{server.url}{link.first.get_attribute('href')}")
    assert answer.body().startswith(b"%PDF-")
