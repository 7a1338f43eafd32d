"""One name, however it was typed."""

import pytest

from portal.domain.person_names import folded_name


@pytest.mark.parametrize("typed", ["Li Na", " li  na ", "ＬＩ　ＮＡ", "LI\tNa"])
def test_width_case_and_blanks_do_not_count(typed: str) -> None:
    assert folded_name(typed) == "li na"


def test_other_names_stay_others() -> None:
    assert folded_name("李娜") == "李娜"
    assert folded_name("Lina") != folded_name("Li Na")
