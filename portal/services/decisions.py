"""Approving and declining what a borrower signed."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.domain.decisions import DecisionKind
from portal.domain.errors import DomainError
from portal.domain.permissions import Actor
from portal.domain.reasons import (
    ApproveReason,
    DeclineReason,
    GuarantorChoice,
    refuse_too_long,
    refuse_unexplained,
)
from portal.models import Decision, Loan
from portal.queries.plans import plan_of
from portal.services.deciding import (
    Seen,
    Verdict,
    make_decision,
    open_for_decision,
    second_wanted,
    situation_at_desk,
)
from portal.services.letters import refuse_bad_letter


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Why, with a note for colleagues; ``guarantor`` where one stands behind the loan (rule P14)."""

    reason: ApproveReason
    note: str = ""
    guarantor: GuarantorChoice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why not, in a code and in words to the borrower, and what would be accepted (rule P15)."""

    reason: DeclineReason
    text: str
    would_accept: str


def approve_proposal(
    session: Session, actor: Actor, *, seen: Seen, approval: Approval, today: date, now: datetime
) -> Decision:
    """Accept the signed offer: decision, agreement, holds, events and the order to seal, in one transaction; or, where the policy asks
    for two, the first half of it.

    Raises:
        AccessRefused, Conflict: what ``open_for_decision`` raises.
        DomainError: ``reason_text_missing``, ``text_too_long``, ``guarantor_choice_missing``.

    """
    case = open_for_decision(session, actor, DecisionKind.APPROVE, seen, now)
    refuse_unexplained(approval.reason, approval.note)
    refuse_too_long(approval.note, field="reason_text")
    refuse_guarantor_unsaid(case.loan, approval.guarantor)
    situation = situation_at_desk(session, case.proposal, today)
    verdict = Verdict(
        kind=DecisionKind.APPROVE,
        reason_code=approval.reason.value,
        text=approval.note,
        guarantor=approval.guarantor,
        because=second_wanted(plan_of(case.version), situation),
    )
    return make_decision(
        session, actor, proposal=case.proposal, version=case.version, verdict=verdict, seen=seen, now=now
    )


def decline_proposal(
    session: Session, actor: Actor, *, seen: Seen, refusal: Refusal, now: datetime
) -> Decision:
    """Refuse the offer as it stands: why, and what would be accepted. It goes out in a minute, and may be undone until then.

    Raises:
        AccessRefused, Conflict: what ``open_for_decision`` raises.
        DomainError: ``would_accept_missing``, ``reason_text_missing``, ``text_too_long``, ``forbidden_phrase``.

    """
    case = open_for_decision(session, actor, DecisionKind.DECLINE, seen, now)
    refuse_unexplained(refusal.reason, refusal.text)
    refuse_bad_letter(refusal.text, field="reason_text")
    refuse_bad_letter(refusal.would_accept, field="would_accept")
    if not refusal.would_accept.strip():
        raise DomainError("would_accept_missing", field="would_accept", rule="P15")
    verdict = Verdict(
        kind=DecisionKind.DECLINE,
        reason_code=refusal.reason.value,
        text=refusal.text,
        would_accept=refusal.would_accept,
    )
    return make_decision(
        session, actor, proposal=case.proposal, version=case.version, verdict=verdict, seen=seen, now=now
    )


def refuse_guarantor_unsaid(loan: Loan, said: GuarantorChoice | None) -> None:
    """Raises ``guarantor_choice_missing`` (P14) where one stands behind the loan and the approver said nothing of it."""
    if loan.has_guarantor and said is None:
        raise DomainError("guarantor_choice_missing", field="guarantor", rule="P14")
