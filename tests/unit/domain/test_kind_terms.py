from dataclasses import fields, replace
from typing import Any

import pytest

from portal.domain.kind_terms import READ_BY
from portal.domain.plans import PlanKind, PlanRequest


@pytest.mark.parametrize("kind", PlanKind)
def test_each_kind_reads_what_it_is_counted_by(kind: PlanKind) -> None:
    read: list[dict[str, Any]] = [{name: 7} for name in READ_BY[kind] - {"kind"}]
    counted = [said for said in read if replace(PlanRequest(kind), **said).terms == 7]
    assert counted or kind is PlanKind.PAY_BY_DATE


def test_each_term_is_read_by_some_kind_and_none_is_made_up() -> None:
    assert frozenset().union(*READ_BY.values()) == {part.name for part in fields(PlanRequest)}
