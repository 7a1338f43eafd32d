"""Values of a book's columns: what is missing and what is another are told apart."""

import pytest

from portal.domain.book_values import boolean, choice
from portal.domain.errors import DomainError
from portal.domain.rounding import Rounding


@pytest.mark.parametrize(("text", "code"), [("", "value_missing"), ("maybe", "value_not_a_choice")])
def test_a_choice_that_is_missing_or_another_says_which_there_are(text: str, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        choice(text, column="rounding", kind=Rounding)
    assert (refused.value.code, refused.value.field) == (code, "rounding")
    assert refused.value.details == {"choices": "half_even, half_up, floor"}
    with pytest.raises(DomainError) as refused:
        boolean(text, column="has_guarantor")
    assert (refused.value.code, refused.value.field) == (code, "has_guarantor")
    assert refused.value.details == {"choices": "true, false"}


def test_a_choice_is_read() -> None:
    assert choice("half_up", column="rounding", kind=Rounding) is Rounding.HALF_UP
    assert [boolean(text, column="x") for text in ("true", "False")] == [True, False]
