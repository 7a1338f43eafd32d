"""What ``bin/bench plans`` says of an index that nobody was heard to go by, and of one that is kept and not there."""

import pytest
from sqlalchemy import inspect

from benchmarks.kept_indexes import KEPT
from benchmarks.plans import Found, Index, gone, told, unused
from tests.databases import Database

pytestmark = pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
"""SQLite leaves out an index over an expression; none of these is one."""

LATE = Index("ix_call_item_late", "call_item", keeps_unique=False, megabytes=1)
SUM = Index("ix_call_item_sum", "call_item", keeps_unique=False, megabytes=1)
KEY = Index("pk_call_item", "call_item", keeps_unique=True, megabytes=1)
LATE_IS_KEPT = {LATE.name: "the list of calls"}


def test_one_that_nobody_goes_by_is_named_unless_it_is_kept_or_keeps_unique() -> None:
    assert unused(Found(), [LATE, SUM, KEY], LATE_IS_KEPT) == [SUM.name]


@pytest.mark.parametrize("plans", ["taken", "possible"])
def test_one_that_some_plan_goes_by_is_of_use(plans: str) -> None:
    found = Found()
    getattr(found, plans)[SUM.name].add("queries/call_list")
    assert unused(found, [SUM], {}) == []


def test_the_table_says_for_what_one_is_kept() -> None:
    lines = list(told(Found(), [LATE, SUM], LATE_IS_KEPT))
    assert f"| `{LATE.name}` | `call_item` | 1.0 | the list of calls |  |" in lines
    assert f"| `{SUM.name}` | `call_item` | 1.0 | NOBODY |  |" in lines


def test_one_that_somebody_was_heard_to_go_by_is_told_by_that() -> None:
    found = Found()
    found.taken[LATE.name].add("queries/call_list (/desk/calls)")
    assert "the list of calls" not in "".join(told(found, [LATE], LATE_IS_KEPT))


def test_one_that_is_kept_and_not_there_is_named() -> None:
    assert gone([SUM], LATE_IS_KEPT) == [LATE.name]
    assert gone([LATE, SUM], LATE_IS_KEPT) == []


def test_all_that_are_kept_are_there(database: Database) -> None:
    seen = inspect(database.engine)
    names = {each["name"] for table in seen.get_table_names() for each in seen.get_indexes(table)}
    assert KEPT.keys() - names == set()
