"""typst says what WeasyPrint says: the same words in the same order, from the same page."""

import re
from collections.abc import Callable
from io import BytesIO
from xml.etree.ElementTree import Element, fromstring, tostring

import pytest
from pypdf import PdfReader

from benchmarks.references.typst_agreement import STANDARD, Typst, typst_of
from benchmarks.sealed_documents import FONTS, bare_weasyprint
from portal.adapters.pdf.pages import AgreementPage
from portal.adapters.pdf.renderer import VARIANT
from portal.domain.plans import PlanKind
from tests.agreement_samples import (
    TEXTS,
    WORDING,
    agreement_content,
    agreement_parts,
    plan_of,
    signing_evidence,
)

CODE = "C6V1-AMNQ-71R9-9F411"
Draw = Callable[[str], bytes]


@pytest.fixture(scope="module")
def by_typst() -> Draw:
    typst = Typst(FONTS)
    return lambda html: typst.pdf_of(typst_of(html))


def html_of(*, locale: str = "zh_CN", name: str = "李娜", is_sealed: bool = True) -> str:
    plan = plan_of(3, PlanKind.CATCH_UP)
    content = agreement_content(agreement_parts(plan=plan, locale=locale, name=name))
    page = AgreementPage(content, TEXTS, WORDING)
    if is_sealed:
        return page.html(signing_evidence(content), CODE, "https://e.cn/check?a=1&b=2")
    return page.html()


def pages_of(pdf: bytes) -> list[str]:
    """The text of each, without space."""
    return ["".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]


def words_of(pdf: bytes) -> str:
    """Without the numbers of a list: either engine writes them where it likes."""
    return re.sub(r"\d\.", "", "".join(pages_of(pdf)))


def without_what_each_page_says(html: str) -> str:
    """Pages break elsewhere: what stands at their ends, and a table's head that comes again, would be in the midst of other words.

    The picture's namespace would get a prefix, which HTML does not know.
    """
    root = fromstring(html)
    body = found_in(root, "body")
    for each in [each for each in body if each.tag != "main"]:
        each[:] = []
        each.text = None
    for picture in root.iterfind(".//*[@class='head-code']"):
        picture[:] = picture.findall("p")
    for table in root.iter("table"):
        for head in table.findall("thead"):
            head.tag = "tbody"
    return tostring(root, encoding="unicode", short_empty_elements=False)


def found_in(element: Element, path: str) -> Element:
    found = element.find(path)
    assert found is not None
    return found


@pytest.mark.parametrize("is_sealed", [True, False])
@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_same_words_in_the_same_order(by_typst: Draw, locale: str, is_sealed: bool) -> None:
    html = without_what_each_page_says(html_of(locale=locale, is_sealed=is_sealed))
    said = words_of(by_typst(html))
    assert len(said) > 5000
    assert said == words_of(bare_weasyprint()(html))


def test_each_page_says_what_it_is_of(by_typst: Draw) -> None:
    html = html_of()
    pages = pages_of(by_typst(html))
    drawn = pages_of(bare_weasyprint()(html))
    assert f"pdf/{STANDARD}" == VARIANT
    left = f"协议编号P7K3M9QX·核验码{CODE}"
    for number, page in enumerate(pages, start=1):
        assert page.startswith("个性化分期还款协议")
        assert page.endswith(f"{left}第{number}页，共{len(pages)}页")
    assert drawn[0].endswith(f"个性化分期还款协议{left}第1页，共{len(drawn)}页")


@pytest.mark.parametrize("name", ['#"x"', "\\", "*a* _b_ $c$", "<b>&", "李娜]", "// 李", "`a` @b"])
def test_no_word_is_taken_for_typst(by_typst: Draw, name: str) -> None:
    assert "".join(name.split()) in words_of(by_typst(html_of(name=name, is_sealed=False)))


def test_what_the_page_may_say_one_day_is_not_left_out() -> None:
    html = html_of()
    for strange in ("<main><aside>x</aside>", "<main><p><em>x</em></p>", "<main><p>x<svg/></p>"):
        with pytest.raises(ValueError, match="of an agreement"):
            typst_of(html.replace("<main>", strange))
