"""Every page that a story meets is looked at once: accessible, within the window, and pictured, in both languages and at both widths."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page

from tests.journeys.axe import assert_accessible, assert_fits

NARROWEST = 320
WIDTHS: Mapping[int, int] = {360: 740, 1280: 900}
LANGUAGES = ("zh_CN", "en")


@dataclass
class Looks:
    """``folder`` takes the pictures: ``name-language-width.png``."""

    folder: Path
    seen: set[str] = field(default_factory=set)

    def at(self, page: Page, name: str) -> None:
        """Look at the page under its own address, in both languages, and leave it as it was."""
        if name in self.seen:
            return
        self.seen.add(name)
        before = _language(page)
        self._in_language(page, name, before)
        for language in LANGUAGES:
            if language != before:
                _switch(page, language)
                self._in_language(page, name, language)
        _switch(page, before)

    def here(self, page: Page, name: str) -> None:
        """Look at the answer to a form, which has no address: in the present language only."""
        language = _language(page)
        if f"{name}-{language}" not in self.seen:
            self.seen.add(f"{name}-{language}")
            self._in_language(page, name, language)

    def _in_language(self, page: Page, name: str, language: str) -> None:
        with _as_wide_as_before(page):
            page.set_viewport_size({"width": NARROWEST, "height": 740})
            assert_fits(page)
            for width, height in WIDTHS.items():
                page.set_viewport_size({"width": width, "height": height})
                assert_accessible(page)
                assert_fits(page)
                page.screenshot(path=self.folder / f"{name}-{language}-{width}.png", full_page=True)


@contextmanager
def _as_wide_as_before(page: Page) -> Iterator[None]:
    size = page.viewport_size
    yield
    if size is not None:
        page.set_viewport_size(size)


def _language(page: Page) -> str:
    return "en" if page.locator("html").get_attribute("lang") == "en" else "zh_CN"


def _switch(page: Page, language: str) -> None:
    """As the switch in the corner does, without its redirect: a page that a form brought about is asked for by its address."""
    page.context.add_cookies([{"name": "language", "value": language, "url": page.url}])
    page.goto(page.url)
    assert _language(page) == language
