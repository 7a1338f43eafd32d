"""The parts of pages, as a strict reader sees them."""

import gzip
import re
from collections.abc import Iterator

import pytest

from tests.checked_client import CheckedClient, form_of
from tests.gallery.app import PORTAL, create_gallery
from tests.page_faults import page_faults

ERROR_PAGES = sorted(
    f"/errors/{page.stem}"
    for page in (PORTAL / "templates/errors").glob("*.html")
    if page.stem not in {"layout", "bare", "dead_end"}
)
"""Dead ends are asked for one by one by their own test."""
BOTH = ("?locale=zh_CN", "?locale=en")


@pytest.fixture
def client() -> Iterator[CheckedClient]:
    app = create_gallery()
    app.test_client_class = CheckedClient
    with app.test_client() as client:
        assert isinstance(client, CheckedClient)
        yield client


@pytest.mark.parametrize("locale", BOTH)
@pytest.mark.parametrize("page", ["/borrower", "/question", "/desk", *ERROR_PAGES])
def test_every_part_and_error_page_keeps_the_rules_of_a_page(
    client: CheckedClient, page: str, locale: str
) -> None:
    assert client.get(page + locale).status_code == 200


@pytest.mark.parametrize("locale", BOTH)
def test_a_page_with_everything_wrong_links_each_error_to_its_field(
    client: CheckedClient, locale: str
) -> None:
    html = client.post("/borrower" + locale).get_data(as_text=True)
    linked = set(re.findall(r'<li><a href="#([a-z]+)">', html))
    described = set(re.findall(r'id="([a-z]+)-error"', html))
    assert linked == described
    assert len(linked) == 12
    assert html.split("<title>")[1].startswith(("有误：", "Error:"))


def test_what_was_typed_stands_there_again_but_for_codes_and_passwords(client: CheckedClient) -> None:
    typed = {
        "sum": "1e9<b>",
        "mobile": "13800000000",
        "story": "\n第一行",
        "code": "123456",
        "password": "secret",
    }
    html = client.post("/borrower", data=typed).get_data(as_text=True)
    assert 'value="1e9&lt;b&gt;"' in html
    assert 'value="13800000000"' in html
    assert ">\n\n第一行</textarea>" in html
    assert "123456" not in html
    assert "secret" not in html


def test_a_statement_to_agree_to_is_never_ticked_beforehand(client: CheckedClient) -> None:
    assert "checked" not in client.get("/borrower").get_data(as_text=True)


def test_the_style_sheets_stay_small() -> None:
    sheets = {
        sheet.name: len(gzip.compress(sheet.read_bytes())) for sheet in (PORTAL / "static/css").glob("*.css")
    }
    assert sheets["portal.css"] <= 8_000, sheets
    assert sheets["staff.css"] <= 3_000, sheets


GOOD = (
    '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>首页 – 还款服务</title></head>'
    "<body><main><h1>首页</h1>{}</main></body></html>"
)


def test_a_good_page_has_no_faults() -> None:
    assert page_faults(GOOD.format("<p>您好</p>")) == []


@pytest.mark.parametrize(
    ("part", "fault"),
    [
        ("<p>您好</div>", "end-tag-too-early"),
        ("<h1>再来</h1>", "one h1 wanted"),
        ("<h2></h2>", "empty heading"),
        ('<p id="a">一</p><p id="a">二</p>', "stands 2 times"),
        ('<input name="x">', "has no label"),
        ('<label for="y">名</label><input id="x">', "not on the page"),
        ('<p aria-describedby="gone">您好</p>', "points at 'gone'"),
        ('<form method="post"><button>好</button></form>', "0 csrf tokens"),
        ('<form method="post"><input type="hidden" name="csrf_token" value=""></form>', "0 csrf tokens"),
        ('<form><label>件 <input type="file"></label></form>', "without enctype"),
        ("<button></button>", "has no text"),
        ('<a href="#">去</a>', "leads nowhere"),
        ("<a>去</a>", "leads nowhere"),
        ('<a href="javascript:go()">去</a>', "leads nowhere"),
        ('<a href="/x"></a>', "has no text"),
        ('<img src="/x.png">', "has no alt"),
        ('<svg viewBox="0 0 1 1"></svg>', "neither named nor hidden"),
        ('<p style="color:red">您好</p>', "inline style"),
        ('<p onclick="go()">您好</p>', "inline style or script"),
        ("<script>go()</script>", "inline style or script"),
        ("<p>Please call us soon</p>", "untranslated"),
        ("<p>Principal</p>", "untranslated"),
        ('<p title="Please call us soon">您好</p>', "untranslated"),
        ("<p><b>您好</b> please call us soon</p>", "untranslated"),
        ("<fieldset><p>您好</p></fieldset>", "has no legend"),
    ],
)
def test_each_fault_of_a_page_is_found_and_named(part: str, fault: str) -> None:
    faults = page_faults(GOOD.format(part))
    assert any(fault in found for found in faults), faults


@pytest.mark.parametrize(
    "part",
    [
        '<p translate="no">Consumer Finance Company Limited</p>',
        '<button lang="en">Show this in English</button>',
        "<p>下载 PDF/A 文件</p>",
        "<label>名 <input></label>",
    ],
)
def test_what_is_meant_is_no_fault(part: str) -> None:
    assert page_faults(GOOD.format(part)) == []


def test_a_form_is_sent_as_the_page_gave_it_with_what_a_person_adds(client: CheckedClient) -> None:
    _, untouched = form_of(client.get("/borrower").get_data(as_text=True))
    assert untouched["csrf_token"]
    assert untouched["kind"] == "income"
    assert "agree" not in untouched
    answer = client.submit("/borrower", {"mobile": "13900000000", "kind": "other"})
    assert 'value="13900000000"' in answer.get_data(as_text=True)
    assert '<option value="other" selected>' in answer.get_data(as_text=True)
