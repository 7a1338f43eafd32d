import gc

import pytest

from portal.commands.rare_searches import MADE_BETWEEN, searching_seldom


def fails_inside() -> None:
    with searching_seldom():
        assert (gc.get_threshold()[0], gc.isenabled()) == (MADE_BETWEEN, True)
        assert gc.get_freeze_count() > 0
        raise ZeroDivisionError


def test_afterwards_garbage_is_searched_for_as_before() -> None:
    before = gc.get_threshold()
    with pytest.raises(ZeroDivisionError):
        fails_inside()
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, 0)
