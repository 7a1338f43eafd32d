"""The data files that a document carries (PDF/A-3): payments, canonical content, their schema, and a time stamp over the content."""

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import Final

from weasyprint import Attachment

from portal.domain.agreement_schema import content_schema
from portal.domain.agreements import AgreementContent
from portal.domain.canonical_json import canonical_json
from portal.domain.evidence import ContentStamp

SCHEMA_NAME: Final = "content.schema.json"
STAMP_NAME: Final = "content.tst"


def attachments(content: AgreementContent, made_at: str, stamp: ContentStamp | None) -> list[Attachment]:
    """``content.json`` is the canonical form whose SHA-256 is the content hash; ``content.tst`` the token (CMS, DER) over that hash."""
    at = datetime.fromisoformat(made_at)
    return [
        Attachment(
            file_obj=BytesIO(body),
            name=name,
            description=name,
            created=at,
            modified=at,
            relationship=relationship,
        )
        for name, body, relationship in _files(content, stamp)
    ]


def _files(content: AgreementContent, stamp: ContentStamp | None) -> Iterator[tuple[str, bytes, str]]:
    data = content.as_data()
    schedule = {
        "agreement_ref": content.agreement_ref,
        "currency": content.loan.currency,
        "rows": data["schedule"],
    }
    yield "schedule.json", canonical_json(schedule), "Data"
    yield "content.json", canonical_json(data), "Data"
    yield SCHEMA_NAME, canonical_json(content_schema()), "Supplement"
    if stamp:
        yield STAMP_NAME, stamp.token, "Supplement"
