"""Plans that came into force, by kind and by who made them, and how they ended: one statement."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from portal.domain.figures import MadeBy, PlanLine
from portal.domain.plans import PlanKind
from portal.domain.proposals import ProposalStatus
from portal.models import Agreement, Proposal, ProposalVersion

_S = ProposalStatus


def plan_lines(session: Session, *, since: datetime, until: datetime, now: datetime) -> Sequence[PlanLine]:
    """Lines that have a figure, in the order of ``PlanKind``, those made alone first."""
    closes = min(until, now)
    ended_in = and_(Proposal.ended_at >= since, Proposal.ended_at < until)
    by_agent = Proposal.drafted_by_staff_id.is_not(None)
    made_by = case((by_agent, literal(MadeBy.WITH_AGENT.value)), else_=literal(MadeBy.ALONE.value))
    figures = (
        _sum(and_(Agreement.approved_at >= since, Agreement.approved_at < until)),
        _sum(and_(ended_in, Proposal.status == _S.COMPLETED.value)),
        _sum(and_(ended_in, Proposal.status.in_([_S.BROKEN.value, _S.TERMINATED.value]))),
        _sum(and_(ended_in, Proposal.status == _S.SUPERSEDED.value)),
        _sum(
            and_(
                Agreement.approved_at < closes,
                or_(Proposal.ended_at.is_(None), Proposal.ended_at >= closes),
            )
        ),
    )
    rows = session.execute(
        select(ProposalVersion.kind, made_by.label("made_by"), *figures)
        .select_from(Agreement)
        .join(Proposal, Proposal.id == Agreement.proposal_id)
        .join(
            ProposalVersion,
            and_(
                ProposalVersion.proposal_id == Agreement.proposal_id,
                ProposalVersion.number == Agreement.version_number,
            ),
        )
        .where(Agreement.approved_at < until, or_(Proposal.ended_at.is_(None), Proposal.ended_at >= since))
        .group_by(ProposalVersion.kind, "made_by")
    )
    found = {(line.kind, line.made_by): line for line in (PlanLine(k, MadeBy(m), *n) for k, m, *n in rows)}
    return [found[key] for kind in PlanKind for made in MadeBy if (key := (kind.value, made)) in found]


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
