"""Loans that a book hands on to another creditor, and the notice of it to their borrowers (rule C21)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, cast

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from portal.domain.assignments import (
    BY_HAND,
    Assignment,
    ToldBy,
    checked_proof,
    handed_on,
    refuse_another,
    refuse_telling,
)
from portal.domain.errors import Conflict
from portal.domain.loans import LoanStatus
from portal.domain.occasions import Occasion
from portal.domain.permissions import Actor, Permission, require, require_borrower
from portal.models import Creditor, Loan
from portal.queries.assignments import awaits_notice
from portal.queries.standings import LoanSet
from portal.services.bulk_rows import change_rows
from portal.services.collection_messages import AskedMessage, ask_for_messages
from portal.services.record import LoanEvent, record, record_all
from portal.services.stages import give_back_from_agencies
from portal.services.standings import find_limitations_again

_LOANS: Final = cast("Table", Loan.__table__)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedAnother:
    """A loan of which a book of the day ``on`` names another ``creditor`` than the book of ``former_until`` did."""

    loan_id: int
    borrower_id: int
    status: LoanStatus
    before: Assignment | None
    former_creditor: str
    former_until: date
    creditor: str
    on: date


def hand_on(
    session: Session, actor: Actor, named: Sequence[NamedAnother], *, today: date, now: datetime
) -> int:
    """Remember from whom each came and since when, and ask for the message that leads its borrower to the notice; how many wait to be
    told. What an agency has goes back from it.
    """
    if not named:
        return 0
    known = _creditors(session, {name for each in named for name in (each.former_creditor, each.creditor)})
    found = [
        (
            each,
            handed_on(
                each.before,
                former_creditor=each.former_creditor,
                creditor=each.creditor,
                former_until=each.former_until,
                on=each.on,
            ),
        )
        for each in named
    ]
    change_rows(session, _LOANS, "id", [_columns(each.loan_id, after) for each, after in found])
    record_all(session, actor, [_event(each, after, known) for each, after in found], now=now)
    give_back_from_agencies(session, actor, sorted(each.loan_id for each in named), today=today, now=now)
    untold = [each for each, after in found if after is not None and after.told_on is None]
    asked = [
        AskedMessage(
            loan_id=each.loan_id, borrower_id=each.borrower_id, occasion=Occasion.CREDITOR_CHANGED, on=today
        )
        for each in untold
        if each.status is not LoanStatus.CLOSED
    ]
    ask_for_messages(session, actor, asked, now=now)
    return len(untold)


def confirm_notice(
    session: Session, actor: Actor, *, loan: Loan, seen: date | None, today: date, now: datetime
) -> None:
    """The borrower has the notice: read on their own page. Once more is nothing, and nothing of a debt is acknowledged by it.

    ``seen``: the ``assigned_on`` that the page showed. Raises ``Conflict``: ``assigned_again`` where another book came in meanwhile,
    ``notice_unseen`` where the page did not say which it showed.
    """
    require_borrower(actor, borrower_id=loan.borrower_id)
    if not _lock_untold(session, loan):
        return
    if seen is None:
        raise Conflict("notice_unseen")
    if loan.assigned_on != seen:
        raise Conflict("assigned_again")
    _tell(session, actor, loan, today, ToldBy.PAGE, "", now)


def tell_by_signature(session: Session, actor: Actor, *, loan: Loan, today: date, now: datetime) -> None:
    """Whoever signs an offer knows its creditor: it is named in what was signed."""
    if loan.assigned_on is None or loan.assignment_told_on is not None or not _lock_untold(session, loan):
        return
    _tell(session, actor, loan, today, ToldBy.SIGNATURE, "", now)


def refuse_telling_again(loan: Loan) -> None:
    """Raises ``Conflict`` (``told_already``) where no notice is waited for, as the loan was read; ``note_told`` asks the row itself."""
    if loan.assigned_on is None or loan.assignment_told_on is not None:
        raise Conflict("told_already")


def note_told(
    session: Session,
    actor: Actor,
    *,
    loan: Loan,
    told_on: date,
    told_by: ToldBy,
    named: str,
    proof: str,
    today: date,
    now: datetime,
) -> None:
    """Staff write down a notice that was given outside of the portal: ``named`` is whom it names as the new creditor, ``proof`` the number
    under which what shows it is kept.

    Raises:
        AccessRefused: ``permission_missing``.
        Conflict: ``told_already``.
        DomainError: ``told_of_another``, ``proof_unclear``, ``date_in_future``, ``told_before_assignment``.

    """
    require(actor, Permission.HOLD_END)
    assert told_by in BY_HAND
    if not _lock_untold(session, loan):
        raise Conflict("told_already")
    number = checked_proof(proof)
    assert loan.former_until is not None
    refuse_another(named, creditor=loan.creditor)
    refuse_telling(told_on, former_until=loan.former_until, today=today)
    _tell(session, actor, loan, told_on, told_by, number, now)


def tell_of_all(
    session: Session, actor: Actor, *, creditor: str, assigned_on: date, noticed_on: date, now: datetime
) -> int:
    """The operator says that all borrowers of one assignment were told: of the loans that the book of ``assigned_on`` was the first to name
    this creditor of; how many that were.
    """
    rows = session.execute(
        select(Loan.id, Loan.borrower_id)
        .where(
            Loan.creditor == creditor,
            awaits_notice(),
            Loan.assigned_on == assigned_on,
            Loan.former_until <= noticed_on,
        )
        .order_by(Loan.id)
        .with_for_update()
    ).all()
    if not rows:
        return 0
    ids = LoanSet([row.id for row in rows])
    telling = update(_LOANS).where(ids.holds(_LOANS.c.id)).values(assignment_told_on=noticed_on)
    session.connection().execute(telling)
    find_limitations_again(session, ids.ids)
    told = _told(assigned_on, noticed_on, ToldBy.CREDITOR, "")
    events = [LoanEvent("loan:assignment_told", row.borrower_id, row.id, told) for row in rows]
    record_all(session, actor, events, now=now)
    return len(rows)


def _lock_untold(session: Session, loan: Loan) -> bool:
    session.refresh(loan, with_for_update=True)
    return loan.assigned_on is not None and loan.assignment_told_on is None


def _tell(
    session: Session, actor: Actor, loan: Loan, told_on: date, told_by: ToldBy, proof: str, now: datetime
) -> None:
    assert loan.assigned_on is not None
    loan.assignment_told_on = told_on
    session.flush()
    find_limitations_again(session, [loan.id])
    record(
        session,
        actor,
        "loan:assignment_told",
        now=now,
        borrower_id=loan.borrower_id,
        loan_id=loan.id,
        **_told(loan.assigned_on, told_on, told_by, proof),
    )


def _told(assigned_on: date, told_on: date, told_by: ToldBy, proof: str) -> dict[str, Any]:
    return {
        "assigned_on": assigned_on.isoformat(),
        "told_on": told_on.isoformat(),
        "told_by": told_by.value,
        "proof": proof,
    }


def _creditors(session: Session, names: Collection[str]) -> Mapping[str, int]:
    rows = session.execute(select(Creditor.name, Creditor.id).where(Creditor.name.in_(names)))
    return {name: creditor_id for name, creditor_id in rows}  # noqa: C416 - rows are no pairs to the type checker


def _columns(loan_id: int, after: Assignment | None) -> dict[str, Any]:
    return {
        "id": loan_id,
        "former_creditor": after and after.former_creditor,
        "former_until": after and after.former_until,
        "assigned_on": after and after.on,
        "assignment_told_on": after and after.told_on,
    }


def _event(each: NamedAnother, after: Assignment | None, known: Mapping[str, int]) -> LoanEvent:
    creditor_id = known[each.creditor]
    if after is None:
        fields: dict[str, object] = {"creditor_id": creditor_id}
        return LoanEvent("loan:assignment_undone", each.borrower_id, each.loan_id, fields)
    fields = {
        "creditor_id": creditor_id,
        "former_creditor_id": known.get(each.former_creditor),
        "former_until": after.former_until.isoformat(),
        "assigned_on": after.on.isoformat(),
        "told_on": after.told_on.isoformat() if after.told_on else "",
    }
    return LoanEvent("loan:assigned", each.borrower_id, each.loan_id, fields)
