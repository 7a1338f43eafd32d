"""Agreements: made with the approval, sealed by the worker, downloaded by who holds them."""

import secrets
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.check_codes import RANDOM_BYTES, new_check_code
from portal.domain.holds import HoldKind
from portal.domain.permissions import Actor
from portal.failpoints import Point, reached
from portal.models import Agreement, DelinquencyPause, Proposal, ProposalVersion
from portal.services.holds import end_hold, start_hold
from portal.services.outbox import enqueue
from portal.services.record import record, record_about
from portal.services.references import new_public_id


def make_agreement(
    session: Session, actor: Actor, *, proposal: Proposal, version: ProposalVersion, now: datetime
) -> Agreement:
    """The contract stands from here: agreement row, events, holds, pause and the order to seal, all with the approval.

    A changed plan takes over hold and pause of the one that it replaces, which ends with this. ``IntegrityError`` where the proposal
    has an agreement already.
    """
    agreement = Agreement(
        public_id=new_public_id(),
        proposal_id=proposal.id,
        loan_id=proposal.loan_id,
        borrower_id=proposal.borrower_id,
        version_number=version.number,
        content_hash=version.content_hash,
        check_code=new_check_code(secrets.token_bytes(RANDOM_BYTES)),
        approved_at=now,
        seal_state="sealing",
    )
    session.add(agreement)
    session.flush()
    record_about(
        session,
        actor,
        proposal,
        "agreement:made",
        now=now,
        agreement_id=agreement.id,
        content_hash=version.content_hash,
    )
    end_hold(
        session, actor, loan_id=proposal.loan_id, kind=HoldKind.PROPOSAL_PENDING, reason="approved", now=now
    )
    start_hold(
        session, actor, loan_id=proposal.loan_id, kind=HoldKind.PLAN_ACTIVE, reason="approved", now=now
    )
    if proposal.replaces_id is None:
        session.add(
            DelinquencyPause(loan_id=proposal.loan_id, starts_on=version.priced_on, agreement_id=agreement.id)
        )
    reached(Point.AGREED)
    enqueue(
        session,
        kind="agreement:seal",
        dedupe_key=f"agreement:seal:{agreement.id}",
        payload={"agreement_id": agreement.id},
        now=now,
    )
    return agreement


def record_download(
    session: Session, actor: Actor, *, agreement: Agreement, sha256: str, now: datetime
) -> None:
    """A copy went out."""
    record(
        session,
        actor,
        "agreement:downloaded",
        now=now,
        borrower_id=agreement.borrower_id,
        loan_id=agreement.loan_id,
        proposal_id=agreement.proposal_id,
        agreement_id=agreement.id,
        document_hash=sha256,
    )


def mark_sealed(
    session: Session, actor: Actor, *, agreement_id: int, document_id: int, sha256: str, now: datetime
) -> bool:
    """The document is there; False where another worker was first."""
    done = session.scalar(
        update(Agreement)
        .where(Agreement.id == agreement_id, Agreement.seal_state == "sealing")
        .values(seal_state="sealed", sealed_at=now, document_id=document_id)
        .returning(Agreement.id)
    )
    if done is None:
        return False
    agreement = session.scalars(select(Agreement).where(Agreement.id == agreement_id)).one()
    record(
        session,
        actor,
        "agreement:sealed",
        now=now,
        borrower_id=agreement.borrower_id,
        loan_id=agreement.loan_id,
        proposal_id=agreement.proposal_id,
        agreement_id=agreement_id,
        document_hash=sha256,
    )
    return True
