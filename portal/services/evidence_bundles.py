"""Putting the evidence of a case together, for somebody outside: by an auditor, with a reason, on the record."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.four_eyes import refuse_related
from portal.domain.permissions import Actor, Permission, require
from portal.domain.reasons import EvidenceReason
from portal.models import Proposal
from portal.queries.involvement import involved_in
from portal.services.record import record_about


def refuse_evidence(session: Session, actor: Actor, *, proposal: Proposal) -> None:
    """Raises ``AccessRefused``: ``permission_missing``, ``related_case``. To be asked before anything is put together."""
    require(actor, Permission.EVIDENCE_MAKE)
    assert actor.id is not None
    refuse_related(actor.id, involved_in(session, proposal))


def record_evidence(
    session: Session,
    actor: Actor,
    *,
    proposal: Proposal,
    reason: EvidenceReason,
    sha256: str,
    events: int,
    documents: int,
    now: datetime,
) -> None:
    """``sha256`` is of the bundle that leaves the house; the borrower can read that it was made, and why."""
    refuse_evidence(session, actor, proposal=proposal)
    record_about(
        session,
        actor,
        proposal,
        "evidence:made",
        now=now,
        reason=reason.value,
        sha256=sha256,
        events=events,
        documents=documents,
    )
