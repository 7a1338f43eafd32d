"""A creditor's particulars and the accounts that borrowers may pay into (rules C21, C22): set by the operator, never by a collector."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.book_values import plain_text
from portal.domain.errors import DomainError
from portal.domain.loans import Stage
from portal.domain.permissions import Actor
from portal.models import Creditor, Loan, LoanStanding, VerifiedAccount
from portal.queries.creditors import find_creditor
from portal.services.assignments import tell_of_all
from portal.services.record import record
from portal.services.stages import give_back_from_agencies

_ACCOUNT_TEXTS: Final = {"bank": 120, "account_name": 200, "account_number": 40}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account as the bank confirmed it; ``account_name`` is whom it belongs to."""

    bank: str
    account_name: str
    account_number: str
    currency: str
    effective_on: date


def add_account(
    session: Session, actor: Actor, *, creditor_name: str, account: NewAccount, now: datetime
) -> bool:
    """Let borrowers pay into an account; False where it is open already.

    Raises ``creditor_unknown``, and for what no agreement could print or is too long ``value_missing``, ``text_broken`` and
    ``text_longer_than``.
    """
    for name, longest in _ACCOUNT_TEXTS.items():
        plain_text(getattr(account, name), column=name, longest=longest)
    creditor = _get_creditor(session, creditor_name)
    kept = session.scalar(
        select(VerifiedAccount).where(
            VerifiedAccount.creditor_id == creditor.id,
            VerifiedAccount.account_number == account.account_number,
        )
    )
    if kept is not None:
        return False
    added = VerifiedAccount(
        creditor_id=creditor.id,
        bank=account.bank,
        account_name=account.account_name,
        account_number=account.account_number,
        currency=account.currency,
        effective_on=account.effective_on,
    )
    session.add(added)
    session.flush()
    record(session, actor, "account:added", now=now, creditor_id=creditor.id, account_id=added.id)
    return True


def end_account(
    session: Session, actor: Actor, *, creditor_name: str, account_number: str, ended_on: date, now: datetime
) -> bool:
    """From ``ended_on`` on the account is shown to nobody; False where no such account is open."""
    creditor = _get_creditor(session, creditor_name)
    ended = session.scalar(
        update(VerifiedAccount)
        .where(
            VerifiedAccount.creditor_id == creditor.id,
            VerifiedAccount.account_number == account_number,
            VerifiedAccount.ended_on.is_(None),
        )
        .values(ended_on=ended_on)
        .returning(VerifiedAccount.id)
    )
    if ended is None:
        return False
    record(session, actor, "account:ended", now=now, creditor_id=creditor.id, account_id=ended)
    return True


def describe_creditor(
    session: Session,
    actor: Actor,
    *,
    creditor_name: str,
    phone: str,
    address: str,
    agency: str | None = None,
    assigned_on: date | None = None,
    assigned_book: date | None = None,
    today: date,
    now: datetime,
) -> int:
    """Set how a creditor is reached; ``address`` may be blank. ``agency``: whom it has engaged, blank for nobody, None leaves it;
    another one than before has none of its loans until their borrowers had notice of it.

    ``assigned_on``: the day on which its borrowers got the notice that their debts were assigned to it, None leaves it. The limitation
    period of each loan that there was by then starts anew from it (rule L01); the next day's run finds it again. It is not after
    ``today``, the lender's business date. ``assigned_book``: which assignment the notice told of, by the date of the first book that named
    the creditor: against claims on the loans of that book, and of no other, nothing stands any more (C21); how many those are is returned.

    Raises as ``add_account``, and ``date_in_future``.
    """
    plain_text(phone, column="phone", longest=40)
    if address:
        plain_text(address, column="address", longest=300)
    creditor = _get_creditor(session, creditor_name)
    creditor.phone, creditor.address = phone, address
    if agency is not None:
        _engage(session, actor, creditor, agency, today, now)
    session.flush()
    record(session, actor, "creditor:described", now=now, creditor_id=creditor.id)
    if assigned_on is not None and assigned_on != creditor.assignment_notice_on:
        if assigned_on > today:
            raise DomainError("date_in_future", field="assigned_on")
        _note_assignment(session, actor, creditor, assigned_on, now)
    if assigned_on is None or assigned_book is None:
        return 0
    return tell_of_all(
        session,
        actor,
        creditor=creditor_name,
        assigned_on=assigned_book,
        noticed_on=assigned_on,
        now=now,
    )


def _engage(
    session: Session, actor: Actor, creditor: Creditor, agency: str, today: date, now: datetime
) -> None:
    """What another agency had goes back from it: nobody was told of the new one (rule L03)."""
    engaged = plain_text(agency, column="agency", longest=200) if agency else None
    if engaged == creditor.agency:
        return
    if creditor.agency is not None:
        creditor.agency_since = now
        placed = (
            select(Loan.id)
            .join(LoanStanding, LoanStanding.loan_id == Loan.id)
            .where(Loan.creditor == creditor.name, LoanStanding.stage == Stage.AGENCY.value)
            .order_by(Loan.id)
        )
        give_back_from_agencies(session, actor, session.scalars(placed).all(), today=today, now=now)
    creditor.agency = engaged


def _note_assignment(
    session: Session, actor: Actor, creditor: Creditor, assigned_on: date, now: datetime
) -> None:
    creditor.assignment_notice_on = assigned_on
    session.flush()
    own = select(Loan.id).where(Loan.creditor == creditor.name)
    session.execute(
        update(LoanStanding).where(LoanStanding.loan_id.in_(own)).values(limitation_facts=0),
        execution_options={"synchronize_session": False},
    )
    record(
        session,
        actor,
        "creditor:assigned",
        now=now,
        creditor_id=creditor.id,
        assigned_on=assigned_on.isoformat(),
    )


def _get_creditor(session: Session, name: str) -> Creditor:
    creditor = find_creditor(session, name)
    if creditor is None:
        raise DomainError("creditor_unknown", field="creditor", name=name)
    return creditor
