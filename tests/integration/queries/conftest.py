"""Queries are asked of a database that gives no order that was not asked for."""

import pytest
from sqlalchemy.orm import Session

from tests.databases import turn_round


@pytest.fixture
def session(session: Session) -> Session:
    """As everywhere, but no order comes by luck."""
    turn_round(session)
    return session
