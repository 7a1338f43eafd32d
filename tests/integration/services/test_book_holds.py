"""What the lender's book says of disputes, for many loans at once."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.case_handling import CaseReason, Outcome
from portal.domain.permissions import SYSTEM
from portal.models import Borrower, Hold, Loan
from portal.services.book_holds import heed_book
from tests.people import NOW, Cast, add_loan
from tests.service_cases import NOT_FOUND, Handler, bring_up


def test_a_book_says_how_many_pauses_it_started_and_how_many_it_ended(session: Session, cast: Cast) -> None:
    loans = [add_loan(session, cast.li_na, ref=f"L-{number}") for number in (1001, 1002, 1003)]
    ids = [loan.id for loan in loans]
    assert heed_book(session, SYSTEM, disputed=dict.fromkeys(ids, True), now=NOW) == (3, 0)
    later = {ids[0]: False, ids[1]: False, ids[2]: None}
    assert heed_book(session, SYSTEM, disputed=later, now=NOW) == (0, 2)
    assert heed_book(session, SYSTEM, disputed=later, now=NOW) == (0, 0)


def _dispute(session: Session, cast: Cast, loan: Loan, *, keeps_hold: bool | None) -> None:
    """Of who owes the loan, or where nothing is decided yet (None), still open."""
    borrower = session.get_one(Borrower, loan.borrower_id)
    case = bring_up(session, borrower, loan)
    if keeps_hold is not None:
        Handler(session, cast.zhou_min, case).take().decide(
            Outcome.NOT_UPHELD, CaseReason.PAYMENT_NOT_FOUND, NOT_FOUND, keeps_hold=keeps_hold
        )


@pytest.mark.parametrize(("keeps_hold", "is_kept"), [(None, True), (True, True), (False, False)])
def test_what_the_desk_looks_into_or_decided_to_keep_outlives_a_book_that_says_no(
    session: Session, cast: Cast, *, keeps_hold: bool | None, is_kept: bool
) -> None:
    loan, other = (add_loan(session, cast.li_na, ref=ref) for ref in ("L-1001", "L-1002"))
    heed_book(session, SYSTEM, disputed={loan.id: True, other.id: True}, now=NOW)
    _dispute(session, cast, loan, keeps_hold=keeps_hold)
    ended = heed_book(session, SYSTEM, disputed={loan.id: False, other.id: False}, now=NOW)
    assert ended == (0, 1 if is_kept else 2)
    kept = session.scalars(select(Hold.loan_id).where(Hold.ended_at.is_(None))).all()
    assert kept == [loan.id] * is_kept
