"""A draft that an agent prepares with the borrower on the line, and hands to the borrower's own phone. Only the borrower signs, later."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.domain.cooling import signable_from
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.journey import Question, next_question
from portal.domain.occasions import Occasion
from portal.domain.permissions import Actor, require_borrower
from portal.domain.policy import HardshipReason
from portal.domain.proposals import ProposalStatus
from portal.domain.support_calls import Level
from portal.models import Proposal, SupportDraft
from portal.queries.proposals import find_open_proposal
from portal.queries.situations import Situation
from portal.queries.support_calls import find_support_draft
from portal.services.collection_messages import AskedMessage, ask_for_message_now
from portal.services.drafts import answer_draft, start_draft
from portal.services.record import record_about
from portal.services.support_calls import OnSupportCall


def begin_support_draft(
    session: Session, on: OnSupportCall, *, situation: Situation, now: datetime
) -> Proposal:
    """The borrower's draft about this loan, or a new one, taken in hand together. What they had answered themselves is kept aside.

    Raises:
        AccessRefused: ``support_not_allowed``.
        Conflict: ``not_editable`` where a plan was sent already, ``plan_already_runs``.
        DomainError: ``loan_closed``, ``nothing_overdue``.

    """
    loan = situation.loan
    _refuse_beyond(on, loan.borrower_id)
    open_one = find_open_proposal(session, loan.id)
    if open_one is not None and (open_one.status != ProposalStatus.DRAFT or open_one.replaces_id):
        raise Conflict("not_editable")
    draft = start_draft(
        session,
        on.actor,
        loan=loan,
        arrears_total=situation.arrears.total,
        privacy_version="",
        keep_days=situation.policy.draft_days,
        now=now,
    )
    kept = find_support_draft(session, draft.id)
    if kept is not None and kept.call_id == on.call.id:
        return draft
    _take_in_hand(session, on, draft, kept, now)
    return draft


def answer_in_support_call(
    session: Session,
    on: OnSupportCall,
    *,
    proposal: Proposal,
    question: Question,
    answer: Mapping[str, Any],
    now: datetime,
) -> None:
    """Save one answer for the borrower; handed over it has to be again. Never why they are late: that takes their own consent (P17).

    Raises ``AccessRefused``: ``support_not_allowed``, ``only_the_borrower``; ``Conflict("not_editable")``.
    """
    if question not in {Question.NEED, Question.CHOICE}:
        raise AccessRefused("only_the_borrower", rule="D04")
    kept = get_draft_in_call(session, on, proposal)
    is_new = answer_draft(session, on.actor, proposal=proposal, question=question, answer=answer, now=now)
    if is_new:
        kept.handed_over_at, kept.signable_at = None, None
        session.flush()


def hand_draft_over(
    session: Session, on: OnSupportCall, *, proposal: Proposal, situation: Situation, now: datetime
) -> SupportDraft:
    """To the borrower's phone, by a message whose link opens the sign-in alone. From ``signable_at`` on they may sign it.

    Raises ``DomainError("draft_unfinished")``, and what ``get_draft_in_call`` raises.
    """
    kept = get_draft_in_call(session, on, proposal)
    if next_question(proposal.answers) is not None:
        raise DomainError("draft_unfinished")
    if kept.handed_over_at is not None:
        return kept
    kept.handed_over_at = now
    kept.signable_at = signable_from(now, situation.policy.cooling_minutes)
    session.flush()
    record_about(
        session, on.actor, proposal, "plan:handed_over", now=now, signable_at=kept.signable_at.isoformat()
    )
    asked = AskedMessage(
        loan_id=proposal.loan_id,
        borrower_id=proposal.borrower_id,
        occasion=Occasion.PLAN_DRAFTED,
        on=situation.on,
    )
    ask_for_message_now(session, on.actor, asked, key=f"{proposal.id}:{now.isoformat()}", now=now)
    return kept


def get_draft_in_call(session: Session, on: OnSupportCall, proposal: Proposal) -> SupportDraft:
    """Raises ``AccessRefused("support_not_allowed")`` where it is not a draft of this call, and ``Conflict("not_editable")`` once sent."""
    _refuse_beyond(on, proposal.borrower_id)
    kept = find_support_draft(session, proposal.id)
    if kept is None or kept.call_id != on.call.id:
        raise AccessRefused("support_not_allowed", rule="D04", least=Level.CONSENTED.value)
    if proposal.status != ProposalStatus.DRAFT:
        raise Conflict("not_editable")
    return kept


def keep_own_numbers(session: Session, actor: Actor, *, proposal: Proposal, now: datetime) -> None:
    """The borrower puts aside what was prepared, and goes on with their own answers. Twice is as once.

    Raises ``AccessRefused("only_the_borrower")`` and ``Conflict("not_editable")``.
    """
    require_borrower(actor, borrower_id=proposal.borrower_id)
    # A second tap waits here, and finds nothing that was prepared.
    session.refresh(proposal, with_for_update={"key_share": True})
    if proposal.status != ProposalStatus.DRAFT:
        raise Conflict("not_editable")
    kept = find_support_draft(session, proposal.id)
    if kept is None:
        return
    proposal.answers, proposal.drafted_by_staff_id = dict(kept.own_answers), None
    session.delete(kept)
    session.flush()
    record_about(session, actor, proposal, "plan:own_numbers_kept", now=now)


def _refuse_beyond(on: OnSupportCall, borrower_id: int) -> None:
    """Of the borrower on the line alone, and with their consent."""
    is_theirs = on.call.borrower_id == borrower_id
    if not is_theirs or not Level(on.call.level).reaches(Level.CONSENTED):
        raise AccessRefused("support_not_allowed", rule="D04", least=Level.CONSENTED.value)


def _take_in_hand(
    session: Session, on: OnSupportCall, draft: Proposal, kept: SupportDraft | None, now: datetime
) -> None:
    if kept is None:
        own = dict(draft.answers)
        session.add(SupportDraft(proposal_id=draft.id, call_id=on.call.id, own_answers=own, begun_at=now))
    else:
        kept.call_id, kept.begun_at = on.call.id, now
        kept.handed_over_at, kept.signable_at = None, None
    draft.drafted_by_staff_id = on.actor.id
    if Question.REASON.value not in draft.answers:
        # Why somebody is late is theirs to say, on their own page, with their own consent.
        draft.answers = {Question.REASON.value: {"reason": HardshipReason.NOT_SAID.value}, **draft.answers}
    session.flush()
    record_about(session, on.actor, draft, "plan:drafted_on_call", now=now)
