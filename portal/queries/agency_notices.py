"""Loans of which the lender's book says itself that an agency has them: whether their borrowers were told (rules C21, L03)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.domain.contact_packs import HOME_ZONE
from portal.domain.contact_requests import AgencyByBook
from portal.domain.loans import LoanStatus, Stage
from portal.domain.stage_packs import DEFAULT_PACK, stage_pack_on
from portal.models import Contact, Loan, LoanStanding
from portal.queries.surroundings import notices_of

_NO_DAYS: Final = timedelta(0)


def agencies_by_book(
    session: Session, wanted: ColumnElement[bool], *, now: datetime
) -> Mapping[int, AgencyByBook]:
    """By loan, of those ``wanted`` (over ``loan``). ``now`` in the borrower's zone. A notice counts where it arrived since the oldest
    open payment fell due: one from before belongs to something that is over.
    """
    rows = session.execute(
        select(Loan.id, LoanStanding.oldest_unpaid_on)
        .outerjoin(LoanStanding, LoanStanding.loan_id == Loan.id)
        .where(
            wanted,
            Loan.collection_stage == Stage.AGENCY.value,
            Loan.status != LoanStatus.CLOSED.value,
        )
    )
    since: dict[int, date] = {loan_id: oldest or date.min for loan_id, oldest in rows}
    if not since:
        return {}
    notices = notices_of(session, Contact.loan_id.in_(since), zone=now.tzinfo or HOME_ZONE)
    entry = stage_pack_on(DEFAULT_PACK, now.date()).entry_of(Stage.AGENCY)
    lead = _NO_DAYS if entry is None else timedelta(days=entry.notice_days or 0)
    return {
        loan_id: AgencyByBook(
            min((day + lead for day in notices.get(loan_id, ()) if day >= first), default=None)
        )
        for loan_id, first in since.items()
    }


def last_to_open(agencies: Mapping[int, AgencyByBook]) -> AgencyByBook | None:
    """Of several the strictest; None where there is none."""
    if not agencies:
        return None
    days = [each.opens_on for each in agencies.values() if each.opens_on is not None]
    return AgencyByBook(max(days) if len(days) == len(agencies) else None)
