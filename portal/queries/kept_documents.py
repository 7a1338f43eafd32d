"""Drawn documents as they are kept: sealed under their own hash or name, and given out whole or not at all."""

from hashlib import sha256

from portal.domain.errors import Damaged
from portal.models import Document, FigureReport
from portal.models.keyring import SealBrokenError


def opened_body(kept: Document | FigureReport) -> bytes | None:
    """The PDF; None where it was erased (which no report ever is), or is not drawn yet.

    Raises ``Damaged`` (``document_damaged``) where it does not open, or its bytes are not those of the SHA-256 that it was kept under.
    """
    is_erased = isinstance(kept, Document) and kept.data_key is None and not kept.body_sealed
    if kept.body_sealed is None or is_erased:
        return None
    try:
        body = kept.body
    except SealBrokenError as error:
        raise Damaged("document_damaged", sha256=kept.sha256) from error
    if sha256(body).hexdigest() != kept.sha256:
        raise Damaged("document_damaged", sha256=kept.sha256)
    return body
