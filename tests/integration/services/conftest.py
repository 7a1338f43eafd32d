"""The cast with a late loan, over either database."""

import pytest
from sqlalchemy.orm import Session

from tests.people import Cast, add_cast, add_loan
from tests.stories import Story


@pytest.fixture
def cast(session: Session) -> Cast:
    return add_cast(session)


@pytest.fixture
def story(session: Session, cast: Cast) -> Story:
    """李娜, 42 days late."""
    return Story(session, cast.li_na, add_loan(session, cast.li_na))
