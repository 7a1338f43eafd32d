"""Anybody with a document, on the check page."""

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tests.journeys.looks import Looks
from tests.journeys.servers import Server

CHANGED = "changed"


@dataclass
class Checker:
    """A visitor who has never been here and signs in nowhere."""

    page: Page
    server: Server
    looks: Looks

    def check(self, document: Path) -> str:
        """The heading of the answer to a file."""
        self.page.goto(f"{self.server.url}/check")
        self.looks.at(self.page, "check")
        self.page.set_input_files("[name=file]", document)
        return self._answer("changed" if document.stem == CHANGED else "genuine")

    def check_code(self, code: str) -> str:
        self.page.goto(f"{self.server.url}/check")
        self.page.fill("[name=code]", code)
        return self._answer("code")

    def _answer(self, name: str) -> str:
        self.page.locator("main form button.button").click()
        heading = self.page.locator("h1").inner_text()
        self.looks.here(self.page, f"check-{name}")
        return heading

    @property
    def text(self) -> str:
        return self.page.locator("main").inner_text()


def with_one_byte_changed(document: Path) -> Path:
    """A copy that differs in one byte of its text, in the middle."""
    body = bytearray(document.read_bytes())
    body[len(body) // 2] ^= 1
    copy = document.with_name(f"{CHANGED}.pdf")
    copy.write_bytes(body)
    return copy
