"""What the pages of reading share: the frozen content, in the language that it was frozen in."""

from typing import Any

from portal.domain.agreements import AgreementContent
from portal.i18n import current_locale
from portal.models import ProposalVersion
from portal.web import writes
from portal.web.borrower.plans.loading import STEPS
from portal.web.journeys import Journey


def shown_content(journey: Journey, version: ProposalVersion, text: str) -> dict[str, Any]:
    """Template values; ``text`` names the business text whose title, introduction and labels frame the content."""
    return {
        "journey": journey,
        "version": version,
        "content": AgreementContent.from_data(version.content),
        "words": writes.portal().texts.load(text, version.locale, version.priced_on),
        "text_lang": version.locale.replace("_", "-"),
        "is_other_language": version.locale != current_locale(),
        "steps": STEPS,
    }
