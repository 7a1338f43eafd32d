"""The schema of an agreement's content (JSON Schema 2020-12): it takes what agreements say, and nothing else."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from portal.domain.agreement_parts import (
    BorrowerParty,
    Clause,
    CostBeforeAndAfter,
    CreditorParty,
    DisclosureItem,
    KeyTerm,
    LoanTerms,
    OldTerms,
    PayAccount,
    ScheduleRow,
    WordsBeside,
)
from portal.domain.agreement_schema import content_schema
from portal.domain.agreements import AgreementContent

ROW = ScheduleRow(number=1, due_on="2026-10-09", principal=5, interest=1, fee=0, penalty=0, due=6)
ITEM = DisclosureItem(
    code="interest", name="n", amount=None, payee="p", method="m", annualised="12", is_contingent=False
)
TERM = KeyTerm(code="rate", title="t", text="t", explanation="e")
CLAUSE = Clause(code="parties", title="t", paragraphs=("p",), covers=("c",))
CONTENT = AgreementContent(
    agreement_ref="A1",
    version=1,
    locale="zh_CN",
    priced_on="2026-09-10",
    title="t",
    introduction=("i",),
    creditor=CreditorParty(name="n", phone="1", hours="9", assignment_notice_on="2026-01-01"),
    borrower=BorrowerParty(name="n", id_last4="123X", mobile="1"),
    loan=LoanTerms(
        loan_ref="L1",
        product="cash",
        currency="CNY",
        disbursed_on="2026-01-15",
        principal=10,
        annual_rate_pct="12",
        penalty_rate_pct="18",
        amortisation="equal_installment",
        has_guarantor=True,
    ),
    policy_version="P1",
    text_versions={"clauses": "1"},
    facts={"status": "active", "installments": [[1, "2026-10-09"]]},
    old_terms=OldTerms(arrears={"principal": 5}, overdue_since=None, rows=(ROW,), total=6),
    new_terms={"kind": "catch_up", "rows": []},
    schedule=(replace(ROW, balance=0, moved_from="2026-10-03"),),
    cost=CostBeforeAndAfter(
        total_before=6,
        total_after=6,
        beyond_principal_before=1,
        beyond_principal_after=1,
        plan_total=6,
        annual_compound_pct=None,
        annual_simple_pct="9.40",
        method_version="cost/1",
    ),
    disclosure=(ITEM, replace(ITEM, amount=3)),
    disclosure_notes=("n",),
    key_terms=(TERM,),
    accounts=(PayAccount(bank="b", account_name="n", account_number="1"),),
    clauses=(CLAUSE,),
)
BESIDE = WordsBeside(
    locale="en",
    text_versions={"clauses": "1"},
    title="t",
    introduction=("i",),
    disclosure=(ITEM,),
    disclosure_notes=("n",),
    key_terms=(TERM,),
    clauses=(CLAUSE,),
)
FREE = {"facts", "new_terms"}
"""Said elsewhere: what a loan and a plan are, as data."""
BY_NAME = {"text_versions", "arrears"}
"""Values by names that are not fixed."""


@pytest.fixture(autouse=True)
def _is_read_anew() -> None:
    """Each test reads the schema from the parts itself."""
    content_schema.cache_clear()


def data_of(content: AgreementContent) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(content.as_data()))
    return found


def faults(data: Mapping[str, Any]) -> list[str]:
    return [error.message for error in Draft202012Validator(content_schema()).iter_errors(data)]


def places(data: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each object and value in the data; what is free is one value."""
    yield way
    if way and way[-1] in FREE:
        return
    for key, value in (
        data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    ):
        yield from places(value, (*way, key))


def at(data: Any, way: tuple[Any, ...]) -> Any:
    for key in way:
        data = data[key]
    return data


WHOLE = data_of(replace(CONTENT, beside=BESIDE))


def test_it_is_a_schema_and_says_which_and_how_sums_are_read() -> None:
    schema = content_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"] == "Agreement"
    assert "minor units" in schema["description"]


@pytest.mark.parametrize("beside", [None, BESIDE])
def test_an_agreement_is_as_the_schema_says(beside: WordsBeside | None) -> None:
    assert not faults(data_of(replace(CONTENT, beside=beside)))
    assert not faults({**WHOLE, "beside": None})


@pytest.mark.parametrize("way", [way for way in places(WHOLE) if isinstance(at(WHOLE, way), dict)], ids=str)
def test_each_part_has_all_its_fields_and_no_others(way: tuple[Any, ...]) -> None:
    for name in at(WHOLE, way):
        data = deepcopy(WHOLE)
        del at(data, way)[name]
        is_open = (way and way[-1] in FREE | BY_NAME) or (way, name) == ((), "beside")
        assert bool(faults(data)) is not bool(is_open), name
    data = deepcopy(WHOLE)
    at(data, way)["another"] = 1
    assert bool(faults(data)) is not (bool(way) and way[-1] in FREE | {"arrears"})


@pytest.mark.parametrize("way", [way for way in places(WHOLE) if way], ids=str)
def test_a_value_of_another_type_is_none_of_an_agreements(way: tuple[Any, ...]) -> None:
    data = deepcopy(WHOLE)
    value = at(data, way)
    at(data, way[:-1])[way[-1]] = 1.5 if not isinstance(value, str) else 7
    assert faults(data)


@pytest.mark.parametrize(
    ("way", "is_taken"),
    [
        (("schedule", 0, "moved_from"), True),
        (("schedule", 0, "balance"), True),
        (("disclosure", 0, "amount"), True),
        (("cost", "annual_simple_pct"), True),
        (("old_terms", "overdue_since"), True),
        (("creditor", "assignment_notice_on"), True),
        (("creditor", "address"), False),
        (("schedule", 0, "due"), False),
        (("schedule",), False),
    ],
)
def test_no_value_stands_where_there_may_be_none(way: tuple[Any, ...], *, is_taken: bool) -> None:
    data = deepcopy(WHOLE)
    at(data, way[:-1])[way[-1]] = None
    assert bool(faults(data)) is not is_taken


def test_each_part_is_explained_once_in_one_line() -> None:
    parts = content_schema()["$defs"]
    assert {"CreditorParty", "BorrowerParty", "OldTerms", "ScheduleRow", "Clause", "WordsBeside"} <= set(
        parts
    )
    assert parts["LoanTerms"]["description"] == "The contract that the agreement changes."
    assert all(part["description"] and "\n" not in part["description"] for part in parts.values())
    assert content_schema()["properties"]["schedule"]["items"] == {"$ref": "#/$defs/ScheduleRow"}
