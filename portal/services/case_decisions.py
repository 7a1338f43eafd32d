"""Deciding a case: once a round, by who owns it; the outcome reaches the loan's holds, the borrower's page and thread at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from sqlalchemy import or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.case_handling import (
    CORRECTING,
    LONGEST_WORDS,
    Outcome,
    WaitsFor,
    Work,
    may_decide,
    refuse_ending_as,
    refuse_second_look,
    work_of,
)
from portal.domain.cases import HOLDS, CaseKind, CaseTopic, answer_by
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.free_text import clean_text
from portal.domain.holds import BOOK, HoldKind
from portal.domain.permissions import Actor
from portal.domain.phrases import refuse_forbidden
from portal.models import CaseDecision, CorrectionRequest, Hold, Loan, ServiceCase
from portal.queries.numbers import find_number_change
from portal.queries.policies import business_calendar
from portal.queries.service_cases import find_decision
from portal.queries.wishes import find_representative
from portal.services.case_handling import record_case, require_handling, require_own
from portal.services.holds import end_hold, start_hold
from portal.services.number_changes import apply_number_change
from portal.services.representatives import verify_representative
from portal.services.threads import WrittenMessage, post_message

LOOK_AGAIN: timedelta = timedelta(days=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What was chosen and written. ``row_version`` is the case's on the page; ``keeps_hold``: contact stays paused all the same."""

    row_version: int
    outcome: str
    reason: str
    words: str
    keeps_hold: bool = False


def decide_service_case(
    session: Session, actor: Actor, *, case: ServiceCase, ending: Ending, now: datetime
) -> CaseDecision:
    """Decide and close a case. The same decision sent twice by one person is one. ``now`` in the lender's zone.

    Raises:
        AccessRefused: ``permission_missing``, ``related_case``, ``complained_about``, ``case_decided_by_oneself``.
        Conflict: ``case_closed``, ``case_owned_by_other``, ``case_not_taken``, ``case_moved`` where the borrower wrote since.
        DomainError: ``outcome_missing``, ``reason_missing``, ``reason_does_not_fit``, ``words_missing``, ``text_too_long``,
            ``forbidden_phrase``, ``correction_needed``, ``number_too_early``.

    """
    require_handling(session, actor, case)
    work = work_of(CaseKind(case.kind), case.topic)
    if not may_decide(actor, work):
        raise AccessRefused("permission_missing", permission="service:decide")
    session.refresh(case, with_for_update=True)
    before = find_decision(session, case)
    if before is not None and _is_same(before, actor, ending):
        return before
    require_own(session, actor, case)
    words = _words_of(ending, work)
    if ending.row_version != case.row_version:
        raise Conflict("case_moved")
    _refuse_uncorrected(session, case, work, ending)
    decision = _add(session, actor, case, ending, words, now)
    case.status, case.closed_at, case.row_version = "closed", now, case.row_version + 1
    case.waits_for = WaitsFor.US.value
    case.acknowledged_at = case.acknowledged_at or now
    session.flush()
    _carry_out(session, actor, case, work, ending, now)
    record_case(
        session,
        actor,
        case,
        "service:decided",
        now=now,
        review_round=case.review_round,
        outcome=ending.outcome,
        reason_code=ending.reason,
        keeps_hold=ending.keeps_hold,
    )
    post_message(session, actor, about=case, written=WrittenMessage(form_key="", body=words), now=now)
    return decision


def ask_second_look(
    session: Session, actor: Actor, *, case: ServiceCase, today: date, zone: tzinfo, now: datetime
) -> bool:
    """The borrower asks once that another person looks: the case is open again, with a new promise, and contact is paused as before.

    False where that was asked already and is open. Raises ``second_look_asked``, ``second_look_not_needed``, ``second_look_too_late``.
    """
    assert actor.id == case.borrower_id
    session.refresh(case, with_for_update=True)
    if case.status == "open":
        return False
    decision = find_decision(session, case)
    if decision is None:
        raise DomainError("second_look_not_needed")
    refuse_second_look(decision.outcome, case.review_round, decision.decided_at, now)
    kind, topic = CaseKind(case.kind), CaseTopic(case.topic)
    case.status, case.closed_at, case.review_round = "open", None, case.review_round + 1
    case.row_version += 1
    case.owner_id = case.owned_at = case.acknowledged_at = None
    case.second_look_at = now
    case.answer_by = answer_by(kind, today, business_calendar(session), zone, topic=topic)
    session.flush()
    hold = HOLDS.get(kind)
    for loan_id in _loans_of(session, case) if hold is not None and kind is not CaseKind.REPRESENTED else ():
        assert hold is not None
        start_hold(session, actor, loan_id=loan_id, kind=hold, reason="second_look", now=now)
    record_case(session, actor, case, "service:second_look_asked", now=now)
    return True


def end_holds_of_case(session: Session, actor: Actor, case: ServiceCase, reason: str, now: datetime) -> None:
    """Contact on the case's loans goes on, but where another open case or the lender's book keeps it paused."""
    kind = HOLDS.get(CaseKind(case.kind))
    if kind is None or kind is HoldKind.REPRESENTED:
        return
    for hold in _running(session, case, kind):
        if hold.reason != BOOK and not _has_other(session, case, hold.loan_id):
            end_hold(session, actor, loan_id=hold.loan_id, kind=kind, reason=reason, now=now)


def _is_same(decision: CaseDecision, actor: Actor, ending: Ending) -> bool:
    return (decision.decided_by, decision.outcome, decision.reason_code) == (
        actor.id,
        ending.outcome,
        ending.reason,
    ) and decision.words == ending.words.strip().replace("\r\n", "\n")


def _words_of(ending: Ending, work: Work) -> str:
    refuse_ending_as(work, ending.outcome, ending.reason)
    try:
        words = clean_text(ending.words, field="words", most=LONGEST_WORDS)
    except DomainError as error:
        if error.code == "text_missing":
            raise DomainError("words_missing", field="words") from error
        raise
    refuse_forbidden(words, field="words")
    return words


def _refuse_uncorrected(session: Session, case: ServiceCase, work: Work, ending: Ending) -> None:
    """A dispute that is right in whole or in part goes to the lender before it is closed."""
    if work is not Work.DISPUTE or ending.outcome not in CORRECTING:
        return
    asked = select(CorrectionRequest.id).where(CorrectionRequest.case_id == case.id).limit(1)
    if session.scalar(asked) is None:
        raise DomainError("correction_needed", field="outcome")


def _add(
    session: Session, actor: Actor, case: ServiceCase, ending: Ending, words: str, now: datetime
) -> CaseDecision:
    """The unique key stands behind the lock: of two one decides."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    decision_id = session.scalar(
        insert(CaseDecision)
        .values(
            CaseDecision.insertable(
                {
                    "case_id": case.id,
                    "review_round": case.review_round,
                    "outcome": ending.outcome,
                    "reason_code": ending.reason,
                    "words": words,
                    "keeps_hold": ending.keeps_hold,
                    "decided_by": actor.id,
                    "decided_at": now,
                }
            )
        )
        .on_conflict_do_nothing(index_elements=["case_id", "review_round"])
        .returning(CaseDecision.id)
    )
    if decision_id is None:
        raise Conflict("case_closed")
    return session.get_one(CaseDecision, decision_id)


def _carry_out(
    session: Session, actor: Actor, case: ServiceCase, work: Work, ending: Ending, now: datetime
) -> None:
    """What the outcome does beside being told."""
    is_confirmed = ending.outcome == Outcome.CONFIRMED
    if work is Work.REPRESENTED:
        _verify(session, actor, case, is_right=is_confirmed, now=now)
    elif work is Work.NUMBER and is_confirmed:
        change = find_number_change(session, case.reference)
        if change is not None:
            apply_number_change(session, actor, change=change, now=now)
    elif ending.keeps_hold:
        _keep_holds(session, case, now)
    else:
        end_holds_of_case(session, actor, case, ending.outcome, now)


def _verify(session: Session, actor: Actor, case: ServiceCase, *, is_right: bool, now: datetime) -> None:
    """Whom the case named; somebody else may have been named since."""
    present = find_representative(session, case.borrower_id)
    if present is not None and present.case_id == case.id:
        verify_representative(session, actor, borrower_id=case.borrower_id, is_right=is_right, now=now)


def _keep_holds(session: Session, case: ServiceCase, now: datetime) -> None:
    kind = HOLDS.get(CaseKind(case.kind))
    for hold in _running(session, case, kind) if kind is not None else ():
        hold.review_on = (now + LOOK_AGAIN).date()


def _running(session: Session, case: ServiceCase, kind: HoldKind) -> Sequence[Hold]:
    """Held until the end of the transaction: of two last cases that close at once, the second waits here and finds no other."""
    return session.scalars(
        select(Hold)
        .where(Hold.loan_id.in_(_loans_of(session, case)), Hold.kind == kind.value, Hold.ended_at.is_(None))
        .order_by(Hold.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _loans_of(session: Session, case: ServiceCase) -> Sequence[int]:
    """The loan that it is about; all of the borrower's where it is about none in particular."""
    if case.loan_id is not None:
        return [case.loan_id]
    own = select(Loan.id).where(Loan.borrower_id == case.borrower_id).order_by(Loan.id)
    return session.scalars(own).all()


def _has_other(session: Session, case: ServiceCase, loan_id: int) -> bool:
    """Whether another open case of this kind is about the loan."""
    found = session.scalar(
        select(ServiceCase.id)
        .where(
            ServiceCase.id != case.id,
            ServiceCase.borrower_id == case.borrower_id,
            ServiceCase.kind == case.kind,
            ServiceCase.status == "open",
            or_(ServiceCase.loan_id == loan_id, ServiceCase.loan_id.is_(None)),
        )
        .limit(1)
    )
    return found is not None
