"""Looking at somebody's case, and uncovering what is masked: both leave a trace that the borrower can read."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.four_eyes import refuse_related
from portal.domain.permissions import Actor, Permission, require
from portal.domain.reasons import RevealReason
from portal.models import Proposal
from portal.queries.case_surroundings import CaseDocument
from portal.queries.involvement import involved_in
from portal.queries.proposals import document_sha256
from portal.services.agreements import record_download
from portal.services.record import record, record_about


def look_at_case(session: Session, actor: Actor, *, proposal: Proposal, reason: str, now: datetime) -> None:
    """``reason`` is the page's: case_page, decision_page. Raises ``AccessRefused``: ``permission_missing``, ``related_case``."""
    _refuse(session, actor, proposal, Permission.CASE_SEE)
    record_about(session, actor, proposal, "case:looked_at", now=now, reason=reason)


def reveal_mobile(
    session: Session, actor: Actor, *, proposal: Proposal, reason: RevealReason, now: datetime
) -> None:
    """Uncover the mobile number (rule D03). Raises ``AccessRefused``: ``permission_missing``, ``related_case``."""
    _refuse(session, actor, proposal, Permission.PERSON_REVEAL)
    record_about(session, actor, proposal, "case:revealed", now=now, field="mobile", reason=reason.value)


def look_at_document(
    session: Session, actor: Actor, *, proposal: Proposal, document: CaseDocument, now: datetime
) -> None:
    """A copy of what was signed goes to the desk. Raises ``AccessRefused``: ``permission_missing``, ``related_case``."""
    _refuse(session, actor, proposal, Permission.CASE_SEE)
    digest = document_sha256(session, document.document_id)
    if document.agreement is not None:
        record_download(session, actor, agreement=document.agreement, sha256=digest, now=now)
        return
    record_about(
        session,
        actor,
        proposal,
        "plan:preview_downloaded",
        now=now,
        version_number=document.version_number,
        document_hash=digest,
    )


def record_search(
    session: Session, actor: Actor, *, by: str, borrower_ids: Sequence[int], now: datetime
) -> None:
    """Somebody looked for cases: a line for each borrower whose case showed, or one alone where none did. What was typed stays nowhere."""
    require(actor, Permission.CASE_SEE)
    for borrower_id in borrower_ids or (None,):
        record(session, actor, "case:searched", now=now, borrower_id=borrower_id, by=by)


def _refuse(session: Session, actor: Actor, proposal: Proposal, permission: Permission) -> None:
    require(actor, permission)
    assert actor.id is not None
    refuse_related(actor.id, involved_in(session, proposal))
