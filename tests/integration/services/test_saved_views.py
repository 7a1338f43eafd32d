"""Views of the queue that somebody keeps: what is wrong with a name is told at the name."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import DomainError
from portal.models import SavedView
from portal.services.saved_views import keep_view
from tests.callers import actor_of
from tests.people import NOW, Cast


@pytest.mark.parametrize(("name", "code"), [(" ", "text_missing"), ("长" * 200, "text_too_long")])
def test_a_view_has_a_name_of_some_length(session: Session, cast: Cast, name: str, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        keep_view(session, actor_of(cast.zhou_min), name=name, choices={}, now=NOW)
    assert (refused.value.code, refused.value.field) == (code, "name")
    assert session.scalars(select(SavedView)).all() == []
