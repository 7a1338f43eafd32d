"""The table of refusals is what the code says, and what is not as it says is seen; so are details of events."""

import ast
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from portal.domain.errors import AccessRefused, Conflict, Damaged, DomainError, NotFound
from portal.domain.free_text import clean_text
from portal.domain.prime_rates import refuse_rate
from tests.refusals import OF_BOOKS, REFUSALS, Refusal, refusals_held
from tests.told_events import unclear_of

STATUS: Final = {
    each.__name__: str(each.status) for each in (DomainError, AccessRefused, NotFound, Conflict, Damaged)
}
PACKAGES: Final = ("portal/domain", "portal/queries", "portal/services")


def _refusals(file: Path) -> Iterator[Refusal]:
    """Those whose code is written out where they are made, or one of two codes."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in STATUS:
            said = {each.arg: each.value for each in node.keywords}
            details = ",".join(sorted(each for each in said if each not in {"field", "rule", None})) or "-"
            if None in said:
                continue
            code = node.args[0]
            for each in (code.body, code.orelse) if isinstance(code, ast.IfExp) else (code,):
                if isinstance(each, ast.Constant):
                    yield (
                        str(each.value),
                        STATUS[node.func.id],
                        _text(said.get("field")),
                        _text(said.get("rule")),
                        details,
                    )


def _text(node: ast.expr | None) -> str:
    if node is None:
        return "-"
    return str(node.value or "-") if isinstance(node, ast.Constant) else "*"


def _files() -> list[Path]:
    return [
        file
        for package in PACKAGES
        for file in Path(package).rglob("*.py")
        if not file.name.endswith(OF_BOOKS)
    ]


def test_each_refusal_of_the_code_is_in_the_table() -> None:
    assert {each for file in _files() for each in _refusals(file)} - REFUSALS == set()


def test_each_code_of_the_table_is_one_of_the_code() -> None:
    """Some are put together where they are made, of a name and what is wrong with it."""
    text = "\n".join(file.read_text() for file in _files())
    ends = ("_in_past", "_too_early", "_too_late", "_missing", "_shared", "_wrong")
    gone = {
        code
        for code, *_ in REFUSALS
        if f'"{code}"' not in text and not any(code.endswith(end) and f"}}{end}" in text for end in ends)
    }
    assert gone <= {"ending_shared", "ending_wrong"}


def _met(refuse: Callable[[], object]) -> None:
    with refusals_held(), suppress(DomainError):
        refuse()


def test_what_is_not_as_the_table_says_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a rule forgot the field, named another or said nothing."""
    _met(lambda: clean_text("", field="body", most=1))
    _met(lambda: refuse_rate(date(2030, 1, 1), Decimal(1), today=date(2026, 1, 1)))
    for field in (None, "nobody's"):
        with pytest.raises(AssertionError, match="text_missing"):
            _met(lambda field=field: clean_text("", field=field, most=1))  # type: ignore[misc]
    monkeypatch.setattr("tests.refusals.REFUSALS", frozenset())
    with pytest.raises(AssertionError, match="text_missing"):
        _met(lambda: clean_text("", field="body", most=1))


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("case:released", {"reason": None}),
        ("case:released", {"reason": "GIVEN_BACK"}),
        ("case:claimed", {"until": "2026-11-02"[:7]}),
        ("plan:frozen", {"version_number": 1, "content_hash": "f" * 63, "kind": "defer"}),
        ("staff:added", {"staff_number": "1001", "roles": ["Agent"]}),
    ],
)
def test_a_detail_that_is_not_written_as_it_is_elsewhere_is_seen(
    name: str, fields: dict[str, object]
) -> None:
    assert len(list(unclear_of(name, fields))) == 1


def test_a_detail_that_an_event_does_without_is_not_missed() -> None:
    assert list(unclear_of("call:opened", {"override_id": None, "purpose": "collection"})) == []
