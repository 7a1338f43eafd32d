"""What the lender's book says of disputes, for many loans at once."""

from sqlalchemy.orm import Session

from portal.domain.permissions import SYSTEM
from portal.services.book_holds import heed_book
from tests.people import NOW, Cast, add_loan


def test_a_book_says_how_many_pauses_it_started_and_how_many_it_ended(session: Session, cast: Cast) -> None:
    loans = [add_loan(session, cast.li_na, ref=f"L-{number}") for number in (1001, 1002, 1003)]
    ids = [loan.id for loan in loans]
    assert heed_book(session, SYSTEM, disputed=dict.fromkeys(ids, True), now=NOW) == (3, 0)
    later = {ids[0]: False, ids[1]: False, ids[2]: None}
    assert heed_book(session, SYSTEM, disputed=later, now=NOW) == (0, 2)
    assert heed_book(session, SYSTEM, disputed=later, now=NOW) == (0, 0)
