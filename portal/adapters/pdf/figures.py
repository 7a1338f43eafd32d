"""Reports of figures as PDF: drawn from the same pictures and tables as the page, reaching nothing outside."""

from pathlib import Path
from threading import Lock
from typing import Any

from markupsafe import Markup, escape
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from portal.adapters.pdf.glyphs import refusing_missing_glyphs
from portal.adapters.pdf.outside import RefusingFetcher
from portal.adapters.pdf.pages import TEMPLATES, environment

STYLE = TEMPLATES / "figures.css"


class FigurePrinter:
    """One document is drawn at a time; fonts and style sheet are read once."""

    def __init__(self, style: Path = STYLE) -> None:
        self._lock = Lock()
        self._fonts = FontConfiguration()
        self._fetcher = RefusingFetcher()
        self._style = CSS(string=style.read_text(), font_config=self._fonts, url_fetcher=self._fetcher)

    def draw(self, report: Any, shown: Any) -> bytes:
        """``report``: ``figure_tables.report.Report``; ``shown`` says how a cell reads. Tagged, for who reads with their ears."""
        html = (
            environment()
            .get_template("figures.html")
            .render(report=report, shown=shown, page_of=_page_of(report.page_of))
        )
        with self._lock, refusing_missing_glyphs({"report": html}):
            body: bytes = HTML(string=html, url_fetcher=self._fetcher).write_pdf(
                stylesheets=[self._style], font_config=self._fonts, pdf_tags=True
            )
        return body


def _page_of(text: str) -> Markup:
    """WeasyPrint counts the pages."""
    here, of = (Markup('<span class="{}"></span>').format(name) for name in ("page", "pages"))
    return Markup(escape(text)).format(page=here, pages=of)  # nosec B704  # noqa: S704 - escaped just here
