"""A member of staff at a desk: signing in, the queue, a case, a decision."""

from dataclasses import dataclass

import pyotp
from playwright.sync_api import Locator, Page

from portal.models import StaffMember
from tests.journeys.looks import Looks
from tests.journeys.servers import Server
from tests.people import PASSWORD


@dataclass
class Desk:
    page: Page
    server: Server
    looks: Looks

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.server.url)

    def see(self, name: str) -> None:
        self.looks.at(self.page, name)

    def open(self, path: str = "/desk") -> None:
        self.page.goto(f"{self.server.url}{path}")

    def sign_in(self, member: StaffMember) -> None:
        self.open()
        self.see("desk-sign-in")
        self.page.fill("[name=login]", member.login)
        self.page.fill("[name=password]", PASSWORD)
        self.page.fill("[name=code]", pyotp.TOTP(member.totp_secret or "").at(self.server.now()))
        self.go_on()
        assert "sign-in" not in self.page.url, self.main.inner_text()

    def go_on(self) -> None:
        self.main.locator("form .actions button.button").first.click()

    def take_case(self, reference: str) -> None:
        self.see("desk-queue")
        self.page.get_by_role("link", name=reference).first.click()
        self.see("desk-case")
        self.main.locator("form[action$='/claim'] button").click()
        self.see("desk-case-mine")

    def approve(self) -> None:
        self.main.locator("a[href$='/approve']").click()
        self.see("desk-approve")
        self.main.locator("[name=reason]").first.check()
        self.go_on()

    def decline(self, *, would_accept: str, words: str) -> None:
        self.main.locator("a[href$='/decline']").click()
        self.see("desk-decline")
        self.page.select_option("[name=reason]", index=1)
        self.page.fill("[name=would_accept]", would_accept)
        self.page.fill("[name=reason_text]", words)
        self.go_on()
