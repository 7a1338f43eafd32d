"""Every page that a story meets is looked at once: in both languages, in the usual and the elder view, on phones and at a desk.

It is accessible, stays within the window, and leaves a picture.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tests.journeys.axe import assert_accessible, assert_fits

PHONES = (320, 360, 1280)
DESKS = (768, 1280)
PICTURED = {360: 740, 1280: 900}
LANGUAGES = ("zh_CN", "en")


@dataclass
class Looks:
    """``folder`` takes the pictures: ``name-language-width.png``. ``seen`` is a folder that the processes of one run share."""

    folder: Path
    seen: Path

    def at(self, page: Page, name: str) -> None:
        """Look at the page under its own address, in both languages, and leave it as it was."""
        if not self._is_first(name):
            return
        before = _language(page)
        self._in_language(page, name, before)
        for language in LANGUAGES:
            if language != before:
                _switch(page, language)
                self._in_language(page, name, language)
        _switch(page, before)

    def here(self, page: Page, name: str) -> None:
        """Look at the answer to a form, which has no address: in the other language the same form is sent again."""
        if not self._is_first(name):
            return
        before = _language(page)
        self._in_language(page, name, before)
        for language in LANGUAGES:
            if language != before:
                _switch(page, language, page.reload)
                self._in_language(page, name, language)
        _switch(page, before, page.reload)

    def pictured(self, page: Page, name: str) -> None:
        """A picture more of a page that was looked at already: another state of it."""
        with _as_wide_as_before(page):
            for width, height in PICTURED.items():
                page.set_viewport_size({"width": width, "height": height})
                assert_fits(page)
                page.screenshot(path=self.folder / f"{name}-{_language(page)}-{width}.png", full_page=True)

    def _is_first(self, name: str) -> bool:
        try:
            (self.seen / name).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def _in_language(self, page: Page, name: str, language: str) -> None:
        with _as_wide_as_before(page):
            is_desk = page.locator("body.desk").count() > 0
            for width in DESKS if is_desk else PHONES:
                page.set_viewport_size({"width": width, "height": PICTURED.get(width, 900)})
                for view in ("usual",) if is_desk else ("elder", "usual"):
                    _show(page, view)
                    assert_fits(page)
                    assert_accessible(page)
                if width in PICTURED:
                    page.screenshot(path=self.folder / f"{name}-{language}-{width}.png", full_page=True)


@contextmanager
def _as_wide_as_before(page: Page) -> Iterator[None]:
    size = page.viewport_size
    yield
    if size is not None:
        page.set_viewport_size(size)


def _language(page: Page) -> str:
    return "en" if page.locator("html").get_attribute("lang") == "en" else "zh_CN"


def _show(page: Page, view: str) -> None:
    """As the server does for who chose the elder view; the desk has none."""
    page.evaluate("elder => document.documentElement.classList.toggle('elder', elder)", view == "elder")


def _switch(page: Page, language: str, ask_again: Callable[[], object] | None = None) -> None:
    """As the switch in the corner does, without its redirect: a page that a form brought about is asked for by its address."""
    page.context.add_cookies([{"name": "language", "value": language, "url": page.url}])
    if ask_again is None:
        page.goto(page.url)
    else:
        ask_again()
    assert _language(page) == language


class Unseen(Looks):
    """Without scripts nothing can look at a page."""

    def __init__(self) -> None:
        super().__init__(Path(), Path())

    def at(self, page: Page, name: str) -> None:
        del page, name
