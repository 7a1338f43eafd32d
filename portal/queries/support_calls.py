"""Support calls: whose number was read out, what is open, and what was prepared."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from portal.domain.errors import DomainError, NotFound
from portal.domain.free_text import visible
from portal.domain.mobiles import parse_mobile
from portal.domain.permissions import Role
from portal.domain.support_calls import SoughtBy
from portal.models import Borrower, Loan, StaffMember, StaffRelation, SupportCall, SupportDraft
from portal.queries.references import find_reference, tidy_reference

LONGEST: Final = 64
_REFERENCE: Final = re.compile(r"[A-Z][2-9A-HJKMNP-Z]{8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sought:
    """``borrower`` is None where nobody, or more than one, fits; that is for the services alone and shown to nobody.

    ``mobile`` is the one that was typed, whoever has it.
    """

    by: SoughtBy
    borrower: Borrower | None
    mobile: str | None = None


def find_sought(session: Session, typed: str) -> Sought:
    """Whom a mobile, a loan's number or a reference leads to; whole and exactly, a name never."""
    text = visible(typed).strip()[:LONGEST]
    if not text:
        return Sought(SoughtBy.NOTHING, None)
    if (mobile := _mobile(text)) is not None:
        return Sought(SoughtBy.MOBILE, _the_one(session, Borrower.mobile_index == mobile), mobile)
    if _REFERENCE.fullmatch(reference := tidy_reference(text)):
        lead = find_reference(session, reference)
        if lead is not None:
            return Sought(SoughtBy.REFERENCE, lead.borrower)
    of_loan = select(Loan.borrower_id).where(Loan.loan_ref == text)
    by = SoughtBy.REFERENCE if _REFERENCE.fullmatch(reference) else SoughtBy.LOAN
    return Sought(by, _the_one(session, Borrower.id.in_(of_loan)))


def who_share(session: Session, mobile: str) -> Sequence[int]:
    """The ids of everybody with this mobile, in order."""
    wanted = select(Borrower.id).where(Borrower.mobile_index == mobile).order_by(Borrower.id)
    return session.scalars(wanted).all()


def is_related_to(session: Session, *, staff_id: int, borrower_id: int) -> bool:
    """Whether a borrower is this person or somebody close to them (rule P18)."""
    wanted = exists().where(
        StaffRelation.staff_member_id == staff_id, StaffRelation.borrower_id == borrower_id
    )
    return bool(session.scalar(select(wanted)))


def is_agent(session: Session, staff_id: int) -> bool:
    """Read afresh: the account stands and has the role."""
    row = session.execute(
        select(StaffMember.roles, StaffMember.disabled_at).where(StaffMember.id == staff_id)
    ).one_or_none()
    return row is not None and row.disabled_at is None and Role.AGENT.value in row.roles


def find_support_call(session: Session, public_id: str, *, is_locked: bool = False) -> SupportCall | None:
    wanted = select(SupportCall).where(SupportCall.public_id == public_id)
    if is_locked:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    return session.scalar(wanted)


def get_own_support_call(session: Session, staff_id: int, public_id: str) -> SupportCall:
    """An agent's, open or over; a colleague's raises the same ``NotFound`` as nobody's."""
    found = find_support_call(session, public_id)
    if found is None or found.staff_id != staff_id:
        raise NotFound("not_found")
    return found


def find_open_of_agent(session: Session, staff_id: int, *, now: datetime) -> SupportCall | None:
    return session.scalar(
        select(SupportCall).where(
            SupportCall.staff_id == staff_id, SupportCall.ended_at.is_(None), SupportCall.expires_at > now
        )
    )


def find_open_of_borrower(
    session: Session, borrower_id: int, *, now: datetime, is_locked: bool = False
) -> SupportCall | None:
    """The call whose number this borrower entered, while it lasts and its agent is one."""
    wanted = select(SupportCall).where(
        SupportCall.borrower_id == borrower_id, SupportCall.ended_at.is_(None), SupportCall.expires_at > now
    )
    if is_locked:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(wanted)
    return found if found is not None and is_agent(session, found.staff_id) else None


def calls_of_agent(session: Session, staff_id: int, *, most: int = 20) -> Sequence[SupportCall]:
    """The newest first."""
    return session.scalars(
        select(SupportCall)
        .where(SupportCall.staff_id == staff_id)
        .order_by(SupportCall.id.desc())
        .limit(most)
    ).all()


def calls_of_borrower(session: Session, borrower_id: int, *, most: int = 20) -> Sequence[SupportCall]:
    """Those whose number this borrower entered, the newest first."""
    return session.scalars(
        select(SupportCall)
        .where(SupportCall.borrower_id == borrower_id)
        .order_by(SupportCall.id.desc())
        .limit(most)
    ).all()


def find_support_draft(session: Session, proposal_id: int) -> SupportDraft | None:
    return session.get(SupportDraft, proposal_id)


def _the_one(session: Session, which: ColumnElement[bool]) -> Borrower | None:
    """Two borrowers may share a mobile: then the pairing number alone tells who is calling."""
    found = session.scalars(select(Borrower).where(which).limit(2)).all()
    return found[0] if len(found) == 1 else None


def _mobile(text: str) -> str | None:
    try:
        return parse_mobile(text)
    except DomainError:
        return None
