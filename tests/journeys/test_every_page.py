"""Every borrower page in its four states: nothing to show, one thing, many, and what was sent being wrong.

Found by links, so that a page is looked at without being named here; the pictures stand in ``test-artefacts/``.
"""

import re
from collections.abc import Callable, Mapping

import pytest
from playwright.sync_api import Locator, Page
from sqlalchemy.orm import Session

from portal import create_app
from portal.config import Config
from tests.journeys.conftest import NewPhone, Writing
from tests.journeys.crawlers import pattern_of, walk
from tests.journeys.points import lay_out
from tests.journeys.servers import Server
from tests.people import Cast, add_loan
from tests.stories import Story

pytestmark = pytest.mark.journey
MANY = 12
_EMPTY = """form => form.querySelectorAll("input:not([type=hidden]), textarea").forEach(field => {
  if (field.type === "radio" || field.type === "checkbox") field.checked = false; else field.value = "";
})"""
_TO_BE_FILLED_IN = "input:not([type=hidden]), textarea, select"


def nothing(_session: Session, _cast: Cast) -> None:
    """A borrower whom no loan is left of."""


def one(session: Session, cast: Cast) -> None:
    loan = add_loan(session, cast.li_na, ref="L-1001")
    Story(session, cast.li_na, loan).start().answer()


def many(session: Session, cast: Cast) -> None:
    """Loans at every point of a plan's life, and more."""
    loans = [add_loan(session, cast.li_na, ref=f"L-{1000 + number}") for number in range(MANY)]
    Story(session, cast.li_na, loans[0]).start().answer()
    Story(session, cast.li_na, loans[1]).start().answer().freeze().preview()
    for loan in loans[2:6]:
        Story(session, cast.li_na, loan).submit()


STATES: Mapping[str, Callable[[Session, Cast], None]] = {"nothing": nothing, "one": one, "many": many}


@pytest.mark.parametrize("state", STATES)
def test_every_page_that_links_lead_to(
    server: Server, cast: Cast, writing: Writing, new_phone: NewPhone, state: str
) -> None:
    with writing() as session:
        STATES[state](session, cast)
    phone = new_phone(server)
    phone.sign_in(cast.li_na)
    seen: set[str] = set()
    for pattern in walk(phone.page, f"{server.url}/", seen):
        phone.looks.at(phone.page, slug(pattern))
        phone.looks.pictured(phone.page, f"{slug(pattern)}-{state}")
    assert len(seen) > 5


ELSEWHERE = frozenset(
    {
        "/agreements/…/agreement.pdf",
        "/agreements/…/check.svg",
        "/agreements/…/dates.ics",
        "/attachments/…",
        "/complaint/received",
        "/new-number/asked",
        "/new-number/code",
        "/not-me",
        "/not-me/done",
        "/proposals/…/answer",
        "/proposals/…/preview.pdf",
        "/record/record.json",
        "/record/record.txt",
        "/session/left",
        "/sign-in",
        "/sign-in/code",
        "/sign-in/ending",
        "/sign-in/no-code",
    }
)
"""No pages, or pages of the way in: other stories stand on those."""


def test_every_page_at_every_point_of_a_plans_life_leaves_its_picture(
    server: Server, cast: Cast, writing: Writing, new_phone: NewPhone
) -> None:
    """Accessibility is looked at by the stories; here no page is left out, since the application itself names them."""
    with writing() as session:
        starts = lay_out(session, cast.li_na)
    phone = new_phone(server)
    phone.sign_in(cast.li_na)
    seen: set[str] = set()
    for start in [*starts, "/new-number"]:
        for pattern in walk(phone.page, f"{server.url}{start}", seen):
            phone.looks.pictured(phone.page, f"{slug(pattern)}-point")
    assert borrower_pages() - ELSEWHERE - seen == set()


def borrower_pages() -> set[str]:
    """The patterns of all addresses of a borrower's that can be opened."""
    app = create_app(Config(database_url="sqlite://", secret_key="k" * 40, testing=True))
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("borrower.")]
    return {re.sub(r"<[^>]+>", "…", rule.rule) for rule in rules if "GET" in (rule.methods or ())}


def test_every_form_sent_empty_says_what_is_missing(
    server: Server, cast: Cast, writing: Writing, new_phone: NewPhone
) -> None:
    """Or takes it, where nothing must be said; never a failure, and never a dead end."""
    with writing() as session:
        one(session, cast)
    phone = new_phone(server)
    phone.sign_in(cast.li_na)
    refused = set()
    for pattern in walk(phone.page, f"{server.url}/", set()):
        address = phone.page.url
        for place in range(forms(phone.page).count()):
            phone.page.goto(address)
            if pattern_of(phone.page.url) == pattern and sent_empty(phone.page, place) == 422:
                refused.add(pattern)
                assert phone.page.locator("#error-summary a, #error-summary li").count()
                phone.see_answer(f"{slug(pattern)}-broken")
    assert len(refused) > 5, refused


def forms(page: Page) -> Locator:
    """Those with something to fill in."""
    return page.locator("main form[method=post]").filter(has=page.locator(_TO_BE_FILLED_IN))


def sent_empty(page: Page, place: int) -> int:
    form = forms(page).nth(place)
    form.evaluate(_EMPTY)
    with page.expect_response(lambda answer: answer.request.method == "POST") as posted:
        form.locator("button").first.click()
    page.wait_for_load_state()
    assert posted.value.status < 500
    return posted.value.status


def slug(pattern: str) -> str:
    return re.sub(r"[^a-z]+", "-", pattern.replace("…", "id")).strip("-") or "home"
