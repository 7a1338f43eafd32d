"""Every borrower page in its four states: nothing to show, one thing, many and long ones, and what was sent being wrong.

The application itself names the pages, ``page_states.py`` says for each state where it stands or why it cannot, and the pictures
stand in ``test-artefacts/``.
"""

import re
from collections.abc import Mapping

import pytest
from playwright.sync_api import APIResponse, Page, Response

from portal import create_app
from portal.config import Config
from tests.journeys.axe import assert_accessible
from tests.journeys.conftest import NewPhone, Writing
from tests.journeys.crawlers import pattern_of
from tests.journeys.page_states import NO_PAGES, PAGES, STATES, WAY_IN, Leads, No, Sent
from tests.journeys.phones import Phone
from tests.journeys.scenes import SCENES
from tests.journeys.servers import Server
from tests.people import Cast

pytestmark = pytest.mark.journey
_FILL_IN = """(button, fields) => {
  for (const field of button.form.querySelectorAll("input:not([type=hidden]), textarea, select")) {
    const wanted = fields[field.name];
    if (field.type === "radio" || field.type === "checkbox") field.checked = field.value === wanted;
    else if (field.localName === "select") field.value = wanted ?? field.value;
    else field.value = wanted ?? "";
  }
}"""


def test_every_page_is_named_with_its_states_or_stands_on_the_way_in() -> None:
    app = create_app(Config(database_url="sqlite://", secret_key="k" * 40, testing=True))
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith(("borrower.", "public."))]
    pages = {re.sub(r"<[^>]+>", "…", rule.rule) for rule in rules if "GET" in (rule.methods or ())}
    assert pages == {*PAGES, *WAY_IN, *NO_PAGES}
    assert all(len(states) == len(STATES) for states in PAGES.values())


@pytest.mark.parametrize("state", STATES)
def test_every_page_in_this_state(
    server: Server, cast: Cast, writing: Writing, new_phone: NewPhone, state: str
) -> None:
    with writing() as session:
        things = SCENES[state](session, cast)
    li_na, wang_qiang = new_phone(server), new_phone(server)
    li_na.sign_in(cast.li_na)
    if state == "nothing":
        wang_qiang.sign_in(cast.wang_qiang)
    for pattern, states in PAGES.items():
        match states[STATES.index(state)]:
            case No.NOT_THERE:
                assert asked(li_na, pattern.replace("…", "0" * 32)).status == 404
            case No():
                continue
            case Leads(path):
                phone = wang_qiang if state == "nothing" else li_na
                assert pattern_of(asked(phone, path.format(**things)).url) != pattern
            case Sent() as sent:
                li_na.open(sent.path.format(**things))
                see_refused(li_na, pattern, sent.fields)
            case path:
                phone = wang_qiang if state == "nothing" and "{" in path else li_na
                see_page(phone, pattern, path.format(**things), state)


def asked(phone: Phone, path: str) -> APIResponse:
    """With the telephone's own session, and without looking."""
    return phone.page.request.get(f"{phone.server.url}{path}")


def see_page(phone: Phone, pattern: str, path: str, state: str) -> None:
    phone.open(path)
    assert pattern_of(phone.page.url) == pattern, f"{path} leads to {phone.page.url}"
    if state == "one":
        phone.looks.at(phone.page, f"{slug(pattern)}-one")
    else:
        phone.looks.pictured(phone.page, f"{slug(pattern)}-{state}")
        assert_accessible(phone.page)


def see_refused(phone: Phone, pattern: str, fields: Mapping[str, str]) -> None:
    """The page that stands there says what is wrong with these fields, on top and where it is."""
    assert pattern_of(phone.page.url) == pattern, phone.page.url
    answer = fill_in(phone.page, fields)
    assert answer.status == 422, f"{pattern}: {answer.status}"
    assert phone.page.locator("#error-summary a, #error-summary li").count(), pattern
    phone.see_answer(f"{slug(pattern)}-broken")


def fill_in(page: Page, fields: Mapping[str, str]) -> Response:
    """Its main button, where it has one, sends the form."""
    main = page.locator("main form .actions button:not(.second)")
    button = (main if main.count() else page.locator("main form .actions button")).first
    button.evaluate(_FILL_IN, dict(fields))
    with page.expect_response(lambda answer: answer.request.is_navigation_request()) as answered:
        button.click()
    page.wait_for_load_state()
    return answered.value


def test_what_strangers_type_is_refused_in_words(server: Server, cast: Cast, new_phone: NewPhone) -> None:
    """The way in, wrongly and then rightly: what each page is like otherwise stands in the stories of signing in."""
    phone, li_na = new_phone(server), cast.li_na
    phone.mobile = li_na.mobile.removeprefix("+86")
    refused = [pattern for pattern, is_typed in WAY_IN.items() if is_typed]

    def refuse(pattern: str, **fields: str) -> None:
        see_refused(phone, pattern, fields)
        refused.remove(pattern)

    def go_on(**fields: str) -> None:
        for name, text in fields.items():
            phone.type(name, text)
        phone.go_on()

    phone.open("/sign-in")
    refuse("/sign-in", mobile="12")
    go_on(mobile=phone.mobile)
    refuse("/sign-in/code", code="12")
    go_on(code=phone.read_code())
    refuse("/sign-in/ending", ending="1")
    phone.open("/new-number")
    refuse("/new-number", old="12", ending="1", new="12")
    phone.mobile = "13700137007"
    go_on(old=li_na.mobile, ending=li_na.id_last4, new=phone.mobile)
    refuse("/new-number/code", code="12")
    phone.open("/complaint")
    refuse("/complaint", body="")
    phone.choose("topic", "other")
    go_on(body="请不要再打电话给我的同事。")
    assert pattern_of(phone.page.url) == "/complaint/received"
    phone.see("complaint-received")
    assert refused == []


def slug(pattern: str) -> str:
    return re.sub(r"[^a-z]+", "-", pattern.replace("…", "id")).strip("-") or "home"
