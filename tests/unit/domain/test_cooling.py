"""Nobody signs a draft that staff prepared while somebody talks to them, nor before it cooled (rule D04)."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.cooling import Cooling, refuse_cooling
from portal.domain.errors import Conflict

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("signable_at", "is_on_call", "code", "details"),
    [
        (None, False, "draft_not_handed_over", {}),
        (None, True, "draft_not_handed_over", {}),
        (NOW + SECOND, False, "draft_cooling", {"from_at": "2026-03-04T09:30:01+00:00"}),
        (NOW + SECOND, True, "draft_cooling", {"from_at": "2026-03-04T09:30:01+00:00"}),
        (NOW, True, "signing_on_call", {}),
    ],
)
def test_what_is_refused_says_why_and_from_when(
    signable_at: datetime | None, *, is_on_call: bool, code: str, details: dict[str, object]
) -> None:
    cooling = Cooling(None if signable_at is None else NOW, signable_at, is_on_call)
    assert not cooling.is_over(NOW)
    with pytest.raises(Conflict) as refused:
        refuse_cooling(cooling, now=NOW)
    assert (refused.value.code, refused.value.rule, refused.value.details) == (code, "D04", details)


@pytest.mark.parametrize("later", [timedelta(), SECOND])
def test_from_its_moment_on_it_may_be_signed(later: timedelta) -> None:
    cooling = Cooling(NOW, NOW, is_on_call=False)
    assert cooling.is_over(NOW + later)
    refuse_cooling(cooling, now=NOW + later)
    refuse_cooling(None, now=NOW)
