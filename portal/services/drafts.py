"""A draft: started, answered question by question, discarded. No event for the limitation clock; kept for the policy's days."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, DomainError
from portal.domain.journey import Question, with_answer
from portal.domain.permissions import Actor, ActorKind, require_borrower
from portal.domain.policy import HardshipReason
from portal.domain.proposals import Act, ProposalStatus, Who
from portal.models import Borrower, Consent, Loan, Proposal, ProposalVersion
from portal.queries.proposals import find_open_proposal, find_running_id
from portal.services.moves import end_values, move_proposal
from portal.services.record import record, record_about
from portal.services.references import new_public_id, new_reference

EDITABLE = frozenset({ProposalStatus.DRAFT, ProposalStatus.NEEDS_RESIGN, ProposalStatus.INFO_REQUESTED})
"""The borrower may change the terms; what was signed before stands until the new ones are signed."""


def start_draft(
    session: Session,
    actor: Actor,
    *,
    loan: Loan,
    arrears_total: int,
    privacy_version: str,
    keep_days: int,
    now: datetime,
) -> Proposal:
    """The loan's open proposal where there is one, else a new draft (one open proposal a loan).

    An agent starts one only in a support call (``support_drafts``), whose borrower agreed to the notice of privacy there.

    Raises:
        Conflict: ``plan_already_runs`` where an approved plan is in force.
        DomainError: ``loan_closed``, ``nothing_overdue``.

    """
    existing = find_open_proposal(session, loan.id)
    if existing is not None:
        return existing
    is_agents = actor.kind is ActorKind.STAFF
    if not is_agents:
        # It locks the borrower, who comes before the loan.
        give_consent(session, actor, kind="privacy_notice", text_version=privacy_version, now=now)
    # An approver who lets a broken plan of this loan go on waits for the draft, or is seen here.
    session.execute(select(Loan.id).where(Loan.id == loan.id).with_for_update())
    refuse_where_none_can_be(session, loan, arrears_total)
    draft = Proposal(
        public_id=new_public_id(),
        reference=new_reference("P"),
        loan_id=loan.id,
        borrower_id=loan.borrower_id,
        status=ProposalStatus.DRAFT.value,
        answers={},
        drafted_by_staff_id=actor.id if is_agents else None,
        referral_reasons=[],
        made_at=now,
        closes_at=now + timedelta(days=keep_days),
    )
    try:
        with session.begin_nested():
            session.add(draft)
    except IntegrityError:
        # Two taps at once: the unique index let one through, and both go on with it.
        other = find_open_proposal(session, loan.id)
        if other is None:
            raise
        return other
    record_about(session, actor, draft, "plan:started", now=now, reference=draft.reference)
    return draft


def answer_draft(
    session: Session,
    actor: Actor,
    *,
    proposal: Proposal,
    question: Question,
    answer: Mapping[str, Any],
    now: datetime,
) -> bool:
    """Save one answer; True where it changed something. Raises ``Conflict("not_editable")`` once the terms are signed."""
    # Two taps at once: the second waits here, and finds its answer.
    session.refresh(proposal, with_for_update={"key_share": True})
    refuse_not_editable(proposal)
    answers = with_answer(proposal.answers, question, answer)
    if answers == proposal.answers:
        return False
    proposal.answers = answers
    session.flush()
    record_about(session, actor, proposal, "plan:answered", now=now, question=question.value)
    return True


def answer_reason(
    session: Session,
    actor: Actor,
    *,
    proposal: Proposal,
    reason: HardshipReason,
    consents: bool,
    consent_version: str,
    now: datetime,
) -> bool:
    """What happened. A reason is kept only with its own consent (rule P17): raises ``consent_needed`` without."""
    if reason is not HardshipReason.NOT_SAID:
        if not consents:
            raise DomainError("consent_needed", field="consents", rule="P17")
        give_consent(session, actor, kind="hardship_reason", text_version=consent_version, now=now)
    return answer_draft(
        session, actor, proposal=proposal, question=Question.REASON, answer={"reason": reason.value}, now=now
    )


def discard_draft(session: Session, actor: Actor, *, proposal: Proposal, now: datetime) -> None:
    """Throw a draft away; twice is as once."""
    require_borrower(actor, borrower_id=proposal.borrower_id)
    if proposal.status == ProposalStatus.DISCARDED:
        return
    move_proposal(session, proposal, Act.DISCARD, Who.BORROWER, **end_values(now))
    record_about(session, actor, proposal, "plan:discarded", now=now, reference=proposal.reference)


def put_away_draft(session: Session, actor: Actor, *, loan_id: int, now: datetime) -> bool:
    """The loan's draft gives way to a plan of the loan that an approver takes up again: their act, in the record too. The loan is held.

    True where there was one. Nothing that was signed is ever put away.
    """
    draft = find_open_proposal(session, loan_id)
    if draft is None or draft.status != ProposalStatus.DRAFT:
        return False
    move_proposal(session, draft, Act.GIVE_WAY, Who.APPROVER, **end_values(now))
    record_about(session, actor, draft, "plan:discarded", now=now, reference=draft.reference)
    return True


def give_consent(session: Session, actor: Actor, *, kind: str, text_version: str, now: datetime) -> None:
    """Keep a consent to one version of a text; the same version twice is one consent. Nobody gives one for somebody else."""
    require_borrower(actor)
    # Consents of one borrower change one after the other: two taps at once are one consent.
    session.execute(select(Borrower.id).where(Borrower.id == actor.id).with_for_update(key_share=True))
    given = session.scalar(
        select(Consent.id).where(
            Consent.borrower_id == actor.id,
            Consent.kind == kind,
            Consent.text_version == text_version,
            Consent.withdrawn_at.is_(None),
        )
    )
    if given is not None:
        return
    session.add(
        Consent(
            borrower_id=actor.id,
            kind=kind,
            text_version=text_version,
            given_by=actor.kind.value,
            given_at=now,
        )
    )
    record(
        session, actor, "consent:given", now=now, borrower_id=actor.id, kind=kind, text_version=text_version
    )


def refuse_not_editable(proposal: Proposal) -> None:
    if ProposalStatus(proposal.status) not in EDITABLE:
        raise Conflict("not_editable")


def refuse_not_signable(proposal: Proposal, version: ProposalVersion) -> None:
    """One's own terms while they may be changed, the lender's while the counter-offer stands: else ``Conflict("not_editable")``."""
    if not version.made_by_lender:
        refuse_not_editable(proposal)
    elif proposal.status != ProposalStatus.COUNTERED:
        raise Conflict("not_editable")


def refuse_where_none_can_be(session: Session, loan: Loan, arrears_total: int) -> None:
    """Raises what ``start_draft`` raises."""
    if find_running_id(session, loan.id) is not None:
        raise Conflict("plan_already_runs")
    if loan.status == "closed":
        raise DomainError("loan_closed")
    if arrears_total <= 0:
        raise DomainError("nothing_overdue")
