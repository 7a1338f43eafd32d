"""The cast with a late loan, over either database."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from tests.databases import turn_round
from tests.people import Cast, add_cast, add_loan
from tests.refusals import refusals_held
from tests.stories import Story
from tests.told_events import refuse_untold


@pytest.fixture(autouse=True)
def _refusals_held() -> Iterator[None]:
    """Each refusal is one that the table has, with its field and what its text is told, whether the test looks or not."""
    with refusals_held():
        yield


@pytest.fixture
def session(session: Session) -> Iterator[Session]:
    """As everywhere; but no order comes by luck, and at its end each event that a verb left says whom it is about."""
    turn_round(session)
    yield session
    refuse_untold(session)


@pytest.fixture
def cast(session: Session) -> Cast:
    return add_cast(session)


@pytest.fixture
def story(session: Session, cast: Cast) -> Story:
    """李娜, 42 days late."""
    return Story(session, cast.li_na, add_loan(session, cast.li_na))
