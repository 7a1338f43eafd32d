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

    def counter(self, *, letter: str, **terms: str) -> None:
        """Offer other terms: each field filled in or chosen, worked out, then sent."""
        self.main.locator("a[href$='/counter']").click()
        self.see("desk-counter")
        for name, value in terms.items():
            if self.page.locator(f"select[name={name}]").count():
                self.page.select_option(f"[name={name}]", value)
            else:
                self.page.fill(f"[name={name}]", value)
        self.page.select_option("[name=reason]", "later_start")
        self.page.fill("[name=letter]", letter)
        self.main.get_by_role("button", name="发出调整方案").click()

    def ask(self, words: str) -> None:
        self.main.locator("a[href$='/ask']").click()
        self.see("desk-ask")
        self.page.select_option("[name=reason]", "income")
        self.page.fill("[name=letter]", words)
        self.main.get_by_role("button", name="发出问题").click()

    def agree_as_second(self, reference: str) -> None:
        self.open("/desk/seconds")
        self.see("desk-seconds")
        self.page.get_by_role("link", name=reference).first.click()
        self.main.locator("form[action$='/claim'] button").click()
        self.main.locator("a[href$='/second']").click()
        self.see("desk-second")
        self.go_on()
