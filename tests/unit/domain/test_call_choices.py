"""How the list of calls is ordered: sums of two currencies are not compared, and only the largest sum comes first."""

import pytest

from portal.domain.call_choices import CallSort


@pytest.mark.parametrize("sort", CallSort)
def test_only_sums_fall_and_only_they_need_a_currency(sort: CallSort) -> None:
    is_by_sum = sort.value == "sum"
    assert sort.is_descending is is_by_sum
    assert sort.needs_currency is is_by_sum
