"""A borrower with a telephone: what is tapped and typed on the way to a plan. Words are looked for by the stories, not here."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Frame, Locator, Page

from portal.models import Borrower
from tests.journeys.looks import Looks
from tests.journeys.servers import Server

READING_SECONDS = 16
_FILE_NAME = re.compile(r'filename="([^"/]+)"')
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_ANYTHING = re.compile("")


@dataclass
class Phone:
    """``screens`` are the pages that came up; ``typed`` the fields that were typed into."""

    page: Page
    server: Server
    looks: Looks
    has_scripts: bool = True
    screens: list[str] = field(default_factory=list)
    typed: int = 0
    mobile: str = ""
    messages_read: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page.on("framenavigated", self._count)

    def _count(self, frame: Frame) -> None:
        if frame == self.page.main_frame:
            self.screens.append(frame.url)

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    def see(self, name: str) -> None:
        """This page has come up: look at it, once for all stories."""
        if self.has_scripts:
            counted = list(self.screens)
            self.looks.at(self.page, name)
            self.screens[:] = counted

    def see_answer(self, name: str) -> None:
        """The same for the answer to a form."""
        self.looks.here(self.page, name)

    def open(self, path: str = "/") -> None:
        self.page.goto(f"{self.server.url}{path}")

    def type(self, name: str, text: str) -> None:
        self.typed += 1
        self.page.fill(f"main [name={name}]", text)

    def choose(self, name: str, value: str) -> None:
        self.page.check(f"main [name={name}][value={value}]")

    def go_on(self) -> None:
        """Tap the one main button of the form."""
        self.main.locator("button.button:not(.second):not(.danger)").first.click()

    def read_code(self) -> str:
        """Look into the newest text message, in another tab; the worker may still be sending it."""
        return str(_CODE.findall(self.read_message(_CODE))[-1])

    def read_message(self, holding: "re.Pattern[str]" = _ANYTHING) -> str:
        """The newest that went to this telephone's own number, was not read yet, and holds this: others may come at the same time."""
        tab = self.page.context.new_page()
        try:
            for _ in range(100):
                tab.goto(f"{self.server.url}/demo/messages")
                own = tab.locator("article", has_text=self.mobile)
                unread = [text for text in own.all_inner_texts() if text not in self.messages_read]
                text = next((text for text in unread if holding.search(text)), "")
                if text:
                    self.messages_read.add(text)
                    return text
                tab.wait_for_timeout(100)
        finally:
            tab.close()
        raise AssertionError("no new text message")

    def bring_up(self, what: str) -> None:
        """From home: ``dispute`` or ``talk``, with a topic and a few words."""
        self.open()
        self.main.locator(f"a[href$='/{what}']").first.click()
        self.see(what)
        self.fill_in_case()

    def fill_in_case(self) -> None:
        self.main.locator("[name=topic]").first.check()
        self.type("body", "十月二十日还过一笔 500 元，没有算进去。")
        self.go_on()
        assert "/cases/" in self.page.url, self.main.inner_text()

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.server.url)

    def sign_in(self, borrower: Borrower) -> None:
        self.sign_in_as(mobile=borrower.mobile.removeprefix("+86"), ending=borrower.id_last4)

    def sign_in_as(self, *, mobile: str, ending: str) -> None:
        self.mobile = mobile
        self.open("/")
        self.see("sign-in")
        self.type("mobile", mobile)
        self.go_on()
        self.see("sign-in-code")
        self.type("code", self.read_code())
        self.go_on()
        self.see("sign-in-ending")
        self.type("ending", ending)
        self.go_on()
        assert self.page.url == f"{self.server.url}/", self.main.inner_text()

    def sign_in_again(self) -> None:
        """On a telephone that is known already: nobody asks for the ID's ending."""
        self.open("/")
        self.type("mobile", self.mobile)
        self.go_on()
        self.type("code", self.read_code())
        self.go_on()

    def start_plan(self) -> None:
        self.page.locator("main a[href$='/plan']").first.click()
        self.go_on()

    def say_reason(self, reason: str = "not_said") -> None:
        self.choose("reason", reason)
        if reason != "not_said":
            self.page.check("main [name=consents]")
        self.go_on()

    def say_need(self, monthly: str = "2000", day: str = "15") -> None:
        self.choose("need", "monthly")
        self.type("monthly", monthly)
        self.page.select_option("main [name=day]", day)
        self.go_on()

    def choose_plan(self, number: int = 0) -> None:
        self.main.locator("button[name=plan]").nth(number).click()

    def go_on_to_new_figures(self) -> None:
        """From a proposal that the facts have overtaken to its check page."""
        self.go_on_by_link()
        if self.page.url.endswith("/plans"):
            self.choose_plan()

    def go_on_by_link(self) -> None:
        self.main.locator(".actions a.button").first.click()

    def freeze(self) -> None:
        self.go_on()

    def read_disclosure(self) -> None:
        self.server.let_pass(READING_SECONDS)
        self.go_on()

    def acknowledge(self) -> None:
        """Tick every key term, and wait until the document that will be signed is there."""
        self.wait_for_document("a.file")
        for box in self.main.locator("[name=terms]").all():
            box.check()
        self.go_on()

    def sign(self) -> None:
        self.type("code", self.read_code())
        self.go_on()

    def walk_to_check(self, *, reason: str = "not_said", plan: int = 0) -> None:
        self.start_plan()
        self.say_reason(reason)
        self.say_need()
        self.choose_plan(plan)
        if self.path.endswith("/budget"):
            self.say_month()

    def say_month(self) -> None:
        """Policy asks for the month where a plan goes beyond its band."""
        for name, sum_ in {"wages": "12000", "housing": "2500", "food": "2000"}.items():
            self.type(name, sum_)
        self.go_on()

    def propose(self, *, reason: str = "not_said", plan: int = 0) -> None:
        """From home to the answer."""
        self.walk_to_check(reason=reason, plan=plan)
        self.sign_frozen()

    def sign_frozen(self) -> None:
        """From the check page to the answer."""
        self.freeze()
        self.read_disclosure()
        self.acknowledge()
        self.sign()
        assert "/proposals/" in self.page.url, self.main.inner_text()
        assert not self.page.url.endswith("/sign"), self.main.inner_text()

    def wait_for_document(self, link: str) -> Locator:
        """The worker makes it; the page puts the link in by itself, or has one to look again."""
        found = self.main.locator(link)
        for _ in range(100):
            if found.count() or self.has_scripts:
                break
            self.page.wait_for_timeout(200)
            self.main.locator("[data-refresh] a[href]").last.click()
        found.wait_for(timeout=30_000)
        return found

    def download(self, folder: Path) -> Path:
        """From the proposal that is in force to the sealed document, as a file."""
        self.main.locator("a[href*='/agreements/']").first.click()
        link = self.wait_for_document("a.button[href$='.pdf']")
        return self.save(link.get_attribute("href") or "", folder)

    def save(self, address: str, folder: Path) -> Path:
        """Keep the file that a link leads to: with the telephone's own session, outside of any viewer."""
        answer = self.page.context.request.get(f"{self.server.url}{address}")
        assert answer.status == 200
        path: Path = folder / _FILE_NAME.findall(answer.headers["content-disposition"])[0]
        path.write_bytes(answer.body())
        return path
