"""Withdrawing a consent, as easily as it was given, and what follows from it at once (rules D01, P17)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.contact_wishes import ContactWishes
from portal.domain.errors import DomainError
from portal.domain.journey import Question
from portal.domain.permissions import Actor, require_borrower
from portal.domain.policy import HardshipReason
from portal.domain.proposals import ProposalStatus
from portal.models import Borrower, Consent, Proposal
from portal.queries.wishes import find_standing_wish, wishes_of
from portal.services.contact_wishes import replace_wish
from portal.services.drafts import EDITABLE
from portal.services.record import record, record_about

WITHDRAWABLE: Final = ("hardship_reason", "hardship_attachment", "contact_hours")
"""The privacy notice is information and no consent: there is nothing to withdraw."""


def withdraw_consent(session: Session, actor: Actor, *, kind: str, now: datetime) -> bool:
    """False where none stood: twice is as once. Raises ``consent_unknown``, ``AccessRefused("only_the_borrower")``."""
    require_borrower(actor)
    if kind not in WITHDRAWABLE:
        raise DomainError("consent_unknown")
    # Wishes and consents of one borrower change one after the other: the borrower first, everywhere.
    session.execute(select(Borrower.id).where(Borrower.id == actor.id).with_for_update(key_share=True))
    withdrawn = session.scalars(
        update(Consent)
        .where(Consent.borrower_id == actor.id, Consent.kind == kind, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
        .returning(Consent.id)
    ).all()
    if not withdrawn:
        return False
    record(session, actor, "consent:withdrawn", now=now, borrower_id=actor.id, kind=kind)
    match kind:
        case "hardship_reason":
            _withhold_reasons(session, actor, now)
        case "contact_hours":
            _keep_to_usual_hours(session, actor, now)
    return True


def _withhold_reasons(session: Session, actor: Actor, now: datetime) -> None:
    """Out of what can still be changed; elsewhere kept as proof and read by nobody."""
    proposals = session.scalars(
        select(Proposal)
        .where(Proposal.borrower_id == actor.id)
        .order_by(Proposal.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for proposal in proposals:
        answer = proposal.answers.get(Question.REASON.value, {})
        if answer.get("reason", HardshipReason.NOT_SAID) == HardshipReason.NOT_SAID:
            continue
        is_open = ProposalStatus(proposal.status) in EDITABLE
        proposal.answers = {**proposal.answers, Question.REASON.value: _withheld(answer, is_open=is_open)}
        record_about(
            session,
            actor,
            proposal,
            "data:withheld",
            now=now,
            what="hardship_reason",
            how="removed" if is_open else "restricted",
        )
    session.flush()


def _withheld(answer: Mapping[str, Any], *, is_open: bool) -> dict[str, Any]:
    """``withheld`` is read by no page and no rule."""
    gone = {"reason": HardshipReason.NOT_SAID.value}
    return gone if is_open else {**gone, "withheld": answer["reason"]}


def _keep_to_usual_hours(session: Session, actor: Actor, now: datetime) -> None:
    assert actor.id is not None
    if find_standing_wish(session, actor.id) is None:
        return
    wishes: ContactWishes = wishes_of(session, actor.id)
    usual = replace(wishes, hours=wishes.hours.within_usual)
    if usual != wishes:
        replace_wish(session, actor, borrower_id=actor.id, wishes=usual, now=now)
