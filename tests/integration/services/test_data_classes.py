"""Classes of data: every column has one, and what is done with a column is what its class says."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import String

import portal.domain.data_columns
from portal.adapters.database_rights import AGENCY_RIGHTS
from portal.domain.data_classes import RULES, STAYS_LONGER, Protection
from portal.domain.data_columns import COLUMNS, protection_of
from portal.domain.erasure import COLUMNS_EMPTIED, DOCUMENT_BYTES, ROWS_GONE, STAYS
from portal.domain.events import EVENT_FIELDS
from portal.domain.own_data import HANDED_OUT
from portal.models import Base
from portal.models.sealing import BlindIndex, WrappedKey
from portal.queries.key_uses import SEALED_TABLES
from portal.queries.retention import ROWS
from tests.data_page import page

ROOT = Path(__file__).resolve().parents[3]
P = Protection
CLASSES = protection_of()
KEPT = {
    f"{table.name}.{column.name}": column for table in Base.metadata.sorted_tables for column in table.columns
}
SEALED = {f"{model.__tablename__}.{name}_sealed" for model in SEALED_TABLES for name in model.SEALED}
HARMLESS_ALONE = {
    "one_time_code.seed": "the code is what the secret key makes of it",
    "one_time_code.session_key": "a hash of the session's token",
    "support_call.pairing_seed": "as the seed of a code",
}
TRACES = {
    "attempts", "bytes", "case", "copy", "count", "endpoint", "error", "events", "exc_info", "job", "kind", "level_said", "limit",
    "mark", "method", "most", "ms", "next_look_in", "period", "proxy_request_id", "request_id", "seconds", "spent", "status", "unit",
    "unknown", "unread", "why",
}  # fmt: skip
"""Every field that a line of the log may have."""
_LOGS = {"debug", "info", "warning", "error", "exception", "critical", "bind_contextvars"}


def of(*classes: Protection) -> set[str]:
    return {column for column, found in CLASSES.items() if found in classes}


def plain_names(columns: set[str]) -> set[str]:
    """What somebody would call such a column's content."""
    found = {column.partition(".")[2] for column in columns}
    return found | {
        name.removesuffix(end)
        for name in found
        for end in ("_sealed", "_index", "_hash")
        if name.endswith(end)
    }


def test_every_column_has_one_class_and_every_class_its_rules() -> None:
    assert KEPT.keys() - CLASSES.keys() == set()
    assert CLASSES.keys() - KEPT.keys() == set()
    assert set(RULES) == set(CLASSES.values()) == set(Protection)


def test_a_column_of_two_classes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = {"loan": {P.ABOUT: "id", P.COURSE: "id"}}
    monkeypatch.setattr(portal.domain.data_columns, "COLUMNS", twice)
    with pytest.raises(ValueError, match=r"loan\.id has two classes"):
        protection_of()


def test_the_page_is_what_the_code_says() -> None:
    assert (ROOT / "docs" / "data.md").read_text(encoding="utf-8") == page()


def test_what_is_to_be_sealed_stands_in_sealed_tables_and_nothing_else_does() -> None:
    assert of(P.SEALED) == SEALED - of(P.OPENS)
    assert {column for column in KEPT if column.endswith("_sealed")} == SEALED


def test_what_opens_stands_wrapped_sealed_or_as_a_hash() -> None:
    wrapped = {name for name, column in KEPT.items() if isinstance(column.type, WrappedKey)}
    assert wrapped <= of(P.OPENS)
    assert {
        name for name in of(P.OPENS) - wrapped - SEALED if not name.endswith("_hash")
    } == HARMLESS_ALONE.keys()


def test_people_are_found_by_hashes_alone() -> None:
    blind = {name for name, column in KEPT.items() if isinstance(column.type, BlindIndex)}
    assert blind <= of(P.FOUND_BY)
    for name in of(P.FOUND_BY):
        assert isinstance(KEPT[name].type, BlindIndex | String), name
    hashes = {name for name in KEPT if name.endswith("_hash")} - of(P.OPENS, P.FOUND_BY)
    assert {name.partition(".")[2] for name in hashes} == {"content_hash"}


def goes() -> Iterator[str]:
    """Columns that are emptied, or whose rows go, with the person or by a term."""
    gone = {*ROWS_GONE}
    for rows in (each for of_class in ROWS.values() for each in of_class):
        table = rows.model.__tablename__
        if rows.emptied:
            yield from (f"{table}.{name}" for name in rows.emptied)
        elif table != "borrower":
            gone.add(table)
    yield from (name for name in KEPT if name.partition(".")[0] in gone)
    for table, (_, columns) in COLUMNS_EMPTIED.items():
        yield from (f"{table}.{name}" for name in columns)
    yield from (".".join(DOCUMENT_BYTES), f"{DOCUMENT_BYTES[0]}.data_key")


def test_what_says_something_of_a_person_goes_or_stays_for_a_reason() -> None:
    staying = of(P.OPENS, P.SEALED, P.FOUND_BY, P.ABOUT) - set(goes())
    named = {name for name in staying if name in STAYS_LONGER or name.partition(".")[0] in STAYS_LONGER}
    assert staying - named == set()
    assert {name for name in STAYS_LONGER if name not in staying and not is_table_of(name, staying)} == set()


def is_table_of(name: str, columns: set[str]) -> bool:
    return any(column.partition(".")[0] == name for column in columns)


def test_the_course_of_matters_stays_and_says_nothing_of_a_person() -> None:
    emptied = {f"{table}.{name}" for table, (_, columns) in COLUMNS_EMPTIED.items() for name in columns}
    assert of(P.COURSE) & emptied == set()
    assert {name for name in of(P.COURSE) if name.partition(".")[0] in ROWS_GONE} == set()
    assert STAYS.keys() <= of(P.COURSE)


def logged() -> Iterator[str]:
    for path in (ROOT / "portal").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)) if "structlog" in source else ():
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in _LOGS
            ):
                yield from (keyword.arg for keyword in node.keywords if keyword.arg)


def test_a_line_of_the_log_has_no_field_but_these_and_none_of_a_person() -> None:
    found = set(logged())
    assert found - TRACES == set()
    assert TRACES - found == {"case", "proxy_request_id"}
    assert TRACES & plain_names(of(P.OPENS, P.SEALED, P.FOUND_BY)) == set()


def test_no_event_names_what_opens_is_sealed_or_found_by() -> None:
    fields = {field for each in EVENT_FIELDS.values() for field in each}
    counted = {"number"}
    """Of messages, questions and guides, which are numbered; a telephone's is nowhere (``test_planted_data.py``)."""
    assert fields & plain_names(of(P.OPENS, P.SEALED, P.FOUND_BY)) == counted


def test_a_borrowers_own_copy_holds_nothing_that_opens_or_is_found_by() -> None:
    shown = {f"{each.table}.{name}" for each in HANDED_OUT.values() for name in each.columns.split()}
    known = {CLASSES[name] for name in shown if name in CLASSES}
    assert known <= {P.ABOUT, P.COURSE}
    assert {f"{name}_sealed" for name in shown - CLASSES.keys()} <= of(P.SEALED)


WINDOW = {
    "agreement", "borrower", "call", "call_item", "call_override", "call_refusal", "call_task", "contact", "contact_wish",
    "delinquency_pause", "hold", "installment", "known_device", "loan", "loan_standing", "payment", "proposal", "proposal_version",
    "representative", "service_case", "staff_relation", "stopped_number",
}  # fmt: skip
"""What a call needs (decision 0300). No document, no message, nothing that was typed in a talk, nobody's budget."""


def test_agencies_staff_can_read_of_borrowers_what_a_call_needs_and_nothing_else() -> None:
    readable = {table for table, verbs in AGENCY_RIGHTS.items() if "SELECT" in verbs}
    about = {table for table in readable if {P.SEALED, P.ABOUT, P.COURSE} & COLUMNS[table].keys()} - {
        "web_session"
    }
    assert about == WINDOW
