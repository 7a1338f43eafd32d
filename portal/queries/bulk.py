"""Cases that may be approved together: the most urgent of those that nobody holds and that only findings of the short list brought here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.domain.bulk import FINDINGS, MOST
from portal.models import Loan, Proposal, ReviewItem, Thread
from portal.queries.involvement import decidable_by

LOOKED_THROUGH = 200
"""Of the most urgent so many are looked through for those that may be approved together."""
_FOUND = frozenset(finding.value for finding in FINDINGS)


@dataclass(frozen=True, slots=True)
class BulkRow:
    """One case that may be chosen; nothing of the person."""

    public_id: str
    reference: str
    deadline_at: datetime
    kind: str
    amount_minor: int
    currency: str
    dpd: int
    main_reason: str


def bulk_rows(session: Session, staff_id: int, *, now: datetime) -> Sequence[BulkRow]:
    """At most ``MOST``, the most urgent first; what was kept with them is read, and all of it is judged anew before anything happens."""
    is_free = or_(
        ReviewItem.claimed_by.is_(None),
        ReviewItem.claimed_by == staff_id,
        ReviewItem.claimed_until <= now,
    )
    rows = session.execute(
        select(
            Proposal.public_id,
            Proposal.reference,
            ReviewItem.deadline_at,
            ReviewItem.kind,
            ReviewItem.amount_minor,
            ReviewItem.currency,
            ReviewItem.dpd,
            ReviewItem.main_reason,
            Proposal.referral_reasons,
        )
        .join(Proposal, Proposal.id == ReviewItem.proposal_id)
        .join(Loan, Loan.id == Proposal.loan_id)
        .outerjoin(Thread, Thread.proposal_id == Proposal.id)
        .where(
            ReviewItem.stage == "first",
            ReviewItem.main_reason.in_(_FOUND),
            is_free,
            Proposal.review_round == 1,
            Proposal.drafted_by_staff_id.is_(None),
            ~Loan.has_guarantor,
            or_(Thread.id.is_(None), Thread.waits_since.is_(None)),
            decidable_by(staff_id),
        )
        .order_by(ReviewItem.deadline_at, ReviewItem.proposal_id)
        .limit(LOOKED_THROUGH)
    )
    fitting = (BulkRow(*row[:-1]) for row in rows if _FOUND.issuperset(row.referral_reasons))
    return [row for row, _ in zip(fitting, range(MOST), strict=False)]


def proposals_named(session: Session, public_ids: Sequence[str]) -> Sequence[Proposal]:
    """Those that wait, by deadline; what is not there any more is left out."""
    return session.scalars(
        select(Proposal)
        .outerjoin(ReviewItem, ReviewItem.proposal_id == Proposal.id)
        .where(and_(Proposal.public_id.in_(public_ids), Proposal.version_number > 0))
        .order_by(ReviewItem.deadline_at, Proposal.id)
    ).all()
