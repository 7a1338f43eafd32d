"""How the two arms of a trial of the policy compare: what was answered, and what became of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from portal.domain.policy_versions import Arm
from portal.domain.proposals import RUNNING_STATUSES, ProposalStatus
from portal.models import Agreement, PolicyAnswer, PolicyTrial, Proposal, ProposalVersion

_BROKEN: Final = (ProposalStatus.BROKEN.value, ProposalStatus.TERMINATED.value)
_RUNNING: Final = tuple(status.value for status in RUNNING_STATUSES)
COUNTED: Final = ("signed", "at_once", "person", "approved", "running", "kept", "broken")


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """Of one side: ``counts`` by ``COUNTED``; sums of the plans offered, what they cost beyond principal, by currency, minor units."""

    arm: Arm
    counts: Mapping[str, int]
    amounts: Mapping[str, int] = field(default_factory=dict)
    costs: Mapping[str, int] = field(default_factory=dict)


def compare_arms(session: Session, trial: PolicyTrial) -> Sequence[ArmFigures]:
    """Both sides since the trial began, until it ended: the loans that try it first."""
    amount = ProposalVersion.terms["advance"].as_integer()
    cost = ProposalVersion.terms["cost"]["beyond_principal"].as_integer()
    currency = ProposalVersion.terms["currency"].as_string()
    has_agreement = Agreement.id.is_not(None)
    until = () if trial.ended_at is None else (PolicyAnswer.answered_at < trial.ended_at,)
    rows = session.execute(
        select(
            PolicyAnswer.policy_arm,
            PolicyAnswer.is_at_once,
            has_agreement,
            Proposal.status,
            currency,
            func.count(),
            func.sum(amount),
            func.sum(cost),
        )
        .join(Proposal, Proposal.id == PolicyAnswer.proposal_id)
        .join(
            ProposalVersion,
            and_(
                ProposalVersion.proposal_id == PolicyAnswer.proposal_id,
                ProposalVersion.number == PolicyAnswer.version_number,
            ),
        )
        .outerjoin(
            Agreement,
            and_(
                Agreement.proposal_id == PolicyAnswer.proposal_id,
                Agreement.version_number == PolicyAnswer.version_number,
            ),
        )
        .where(
            PolicyAnswer.policy_arm.in_([Arm.TRIAL.value, Arm.REST.value]),
            PolicyAnswer.answered_at >= trial.began_at,
            *until,
        )
        .group_by(PolicyAnswer.policy_arm, PolicyAnswer.is_at_once, has_agreement, Proposal.status, currency)
    ).all()
    return [_figures(arm, [row[1:] for row in rows if row[0] == arm.value]) for arm in (Arm.TRIAL, Arm.REST)]


def _figures(arm: Arm, rows: Sequence[tuple[bool, bool, str, str, int, int, int]]) -> ArmFigures:
    counts, amounts, costs = Counter(dict.fromkeys(COUNTED, 0)), Counter[str](), Counter[str]()
    for is_at_once, has_agreement, status, currency, count, amount, cost in rows:
        counts["signed"] += count
        counts["at_once" if is_at_once else "person"] += count
        amounts[currency] += int(amount)
        costs[currency] += int(cost)
        if has_agreement:
            counts["approved"] += count
            counts["running"] += count * (status in _RUNNING)
            counts["kept"] += count * (status == ProposalStatus.COMPLETED.value)
            counts["broken"] += count * (status in _BROKEN)
    return ArmFigures(arm, counts, amounts, costs)
