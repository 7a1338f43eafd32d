"""Somebody who uses the keyboard alone: everything is reached by Tab, and what has the focus is visible."""

from dataclasses import dataclass
from datetime import date

from playwright.sync_api import Page

MOST_TABS = 120
_HAS_FOCUS = "element => element === document.activeElement"
_IS_MARKED = """() => {
  const style = getComputedStyle(document.activeElement.closest("label") ?? document.activeElement);
  const own = getComputedStyle(document.activeElement);
  return [style, own].some(s => (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== "none");
}"""


@dataclass
class Keyboard:
    page: Page

    def go_to(self, place: str) -> None:
        """Press Tab until the place has the focus."""
        element = self.page.locator(place).first
        for _ in range(MOST_TABS):
            if element.evaluate(_HAS_FOCUS):
                assert self.page.evaluate(_IS_MARKED), f"the focus on {place} cannot be seen"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{place} cannot be reached by Tab on {self.page.url}")

    def follow(self, link: str) -> None:
        self._go(link, "Enter")

    def press(self, button: str) -> None:
        self._go(button, "Enter")

    def tick(self, box: str) -> None:
        self.go_to(box)
        self.page.keyboard.press("Space")

    def open(self, summary: str) -> None:
        """What is folded away."""
        self.go_to(summary)
        self.page.keyboard.press("Enter")

    def set_day(self, field: str, day: date) -> None:
        """As the browser's own field takes it: the year first or last, as its language has it."""
        self.go_to(field)
        for parts in ((f"{day:%m}", f"{day:%d}", f"{day.year}"), (f"{day.year}", f"{day:%m}", f"{day:%d}")):
            for _ in parts:
                self.page.keyboard.press("ArrowLeft")
            for part in parts:
                self.page.keyboard.type(part)
                if len(part) == 4:
                    self.page.keyboard.press("ArrowRight")  # a year may have more digits
            if self.page.locator(field).first.input_value() == day.isoformat():
                return
        raise AssertionError(f"{day} cannot be typed on {self.page.url}")

    def type(self, field: str, text: str) -> None:
        self.go_to(field)
        self.page.keyboard.type(text)

    def replace(self, field: str, text: str) -> None:
        """Type over what stands there."""
        self.go_to(field)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def choose(self, name: str, value: str) -> None:
        """The arrows go through a list."""
        self.go_to(f"select[name={name}]")
        wanted = self.page.locator(f"select[name={name}]")
        for _ in range(MOST_TABS):
            if wanted.input_value() == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{value} cannot be chosen on {self.page.url}")

    def pick(self, name: str, value: str) -> None:
        """Tab comes to the first of a group of radio buttons, the arrows go through it."""
        self.go_to(f"[name={name}]")
        wanted = self.page.locator(f"[name={name}][value={value}]")
        self.page.keyboard.press("Space")
        for _ in range(MOST_TABS):
            if wanted.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{value} cannot be picked on {self.page.url}")

    def _go(self, place: str, key: str) -> None:
        self.go_to(place)
        with self.page.expect_navigation():
            self.page.keyboard.press(key)
