"""A renderer that draws nothing: for tests of what is around a document, not in it."""

from io import BytesIO

from pypdf import PdfWriter

from portal.domain.agreements import AgreementContent, content_hash
from portal.domain.evidence import SigningEvidence


class BlankDocuments:
    """One empty page a document, told apart by its title."""

    def render_preview(self, content: AgreementContent) -> bytes:
        return _page(content_hash(content))

    def render_agreement(
        self, content: AgreementContent, evidence: SigningEvidence, check_code: str, check_url: str
    ) -> bytes:
        del content, evidence, check_url
        return _page(check_code)


def _page(title: str) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    writer.add_metadata({"/Title": title})
    body = BytesIO()
    writer.write(body)
    return body.getvalue()
