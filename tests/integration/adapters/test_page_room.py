"""Nothing in a document stands over what is beside it, whatever a book calls its loans and however long a label is."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from weasyprint import CSS, HTML
from weasyprint.formatting_structure import boxes

from portal.adapters.pdf.outside import RefusingFetcher
from portal.adapters.pdf.pages import AgreementPage
from portal.adapters.pdf.renderer import STYLE
from portal.domain.agreements import AgreementContent
from tests.agreement_samples import (
    TEXTS,
    WORDING,
    agreement_content,
    agreement_parts,
    loan_facts,
    plan_of,
    signing_evidence,
)
from tests.integration.adapters.conftest import CODE

FETCHER = RefusingFetcher()
A_HAIR = 1.0
"""CSS pixels: a line may end in a space."""


def roomy(locale: str) -> AgreementContent:
    """An assigned debt with a long reference, and a cost that is not defined."""
    plan = plan_of(12)
    parts = agreement_parts(
        locale=locale,
        plan=replace(plan, cost=replace(plan.cost, annual_compound_pct=None, annual_simple_pct=None)),
        facts=replace(loan_facts(), loan_ref="LOAN2023SHANGHAI" + "0" * 48),
    )
    return agreement_content(
        replace(parts, creditor=replace(parts.creditor, assignment_notice_on="2026-03-15"))
    )


def too_wide(box: boxes.Box, right: float) -> Iterator[str]:
    """Each text below ``box`` that ends to the right of the cell, or else the page, that it stands in."""
    for child in getattr(box, "children", ()):
        limit = right
        if isinstance(child, boxes.TableCellBox):
            limit = min(right, child.position_x + child.border_width())
        if isinstance(child, boxes.TextBox):
            if child.position_x + child.width > limit + A_HAIR:
                yield f"{child.text!r} ends at {child.position_x + child.width:.1f} of {limit:.1f}"
        else:
            yield from too_wide(child, limit)


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_each_text_keeps_to_its_cell_and_its_page(locale: str) -> None:
    content = roomy(locale)
    html = AgreementPage(content, TEXTS, WORDING).html(signing_evidence(content), CODE, "https://e.cn/check")
    style = CSS(string=STYLE.read_text(), url_fetcher=FETCHER)
    document = HTML(string=html, url_fetcher=FETCHER).render(stylesheets=[style])
    assert len(document.pages) > 3
    for number, page in enumerate(document.pages, 1):
        sheet = page._page_box
        faults = list(too_wide(sheet, sheet.content_box_x() + sheet.width))
        assert faults == [], f"page {number}"
