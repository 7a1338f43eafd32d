"""Drawn documents and borrowers' files as they are kept: sealed under their row's key, and given out whole or not at all."""

from hashlib import sha256

from portal.domain.errors import Damaged, NotFound
from portal.models import Attachment, Document, FigureReport
from portal.models.keyring import SealBrokenError


def opened_body(kept: Document | FigureReport) -> bytes | None:
    """The PDF; None where it was erased (which no report ever is), or is not drawn yet.

    Raises ``Damaged`` (``document_damaged``) where it does not open, or its bytes are not those of the SHA-256 that it was kept under.
    """
    is_erased = isinstance(kept, Document) and kept.data_key is None and not kept.body_sealed
    if kept.body_sealed is None or is_erased:
        return None
    return _whole(kept, "document_damaged")


def opened_attachment(kept: Attachment) -> bytes:
    """The file as it is handed out.

    Raises ``NotFound("attachment_erased")`` and, where ``opened_body`` would, ``Damaged("attachment_damaged")``.
    """
    if kept.body_sealed is None:
        raise NotFound("attachment_erased")
    return _whole(kept, "attachment_damaged")


def _whole(kept: Document | FigureReport | Attachment, code: str) -> bytes:
    try:
        body = kept.body
    except SealBrokenError as error:
        raise Damaged(code, sha256=kept.sha256) from error
    if sha256(body).hexdigest() != kept.sha256:
        raise Damaged(code, sha256=kept.sha256)
    return body
