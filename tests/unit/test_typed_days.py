"""A day that was typed: an empty field is told as empty, not as badly written."""

from datetime import date

import pytest

from portal.domain.errors import DomainError
from portal.web.typed import typed_day


@pytest.mark.parametrize(
    ("typed", "code"),
    [(None, "date_missing"), ("", "date_missing"), ("  ", "date_missing"), ("5.1.2026", "date_unclear")],
)
def test_an_empty_day_is_told_as_missing(typed: str | None, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        typed_day(typed, field="told_on")
    assert (refused.value.code, refused.value.field) == (code, "told_on")


def test_a_day_is_read_with_blanks_around_it() -> None:
    assert typed_day(" 2026-01-05 ", field="told_on") == date(2026, 1, 5)
