"""Asking the lender to correct its book, and the lender's answer. The portal changes no figure of the book itself."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.domain.case_handling import CorrectionAnswer, CorrectionKind, WaitsFor
from portal.domain.errors import Conflict, DomainError, NotFound
from portal.domain.free_text import clean_text, visible
from portal.domain.permissions import Actor, ActorKind, Permission, require
from portal.models import CorrectionRequest, Loan, ServiceCase
from portal.queries.service_cases import find_decision
from portal.services.case_decisions import end_holds_of_case
from portal.services.case_handling import record_case, require_own
from portal.services.references import new_reference
from portal.services.staff_relations import refuse_close

LONGEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What stands in the book and what should stand there, as the lender reads it."""

    what: str
    is_wrong: str
    should_be: str


def ask_lender(
    session: Session, actor: Actor, *, case: ServiceCase, loan: Loan, correction: Correction, now: datetime
) -> CorrectionRequest:
    """Put a request on the lender's list. The same open request twice is one.

    Raises:
        AccessRefused, Conflict: as ``require_own``.
        DomainError: ``correction_kind_missing``, ``correction_text_missing``, ``text_too_long``.

    """
    require_own(session, actor, case)
    if loan.borrower_id != case.borrower_id:
        raise NotFound("not_found")
    if correction.what not in list(CorrectionKind):
        raise DomainError("correction_kind_missing", field="what")
    texts = {name: _cleaned(getattr(correction, name), name) for name in ("is_wrong", "should_be")}
    same = _same(session, case, loan, correction.what, texts)
    if same is not None:
        return same
    request = CorrectionRequest(
        reference=new_reference("K"),
        case_id=case.id,
        loan_id=loan.id,
        what=correction.what,
        **texts,
        facts_version=loan.facts_version,
        asked_by=actor.id,
        asked_at=now,
        answer_words="",
    )
    session.add(request)
    case.waits_for = WaitsFor.LENDER.value
    session.flush()
    record_case(
        session, actor, case, "correction:asked", now=now, request_id=request.id, what=correction.what
    )
    return request


def answer_request(
    session: Session,
    actor: Actor,
    *,
    request: CorrectionRequest,
    answer: CorrectionAnswer,
    words: str,
    now: datetime,
) -> bool:
    """Note what the lender answered. False where the same answer stands already. With the last answer a pause of contact ends that was
    kept for it beyond the decision.

    Raises ``AccessRefused`` for staff who do not handle cases, or are close to the
    borrower (``related_case``), and ``Conflict("request_answered")`` where another answer stands.
    """
    if actor.kind is ActorKind.STAFF:
        require(actor, Permission.SERVICE_HANDLE)
        refuse_close(session, actor, borrower_id=session.get_one(Loan, request.loan_id).borrower_id)
    told = visible(words).strip()[:LONGEST]
    answered = session.scalar(
        update(CorrectionRequest)
        .where(CorrectionRequest.id == request.id, CorrectionRequest.answer.is_(None))
        .values(
            answer=answer.value,
            **request.changed(answer_words=told),
            answered_at=now,
            answered_by=actor.staff_id,
        )
        .returning(CorrectionRequest.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(request)
    if answered is None:
        if request.answer == answer and told in {"", request.answer_words}:
            return False
        raise Conflict("request_answered")
    # Of two last answers at once the second waits here, and sees that nothing is out.
    case = session.get_one(ServiceCase, request.case_id, with_for_update=True, populate_existing=True)
    record_case(
        session, actor, case, "correction:answered", now=now, request_id=request.id, result=answer.value
    )
    if _open_requests(session, case) == 0:
        _nothing_is_out(session, actor, case, now)
    return True


def _nothing_is_out(session: Session, actor: Actor, case: ServiceCase, now: datetime) -> None:
    if case.status == "open":
        case.waits_for = WaitsFor.US.value if case.waits_for == WaitsFor.LENDER else case.waits_for
        session.flush()
        return
    decision = find_decision(session, case)
    if decision is not None and decision.keeps_hold:
        end_holds_of_case(session, actor, case, "lender_answered", now)


def _open_requests(session: Session, case: ServiceCase) -> int:
    return session.scalars(
        select(func.count()).where(CorrectionRequest.case_id == case.id, CorrectionRequest.answer.is_(None))
    ).one()


def _same(
    session: Session, case: ServiceCase, loan: Loan, what: str, texts: dict[str, str]
) -> CorrectionRequest | None:
    waiting = session.scalars(
        select(CorrectionRequest)
        .where(
            CorrectionRequest.case_id == case.id,
            CorrectionRequest.loan_id == loan.id,
            CorrectionRequest.what == what,
            CorrectionRequest.answer.is_(None),
        )
        .order_by(CorrectionRequest.id)
    )
    return next((each for each in waiting if texts.items() <= each.texts().items()), None)


def _cleaned(text: str, field: str) -> str:
    try:
        return clean_text(text, field=field, most=LONGEST)
    except DomainError as error:
        if error.code == "text_missing":
            raise DomainError("correction_text_missing", field=field) from error
        raise
