"""What makes drawing a document quick, and that it changes nothing in it: XML for HTML, objects written once, garbage looked for later."""

import gc
import zlib
from collections.abc import Iterator
from io import BytesIO
from itertools import zip_longest
from typing import Any
from xml.etree.ElementTree import Element

import pikepdf
import pydyf
import pytest
from weasyprint import HTML

from portal.adapters.pdf.collecting import collecting_later
from portal.adapters.pdf.outside import RefusingFetcher
from portal.adapters.pdf.pages import AgreementPage
from portal.adapters.pdf.reading import HOLDING_NO_TEXT, read_page
from portal.adapters.pdf.renderer import WeasyPrintRenderer
from portal.adapters.pdf.writing import finish
from portal.domain.plans import PlanKind
from tests.agreement_samples import (
    TEXTS,
    WORDING,
    agreement_content,
    agreement_parts,
    plan_of,
    signing_evidence,
)
from tests.integration.adapters.conftest import CODE

FETCHER = RefusingFetcher()


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("name", ["李娜", '<b a="1">&amp;</b> & \u00a0', "A  B"])
def test_a_page_reads_the_same_as_xml_and_as_html(locale: str, name: str) -> None:
    content = agreement_content(agreement_parts(plan=plan_of(6, PlanKind.CATCH_UP), locale=locale, name=name))
    page = AgreementPage(content, TEXTS, WORDING)
    for html in (page.html(), page.html(signing_evidence(content), CODE, "https://e.cn/check?a=1&b=2")):
        as_xml, as_html = read_page(html, FETCHER), HTML(string=html, url_fetcher=FETCHER)
        assert type(as_xml) is not HTML
        for ours, theirs in zip_longest(said_by(as_xml.etree_element), said_by(as_html.etree_element)):
            assert ours == theirs


def said_by(root: Element) -> Iterator[tuple[Any, ...]]:
    """Each element with its attributes and text, without the space that only the source has."""
    for element in root.iter():
        text = (element.text, *(child.tail for child in element))
        if element.tag in HOLDING_NO_TEXT:
            text = tuple((part or "").strip() for part in text)
        attributes = {name: value for name, value in element.attrib.items() if not name.endswith("xmlns")}
        yield element.tag, attributes, tuple(part or "" for part in text)


@pytest.mark.parametrize("page", ["<p>open", "<p>\x01</p>", "<p>&nbsp;</p>", "<p a=b>x</p>"])
def test_what_is_no_xml_is_read_as_html(page: str) -> None:
    read = read_page(page, FETCHER)
    assert type(read) is HTML
    assert read.etree_element.find("body/p") is not None


def test_no_cell_lost_the_space_within_its_words() -> None:
    read = read_page("<html><body> <p>a <b>b</b> <i>c</i> </p> </body></html>", FETCHER)
    assert "".join(read.etree_element.itertext()) == "a b c "


class Counted(pydyf.Dictionary):
    asked = 0

    @property
    def data(self) -> bytes:
        self.asked += 1
        return bytes(super().data)


def test_each_object_is_made_bytes_once_and_says_what_it_said() -> None:
    pdf, once = pydyf.PDF(), Counted({"Kind": "/Once"})
    text = b"words and words " * 99
    plain, packed = pydyf.Stream([text]), pydyf.Stream([text, "more"], {"A": 1}, compress=True)
    empty = pydyf.Dictionary({"Pattern": pydyf.Dictionary(), "Shading": pydyf.Dictionary({"S": 1})})
    for item in (once, plain, packed, empty):
        pdf.add_object(item)
    finish(None, pdf)
    body = BytesIO()
    pdf.write(body, b"1.7", identifier=True, compress=True)
    assert once.asked == 1
    with pikepdf.open(body) as read:
        found = [read.objects[each.number - 1] for each in (once, plain, packed, empty)]
        assert found[0].Kind == "/Once"
        assert found[1].read_bytes() == text
        assert found[2].read_bytes() == text + b"\nmore"
        assert found[2].read_raw_bytes() == zlib.compress(text + b"\nmore", 6)
        assert found[2].A == 1
        assert list(found[3].keys()) == ["/Shading"]


def test_garbage_is_looked_for_again_after_a_drawing() -> None:
    with collecting_later():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), collecting_later():
        raise ZeroDivisionError
    assert gc.isenabled()


def test_whoever_had_it_off_finds_it_off() -> None:
    gc.disable()
    try:
        with collecting_later():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_stands_side_by_side_is_no_table_to_those_who_listen(renderer: WeasyPrintRenderer) -> None:
    content = agreement_content(agreement_parts(plan=plan_of(2)))
    evidence = signing_evidence(content)
    html = AgreementPage(content, TEXTS, WORDING).html(evidence, CODE, "https://e.cn")
    with pikepdf.open(BytesIO(renderer.render_agreement(content, evidence, CODE, "https://e.cn"))) as pdf:
        items = [item for item in pdf.objects if isinstance(item, pikepdf.Dictionary)]
        kinds = [str(item.S) for item in items if item.get("/Type") == "/StructElem"]
    assert kinds.count("/Table") == html.count("<table")
    assert kinds.count("/TR") == html.count("<tr")
