"""A number that is to be changed."""

from portal.domain.numbers import refuse_same_number
from tests.unit.domain.refusals import refusal


def test_a_new_number_is_another_one() -> None:
    assert refusal(lambda: refuse_same_number("+8613800138000", "+8613800138000")) == (
        "number_same",
        "new",
        None,
    )
    assert refusal(lambda: refuse_same_number("+8613800138000", "+8613800138001")) is None
