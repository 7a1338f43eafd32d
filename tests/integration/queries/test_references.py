"""References asked for as one value, whatever stands in them."""

from collections.abc import Collection

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Loan
from portal.queries.id_sets import is_among, many_texts
from tests.people import add_cast, add_loan

REFERENCES = ("1001", '借据"甲"', "{a,b}", "L\\1", "NULL", " x")


@pytest.mark.parametrize("asked", [(), ("1001",), {'借据"甲"', "{a,b}"}, REFERENCES, ("1001 ", "null", "a")])
def test_exactly_the_references_that_are_named_are_found(session: Session, asked: Collection[str]) -> None:
    cast = add_cast(session)
    for reference in REFERENCES:
        add_loan(session, cast.li_na, ref=reference)
    session.flush()
    found = session.scalars(select(Loan.loan_ref).where(is_among(Loan.loan_ref, many_texts(asked)))).all()
    assert sorted(found) == sorted(set(asked) & set(REFERENCES))
