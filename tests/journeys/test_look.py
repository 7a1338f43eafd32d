"""The look in a real browser: accessible, within the window, large enough to hit, light enough for a bad network."""

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Response
from werkzeug.serving import make_server

from tests.gallery.app import create_gallery
from tests.journeys.axe import assert_accessible, assert_fits
from tests.journeys.looks import Looks

pytestmark = pytest.mark.journey
PHONE_WIDTHS = (320, 360, 1280)


@pytest.fixture(scope="module")
def gallery() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_gallery(), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 360, "height": 740})
    page.on("console", lambda message: _refuse(message.type, message.text))
    yield page
    page.close()


def _refuse(kind: str, text: str) -> None:
    assert kind not in {"error", "warning"}, text


@pytest.mark.parametrize(
    "view", ["?locale=zh_CN", "?locale=en", "?locale=zh_CN&elder=1", "?locale=en&elder=1"]
)
@pytest.mark.parametrize("width", PHONE_WIDTHS)
def test_borrower_parts_are_accessible_and_fit(page: Page, gallery: str, view: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(f"{gallery}/borrower{view}")
    assert_accessible(page)
    assert_fits(page)


@pytest.mark.parametrize("view", ["?locale=zh_CN", "?locale=en&elder=1"])
def test_a_page_with_everything_wrong_is_accessible_and_says_so_first(
    page: Page, gallery: str, view: str
) -> None:
    page.goto(f"{gallery}/borrower{view}")
    page.locator("#fields .button").first.click()
    page.wait_for_selector("#error-summary")
    assert page.evaluate("document.activeElement.id") == "error-summary"
    assert_accessible(page)
    assert_fits(page)


@pytest.mark.parametrize("width", [768, 1280])
def test_the_desk_is_accessible_and_fits(page: Page, gallery: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{gallery}/desk")
    assert_accessible(page)
    assert_fits(page)


@pytest.mark.parametrize("name", ["403", "404", "409", "429", "500", "503"])
def test_error_pages_are_accessible_and_fit(page: Page, gallery: str, looks: Looks, name: str) -> None:
    """What is broken for all pages alike stands on one: these leave their pictures too."""
    page.goto(f"{gallery}/errors/{name}")
    assert_accessible(page)
    looks.pictured(page, f"error-{name}")


@pytest.mark.parametrize(
    "fault",
    [
        ".foot a { color: #eee !important }",
        ".foot a { position: absolute; color: #eee !important }",
        ".foot * { margin: 0 !important; gap: 0 !important } .foot a { min-height: 0 !important; height: 8px; font-size: 1px }",
    ],
)
def test_a_fault_that_only_one_width_has_is_found(page: Page, gallery: str, fault: str) -> None:
    """Although a page that looks as it did at another width is not asked everything again."""
    page.goto(f"{gallery}/borrower")
    assert_accessible(page)
    page.evaluate(
        """fault => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(`@media (max-width: 330px) { ${fault} }`);
            document.adoptedStyleSheets.push(sheet);
        }""",
        fault,
    )
    assert_accessible(page)
    page.set_viewport_size({"width": 320, "height": 740})
    with pytest.raises(AssertionError, match=r"color-contrast|target-size"):
        assert_accessible(page)


@pytest.mark.parametrize(("view", "least"), [("", 48), ("?elder=1", 60)])
def test_what_a_thumb_must_hit_is_large(page: Page, gallery: str, view: str, least: int) -> None:
    page.goto(f"{gallery}/borrower{view}")
    small = page.evaluate(
        """least => [...document.querySelectorAll(
             "button, .button, .row, .choice, .back, summary, .foot a, .pager a, a.change, select, textarea, input:not([type=hidden])")]
           .map(e => e.closest(".choice") ?? e)
           .filter(e => e.offsetHeight < least && e.checkVisibility())
           .map(e => `${e.outerHTML.slice(0, 90)} is ${e.offsetHeight} px high`)""",
        least,
    )
    assert small == []


def test_a_page_with_every_part_is_light(page: Page, gallery: str) -> None:
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108  # a bound built-in cannot be wrapped
    page.goto(f"{gallery}/borrower", wait_until="networkidle")
    scripts = [a for a in answers if a.url.endswith(".js")]
    assert sum(len(a.body()) for a in scripts) < 6_000
    assert all(a.url.startswith(gallery) for a in answers)


def test_a_form_goes_once_even_when_the_button_is_hit_twice(page: Page, gallery: str) -> None:
    posts: list[str] = []
    page.on("request", lambda r: posts.append(r.url) if r.method == "POST" else None)
    page.goto(f"{gallery}/borrower")
    page.evaluate("document.querySelector('#fields').addEventListener('submit', e => e.preventDefault())")
    button = page.locator("#fields .actions .button").first
    button.click()
    assert button.get_attribute("aria-disabled") == "true"
    page.evaluate("""() => {
        const form = document.querySelector('#fields');
        window.second = form.dispatchEvent(new SubmitEvent('submit', {cancelable: true, bubbles: true}));
    }""")
    assert page.evaluate("window.second") is False


def test_a_part_that_is_being_made_takes_its_place_by_itself(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/borrower")
    ready = (
        page.content()
        .replace("data-refresh", "data-done-with")
        .replace('id="document"', 'id="document" lang="zh-CN"')
    )
    ready = ready.replace('<div class="empty">', '<div class="empty" id="made">')
    page.route("**/borrower", lambda route: route.fulfill(body=ready, content_type="text/html"))
    page.wait_for_selector("#made", timeout=10_000)
    assert page.locator("#document[data-refresh]").count() == 0
