"""Agreements as tagged PDF/A-3a. Fonts and style sheet are read once; one document is drawn at a time."""

from pathlib import Path
from threading import Lock

from weasyprint import CSS, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError

from portal.adapters.pdf.attachments import attachments
from portal.adapters.pdf.collecting import collecting_later
from portal.adapters.pdf.glyphs import refusing_missing_glyphs
from portal.adapters.pdf.outside import RefusingFetcher
from portal.adapters.pdf.pages import TEMPLATES, AgreementPage
from portal.adapters.pdf.reading import read_page
from portal.adapters.pdf.writing import finish
from portal.adapters.wording import BabelWording
from portal.domain.agreements import AgreementContent, refuse_incomplete
from portal.domain.errors import DomainError
from portal.domain.evidence import ContentStamp, SigningEvidence
from portal.services.ports import BusinessTexts

VARIANT = "pdf/a-3a"
STYLE = TEMPLATES / "agreement.css"


class WeasyPrintRenderer:
    """The same content gives the same bytes where fonts and library are the same."""

    def __init__(self, texts: BusinessTexts, wording: BabelWording, style: Path = STYLE) -> None:
        self._texts = texts
        self._wording = wording
        self._lock = Lock()
        self._fonts = FontConfiguration()
        self._fetcher = RefusingFetcher()
        self._style = CSS(string=style.read_text(), font_config=self._fonts, url_fetcher=self._fetcher)

    def render_preview(self, content: AgreementContent) -> bytes:
        refuse_incomplete(content)
        page = self._page(content)
        return self._draw(content, page.html(), page.made_at(None))

    def render_agreement(
        self, content: AgreementContent, evidence: SigningEvidence, check_code: str, check_url: str
    ) -> bytes:
        refuse_incomplete(content)
        page = self._page(content)
        html = page.html(evidence, check_code, check_url)
        return self._draw(content, html, page.made_at(evidence), evidence.content_stamp)

    def _page(self, content: AgreementContent) -> AgreementPage:
        return AgreementPage(content, self._texts, self._wording)

    def _draw(
        self, content: AgreementContent, page: str, made_at: str, stamp: ContentStamp | None = None
    ) -> bytes:
        with self._lock, refusing_missing_glyphs(content.as_data()), collecting_later():
            return self._pdf_of(page, attachments(content, made_at, stamp))

    def _pdf_of(self, page: str, attachments: list[Attachment]) -> bytes:
        try:
            pdf: bytes = read_page(page, self._fetcher).write_pdf(
                stylesheets=[self._style],
                font_config=self._fonts,
                pdf_variant=VARIANT,
                attachments=attachments,
                finisher=finish,
            )
        except FatalURLFetchingError as error:
            raise DomainError("document_reference_refused") from error
        return pdf
