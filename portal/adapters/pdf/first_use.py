"""The renderer, loaded by its first document: fonts and layout take more than a second, and no start should wait for them."""

from functools import cached_property
from typing import TYPE_CHECKING

from portal.adapters.wording import BabelWording
from portal.domain.agreements import AgreementContent
from portal.domain.evidence import SigningEvidence
from portal.services.ports import BusinessTexts

if TYPE_CHECKING:
    from portal.adapters.pdf.renderer import WeasyPrintRenderer


class RendererAtFirstUse:
    """See ``portal.services.ports.DocumentRenderer``."""

    def __init__(self, texts: BusinessTexts, wording: BabelWording) -> None:
        self._texts = texts
        self._wording = wording

    def render_preview(self, content: AgreementContent) -> bytes:
        return self._renderer.render_preview(content)

    def render_agreement(
        self, content: AgreementContent, evidence: SigningEvidence, check_code: str, check_url: str
    ) -> bytes:
        return self._renderer.render_agreement(content, evidence, check_code, check_url)

    @cached_property
    def _renderer(self) -> "WeasyPrintRenderer":
        from portal.adapters.pdf.renderer import WeasyPrintRenderer  # noqa: PLC0415

        return WeasyPrintRenderer(self._texts, self._wording)
