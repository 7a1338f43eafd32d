"""Accessibility in a real browser, by axe-core."""

from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
_WITHOUT_MOTION = "*, ::before, ::after { transition: none !important; animation: none !important; }"

_STAND_STILL = """rules => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(rules);
  document.adoptedStyleSheets = [sheet];
}"""
_AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
_BY_PLACE = ("target-size", "scrollable-region-focusable")
"""The rules whose answer hangs on where things stand and how large they are; the others read the tree and its computed styles."""

_RUN = """([tags, byPlace]) => {
  const look = element => {
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    return [style.display, style.visibility, style.opacity, style.color, style.backgroundColor, style.backgroundImage,
      style.position, style.zIndex, style.textDecorationLine, isLarge].join();
  };
  const whole = document.documentElement.outerHTML.replace(/^<html[^>]*>/, "");
  const seen = whole + [...document.querySelectorAll("*")].map(look).join("|");
  window.seenByAxe ??= new Set();
  const runOnly = window.seenByAxe.has(seen) ? { type: "rule", values: byPlace } : { type: "tag", values: tags };
  window.seenByAxe.add(seen);
  return axe.run({ runOnly, resultTypes: ["violations"] }).then(results => results.violations);
}"""

_STICKING_OUT = """() => [...document.querySelectorAll("main *")]
  .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth && !e.closest(".off-screen"))
  .map(e => e.outerHTML.slice(0, 120)).slice(-3)"""


def assert_accessible(page: Page) -> None:
    """The page as it stands breaks no rule of WCAG 2.2 A and AA that axe can see; the message names each and its elements.

    Asked again at another width, a page whose tree, visibility and colours are as they were is only asked what its new places change.
    """
    if not page.evaluate("window.axe !== undefined"):
        page.evaluate(_AXE)
        page.evaluate(_STAND_STILL, _WITHOUT_MOTION)
    violations = page.evaluate(_RUN, [list(WCAG), list(_BY_PLACE)])
    assert not violations, f"{page.url}\n" + "\n".join(map(_told, violations))


def assert_fits(page: Page) -> None:
    """Nothing sticks out at the side, and no emptiness follows below the last part of the page."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px wider than the window: {page.evaluate(_STICKING_OUT)}"
    below = page.evaluate(
        "document.documentElement.scrollHeight - Math.max(innerHeight, document.body.getBoundingClientRect().bottom + scrollY)"
    )
    assert below <= 1, f"{page.url} goes on for {below} px below its end"


def _told(violation: dict[str, Any]) -> str:
    places = "\n".join(
        f"    {' '.join(map(str, node['target']))}: {node['html'][:160]}" for node in violation["nodes"][:5]
    )
    return f"- {violation['id']}: {violation['help']}\n{places}"
