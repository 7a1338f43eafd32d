"""Looking for a case by what somebody on the telephone says: its reference, a name, a mobile number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from portal.domain.errors import DomainError
from portal.domain.free_text import visible
from portal.domain.mobiles import parse_mobile
from portal.domain.person_names import folded_name
from portal.domain.proposals import ProposalStatus
from portal.models import Borrower, Proposal, ProposalVersion, StaffRelation
from portal.queries.references import tidy_reference

SHOWN: Final = 20
LEAST_OF_A_NAME: Final = 2
_REFERENCE: Final = re.compile(r"P[2-9A-HJKMNP-Z]{8}", re.ASCII)
_UNSENT: Final = (ProposalStatus.DRAFT.value, ProposalStatus.DISCARDED.value)


class By(StrEnum):
    """What was typed."""

    REFERENCE = "reference"
    MOBILE = "mobile"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class FoundCase:
    """A case with its borrower, masked by whoever shows it."""

    public_id: str
    reference: str
    status: str
    kind: str
    submitted_at: datetime | None
    borrower_id: int
    name: str
    mobile: str


@dataclass(frozen=True, slots=True)
class Found:
    """The newest cases first, so many at most as were asked for."""

    by: By
    cases: Sequence[FoundCase]
    has_more: bool


def search_cases(session: Session, staff_id: int, typed: str, *, most: int = SHOWN) -> Found | None:
    """Among submitted cases that this person may look at; None where what was typed is too little to look for.

    A mobile number and a reference count as typed in any spelling, a name in any width and case; each only whole.
    """
    text = visible(typed).strip()[:80]
    if _REFERENCE.fullmatch(reference := tidy_reference(text)):
        found = _cases(session, staff_id, By.REFERENCE, Proposal.reference == reference, most)
        if found.cases:
            return found
    if (mobile := _mobile(text)) is not None:
        return _cases(session, staff_id, By.MOBILE, Borrower.mobile_index == mobile, most)
    if len(text) < LEAST_OF_A_NAME:
        return None
    return _cases(session, staff_id, By.NAME, Borrower.name_index == folded_name(text), most)


def _mobile(text: str) -> str | None:
    try:
        return parse_mobile(text)
    except DomainError:
        return None


def _cases(session: Session, staff_id: int, by: By, condition: ColumnElement[bool], most: int) -> Found:
    related = select(StaffRelation.borrower_id).where(StaffRelation.staff_member_id == staff_id)
    rows = session.execute(
        select(
            Proposal.public_id,
            Proposal.reference,
            Proposal.status,
            ProposalVersion.kind,
            Proposal.submitted_at,
            Borrower,
        )
        .select_from(Proposal)
        .join(Borrower, Borrower.id == Proposal.borrower_id)
        .join(
            ProposalVersion,
            and_(
                ProposalVersion.proposal_id == Proposal.id,
                ProposalVersion.number == Proposal.version_number,
            ),
        )
        .where(condition, Proposal.status.not_in(_UNSENT), Borrower.id.not_in(related))
        .order_by(Proposal.id.desc())
        .limit(most + 1)
    ).all()
    return Found(by, [_case(*row) for row in rows[:most]], len(rows) > most)


def _case(
    public_id: str, reference: str, status: str, kind: str, submitted_at: datetime | None, borrower: Borrower
) -> FoundCase:
    return FoundCase(
        public_id, reference, status, kind, submitted_at, borrower.id, borrower.name, borrower.mobile
    )
