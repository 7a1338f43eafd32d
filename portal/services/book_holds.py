"""The pause that the lender's book sets because a loan is disputed, and takes back where a later book says that it is not."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from portal.domain.cases import CaseKind
from portal.domain.holds import BOOK, BOOK_HOLD
from portal.domain.permissions import Actor
from portal.models import CaseDecision, CorrectionRequest, Hold, Loan, ServiceCase
from portal.services.holds import end_hold, start_hold

LEFT_BY_BOOK: Final = "book_says_no"
"""The reason of a hold that the book set and has let go of, while something at the desk keeps it."""


def heed_book(
    session: Session, actor: Actor, *, disputed: Mapping[int, bool | None], now: datetime
) -> tuple[int, int]:
    """By loan id what the book says; None where it says nothing, and nothing follows. How many holds started, and how many ended."""
    started = 0
    for loan_id, is_disputed in disputed.items():
        if is_disputed:
            hold_id = start_hold(session, actor, loan_id=loan_id, kind=BOOK_HOLD, reason=BOOK, now=now)
            started += hold_id is not None
    denied = [loan_id for loan_id, is_disputed in disputed.items() if is_disputed is False]
    return started, _let_go(session, actor, denied, now) if denied else 0


def _let_go(session: Session, actor: Actor, loan_ids: list[int], now: datetime) -> int:
    """End what the book itself set; what a case, a request to the lender or a decision keeps goes on as theirs."""
    ended = 0
    rows = session.execute(
        select(Hold, _is_kept().label("is_kept"))
        .join(Loan, Loan.id == Hold.loan_id)
        .where(
            Hold.loan_id.in_(loan_ids),
            Hold.kind == BOOK_HOLD.value,
            Hold.reason == BOOK,
            Hold.ended_at.is_(None),
        )
        .order_by(Hold.id)
    ).all()
    for hold, is_kept in rows:
        hold.reason = LEFT_BY_BOOK
        session.flush()
        if not is_kept:
            ended += end_hold(
                session, actor, loan_id=hold.loan_id, kind=BOOK_HOLD, reason=LEFT_BY_BOOK, now=now
            )
    return ended


def _is_kept() -> ColumnElement[bool]:
    """Somebody at the desk still looks into it, waits for the lender's answer, or decided that contact stays paused."""
    case_about_it = (
        ServiceCase.kind == CaseKind.DISPUTE.value,
        ServiceCase.borrower_id == Loan.borrower_id,
        or_(ServiceCase.loan_id == Hold.loan_id, ServiceCase.loan_id.is_(None)),
    )
    is_open = exists().where(ServiceCase.status == "open", *case_about_it)
    is_asked = exists().where(CorrectionRequest.loan_id == Hold.loan_id, CorrectionRequest.answer.is_(None))
    is_decided = exists().where(
        CaseDecision.case_id == ServiceCase.id, CaseDecision.keeps_hold.is_(True), *case_about_it
    )
    return or_(is_open, is_asked, is_decided)
