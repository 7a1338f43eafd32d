"""What an agreement may not lack, and what its hash binds to."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from portal.domain.agreement_parts import (
    BorrowerParty,
    Clause,
    CompulsoryContent,
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
from portal.domain.agreements import AgreementContent, content_hash, missing_contents, refuse_incomplete
from portal.domain.canonical_json import canonical_json
from portal.domain.errors import DomainError


def row(number: int, due_on: str, **changes: Any) -> ScheduleRow:
    """A payment of 1,000.00: 900.00 of principal, 70.00 interest, 20.00 fee, 10.00 penalty."""
    parts = {"principal": 90_000, "interest": 7_000, "fee": 2_000, "penalty": 1_000, "due": 100_000}
    return ScheduleRow(number=number, due_on=due_on, **{**parts, **changes})


CLAUSES = tuple(
    Clause(code=part.value, title="A title", paragraphs=["Words."], covers=[part.value])
    for part in CompulsoryContent
)
DISCLOSED = (
    DisclosureItem(
        code="interest",
        name="Interest",
        amount=7_000,
        payee="Bank",
        method="daily",
        annualised="12",
        is_contingent=False,
    ),
)
TERMS = (KeyTerm(code="penalty", title="Penalty", text="18 %", explanation="On what is late."),)
OLD = OldTerms(
    arrears={"principal": 1, "interest": 0},
    overdue_since="2026-08-15",
    rows=(row(8, "2026-09-15"), row(9, "2026-10-15")),
    total=1,
)
COST = CostBeforeAndAfter(
    total_before=1,
    total_after=1,
    beyond_principal_before=0,
    beyond_principal_after=0,
    plan_total=200_000,
    annual_compound_pct="12.00",
    annual_simple_pct=None,
    method_version="1",
)
BESIDE = WordsBeside(
    locale="zh_CN",
    text_versions={"zh_CN": "1"},
    title="协议",
    introduction=("一", "二"),
    disclosure=DISCLOSED,
    disclosure_notes=("注",),
    key_terms=TERMS,
    clauses=CLAUSES,
)
CONTENT = AgreementContent(
    agreement_ref="A1",
    version=1,
    locale="en",
    priced_on="2026-09-10",
    title="Agreement",
    introduction=("One.", "Two."),
    creditor=CreditorParty(name="Bank", phone="1", hours="9-17"),
    borrower=BorrowerParty(name="Li", id_last4="002X", mobile="138****0000"),
    loan=LoanTerms(
        loan_ref="L1",
        product="cash",
        currency="CNY",
        disbursed_on="2026-01-15",
        principal=1_200_000,
        annual_rate_pct="12",
        penalty_rate_pct="18",
        amortisation="equal_installment",
        has_guarantor=False,
    ),
    policy_version="1",
    text_versions={"en": "1"},
    facts={"as_of": "2026-09-10"},
    old_terms=OLD,
    new_terms={"kind": "catch_up"},
    schedule=(row(1, "2026-10-20"), row(2, "2026-11-20")),
    cost=COST,
    disclosure=DISCLOSED,
    disclosure_notes=("Note.",),
    key_terms=TERMS,
    accounts=(PayAccount(bank="Bank", account_name="Bank", account_number="1"),),
    clauses=CLAUSES,
)
BOTH = replace(CONTENT, beside=BESIDE)


def through_json(content: AgreementContent) -> AgreementContent:
    return AgreementContent.from_data(json.loads(canonical_json(content.as_data())))


@pytest.mark.parametrize("content", [CONTENT, BOTH], ids=["one language", "two languages"])
def test_a_content_comes_back_from_json_as_it_was(content: AgreementContent) -> None:
    assert through_json(content) == content
    assert content_hash(through_json(content)) == content_hash(content)


def test_what_is_said_in_one_language_has_the_hash_that_it_had_before_there_could_be_two() -> None:
    assert "beside" not in CONTENT.as_data()
    assert BOTH.as_data()["beside"]["title"] == "协议"
    assert AgreementContent.from_data({**CONTENT.as_data(), "beside": None}) == CONTENT


def test_a_word_beside_changes_the_hash() -> None:
    other = replace(BOTH, beside=replace(BESIDE, introduction=("一", "三")))
    assert len({content_hash(each) for each in (CONTENT, BOTH, other)}) == 3


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({}, None),
        ({"old_terms": replace(OLD, arrears={})}, "balance"),
        ({"loan": replace(CONTENT.loan, currency="")}, "balance"),
        ({"loan": replace(CONTENT.loan, currency="YUAN")}, "balance"),
        ({"accounts": ()}, "payments"),
        ({"schedule": ()}, "payments"),
        ({"schedule": (row(1, "2026-10-20", is_running=True),)}, "payments"),
        ({"old_terms": replace(OLD, total=0)}, "old_terms"),
        ({"old_terms": replace(OLD, total=-1)}, "old_terms"),
        ({"new_terms": {}}, "new_terms"),
        ({"cost": replace(COST, total_before=0)}, "cost_before_and_after"),
        ({"cost": replace(COST, total_after=0)}, "cost_before_and_after"),
    ],
)
def test_words_without_their_figures_do_not_do(change: Mapping[str, Any], missing: str | None) -> None:
    found = [part.value for part in missing_contents(replace(CONTENT, **change))]
    assert found == ([] if missing is None else [missing])


@pytest.mark.parametrize("part", ["principal", "interest", "fee", "penalty"])
@pytest.mark.parametrize("is_running", [False, True])
def test_each_payment_is_the_sum_of_its_parts(part: str, is_running: bool) -> None:
    """Also one of the running schedule, which is shown besides."""
    given = getattr(row(1, ""), part)
    short, over = (row(2, "2026-11-20", is_running=is_running, **{part: given + by}) for by in (-1, 1))
    for wrong in (short, over):
        schedule = (row(1, "2026-10-20"), wrong)
        assert missing_contents(replace(CONTENT, schedule=schedule)) == [CompulsoryContent.PAYMENTS]


@pytest.mark.parametrize(("due", "is_payable"), [(1, True), (0, True), (-1, False)])
def test_no_payment_is_below_nothing(due: int, is_payable: bool) -> None:
    last = row(2, "2026-11-20", principal=due, interest=0, fee=0, penalty=0, due=due)
    found = missing_contents(replace(CONTENT, schedule=(row(1, "2026-10-20"), last)))
    assert (found == []) is is_payable


@pytest.mark.parametrize(
    ("days", "is_payable"),
    [
        (("2026-10-20", "2026-10-20"), True),
        (("2026-10-20", "2026-10-19"), False),
        (("2026-10-20", "2026-11-20", "2026-11-19"), False),
    ],
)
def test_days_of_payment_do_not_fall(days: tuple[str, ...], is_payable: bool) -> None:
    schedule = tuple(row(number, day) for number, day in enumerate(days, 1))
    assert (missing_contents(replace(CONTENT, schedule=schedule)) == []) is is_payable


def test_the_running_schedule_has_days_of_its_own() -> None:
    schedule = (row(1, "2026-10-20"), row(8, "2026-09-15", is_running=True), row(2, "2026-11-20"))
    assert missing_contents(replace(CONTENT, schedule=schedule)) == []


def test_a_clause_without_words_covers_nothing_and_one_paragraph_with_words_is_enough() -> None:
    blank = replace(CLAUSES[0], paragraphs=(" ", "\n"))
    assert missing_contents(replace(CONTENT, clauses=(blank, *CLAUSES[1:]))) == [CompulsoryContent.BALANCE]
    partly = replace(CLAUSES[0], paragraphs=(" ", "Words."))
    assert missing_contents(replace(CONTENT, clauses=(partly, *CLAUSES[1:]))) == []


def test_an_incomplete_agreement_is_refused_with_what_it_lacks_in_the_order_of_the_rules() -> None:
    refuse_incomplete(CONTENT)
    with pytest.raises(DomainError) as refused:
        refuse_incomplete(replace(CONTENT, new_terms={}, accounts=()))
    assert (refused.value.code, refused.value.rule) == ("agreement_contents_missing", "P02")
    assert refused.value.details == {"missing": "payments, new_terms"}
