"""Letters to borrowers: drafted from the reason in the borrower's language, edited by staff, never with words that threaten."""

from datetime import date

from portal.domain.decisions import DecisionKind
from portal.domain.phrases import refuse_forbidden
from portal.domain.reasons import refuse_too_long
from portal.services.ports import BusinessTexts

TEXTS = "letters"


def draft_letter(
    texts: BusinessTexts, *, kind: DecisionKind, reason_code: str, reference: str, locale: str, on: date
) -> str:
    """The letter as it would go out unedited. KeyError where no words were written for a reason: a programming error."""
    words = texts.load(TEXTS, locale, on)
    parts = {section.code: section.filled({"reference": reference}) for section in words.sections}
    chosen = (parts["opening"], parts[f"{kind.value}_{reason_code}"], parts[f"{kind.value}_closing"])
    return "\n\n".join("\n".join(part.paragraphs) for part in chosen if part.paragraphs)


def refuse_bad_letter(text: str, *, field: str) -> None:
    """Raises ``text_too_long`` or ``forbidden_phrase`` (C13)."""
    refuse_too_long(text, field=field)
    refuse_forbidden(text, field=field)
