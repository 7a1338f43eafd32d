"""The content of an agreement: what it holds, what it may not lack, what changes its hash."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product

import pytest

from portal.adapters.business_texts import TEXTS as FOLDER
from portal.adapters.business_texts import PackagedTexts
from portal.domain.agreement_parts import CompulsoryContent, WordsBeside
from portal.domain.agreements import AgreementContent, content_hash, missing_contents, refuse_incomplete
from portal.domain.canonical_json import canonical_json
from portal.domain.errors import DomainError
from portal.domain.loans import LenderType
from portal.domain.plans import ArrearsTreatment, DeferredInterest, PlanKind, PlanRequest
from portal.domain.pricing import price_plan
from tests.agreement_samples import (
    TEXTS,
    agreement_content,
    agreement_parts,
    loan_facts,
    plan_of,
)
from tests.unit.domain.late_loans import RULES, late_loan

KINDS = tuple(
    product(PlanKind, ArrearsTreatment, DeferredInterest, ("zh_CN", "en"), ("credit_card", "consumer_loan"))
)


@pytest.mark.parametrize(("kind", "treatment", "interest", "locale", "variant"), KINDS)
def test_every_kind_of_plan_has_all_compulsory_contents(
    kind: PlanKind, treatment: ArrearsTreatment, interest: DeferredInterest, locale: str, variant: str
) -> None:
    plan = plan_of(6, kind, treatment, interest)
    content = agreement_content(agreement_parts(plan=plan, locale=locale, facts=loan_facts(product=variant)))
    assert missing_contents(content) == []
    assert not [p for clause in content.clauses for p in clause.paragraphs if "{" in p]
    if content.beside:
        assert items_of(content.beside) == items_of(content)


def items_of(words: AgreementContent | WordsBeside) -> list[object]:
    """What two languages of one content have in common."""
    return [
        [(clause.code, len(clause.paragraphs)) for clause in words.clauses],
        [term.code for term in words.key_terms],
        [item.code for item in words.disclosure],
        (len(words.introduction), len(words.disclosure_notes)),
    ]


def test_a_card_has_the_undertaking_on_further_cards_and_a_loan_its_own() -> None:
    card, loan = (
        agreement_content(agreement_parts(facts=loan_facts(product=product)))
        for product in ("credit_card", "consumer_loan")
    )
    assert card.title == "个性化分期还款协议"
    assert "不向任何银行申领信用卡" in text_of_clause(card, "further_credit")
    assert loan.title == "还款安排协议"
    assert "不为履行本协议而另行借款" in text_of_clause(loan, "further_credit")


def test_a_guarantor_brings_a_clause() -> None:
    with_one = agreement_content(agreement_parts(facts=loan_facts(has_guarantor=True)))
    assert [c.code for c in with_one.clauses if c.code == "guarantor"] == ["guarantor"]
    assert "guarantor" not in [c.code for c in agreement_content().clauses]


def test_an_english_reader_signs_the_chinese_text_as_well() -> None:
    english, chinese = (agreement_content(agreement_parts(locale=locale)) for locale in ("en", "zh_CN"))
    beside = english.beside
    assert beside is not None
    assert (beside.title, beside.key_terms, beside.disclosure) == (
        chinese.title,
        chinese.key_terms,
        chinese.disclosure,
    )
    assert [clause for clause in beside.clauses if clause.code != "languages"] == list(chinese.clauses)
    assert [clause.code for clause in beside.clauses] == [clause.code for clause in english.clauses]
    again = AgreementContent.from_data(json.loads(canonical_json(english.as_data())))
    assert content_hash(again) == content_hash(english)
    other = replace(english, beside=replace(beside, title="另一份协议"))
    assert content_hash(other) != content_hash(english)


def test_a_content_in_one_language_says_nothing_of_another() -> None:
    chinese = agreement_content()
    assert "beside" not in chinese.as_data()
    assert content_hash(AgreementContent.from_data(chinese.as_data())) == content_hash(chinese)


@pytest.mark.parametrize("part", CompulsoryContent)
def test_without_one_of_the_contents_nothing_is_made(part: CompulsoryContent) -> None:
    content = agreement_content()
    clauses = [replace(clause, covers=[c for c in clause.covers if c != part]) for clause in content.clauses]
    lacking = replace(content, clauses=clauses)
    assert missing_contents(lacking) == [part]
    with pytest.raises(DomainError) as refusal:
        refuse_incomplete(lacking)
    assert (refusal.value.code, refusal.value.rule) == ("agreement_contents_missing", "P02")
    assert refusal.value.details == {"missing": part.value}


def test_empty_clauses_cover_nothing() -> None:
    content = agreement_content()
    blank = replace(content, clauses=[replace(clause, paragraphs=[" "]) for clause in content.clauses])
    assert missing_contents(blank) == list(CompulsoryContent)


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"accounts": ()}, CompulsoryContent.PAYMENTS),
        ({"schedule": ()}, CompulsoryContent.PAYMENTS),
        ({"new_terms": {}}, CompulsoryContent.NEW_TERMS),
    ],
)
def test_words_without_figures_do_not_do(change: dict[str, object], missing: CompulsoryContent) -> None:
    assert missing_contents(replace(agreement_content(), **change)) == [missing]  # type: ignore[arg-type]


def test_a_payment_whose_parts_do_not_add_up_is_no_payment() -> None:
    content = agreement_content()
    wrong = replace(content.schedule[0], due=content.schedule[0].due + 1)
    lacking = replace(content, schedule=(wrong, *content.schedule[1:]))
    assert missing_contents(lacking) == [CompulsoryContent.PAYMENTS]


def test_content_survives_its_way_through_the_database() -> None:
    content = agreement_content(agreement_parts(plan=plan_of(24, PlanKind.CATCH_UP)))
    again = AgreementContent.from_data(json.loads(canonical_json(content.as_data())))
    assert content_hash(again) == content_hash(content)
    assert again.schedule == content.schedule
    assert again.creditor == content.creditor


def test_the_hash_moves_with_anything_that_is_shown() -> None:
    content = agreement_content()
    others = [
        replace(content, policy_version="cn-2026-12"),
        replace(content, version=2),
        replace(content, text_versions={**content.text_versions, "agreement": "2027-01-01-00000000"}),
        replace(content, facts={**content.facts, "status": "closed"}),
        replace(
            content, schedule=(*content.schedule[:-1], replace(content.schedule[-1], due_on="2028-01-01"))
        ),
        agreement_content(agreement_parts(locale="en")),
        agreement_content(agreement_parts(name="李郦")),
    ]
    assert len({content_hash(each) for each in [content, *others]}) == len(others) + 1
    assert content_hash(agreement_content()) == content_hash(content)


def test_old_and_new_cost_are_of_the_same_principal() -> None:
    plan = plan_of(12, PlanKind.CATCH_UP)
    cost = agreement_content(agreement_parts(plan=plan)).cost
    not_due = sum(row.outstanding.total for row in loan_facts().installments if row.due_on >= plan.priced_on)
    assert cost.total_before == plan.arrears.total + not_due
    assert cost.total_after == sum(row.due for row in plan.rows) + not_due
    assert cost.total_before - cost.beyond_principal_before == 800_000
    assert cost.total_after - cost.beyond_principal_after == 800_000


def test_the_disclosure_names_every_item_and_says_that_nothing_else_is_charged() -> None:
    content = agreement_content()
    sums = {item.code: item.amount for item in content.disclosure if not item.is_contingent}
    assert sum(amount or 0 for amount in sums.values()) == content.cost.plan_total
    assert sums["plan_fee"] == sums["early_repayment_fee"] == 0
    assert [item.code for item in content.disclosure if item.is_contingent] == ["overdue_penalty"]
    assert "不收取其他任何费用" in content.disclosure_notes[0]
    assert all(item.payee == content.creditor.name for item in content.disclosure)


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_what_a_breach_costs_is_no_more_than_the_laws_cap_while_the_old_contract_stands_as_it_is(
    locale: str,
) -> None:
    private = replace(
        loan_facts(),
        lender_type=LenderType.PRIVATE,
        disbursed_on=date(2025, 10, 1),
        penalty_rate_pct=Decimal(36),
    )
    content = agreement_content(agreement_parts(facts=private, locale=locale))
    said = f"{content.key_terms} {content.disclosure}"
    assert "12.00%" in said
    assert "36%" not in said
    assert "12.00%" in text_of_clause(content, "breach")
    assert "36%" in text_of_clause(content, "balance")


def test_both_languages_have_the_same_sections_for_the_same_cases() -> None:
    for path in sorted(FOLDER.glob("*/*.zh_CN.toml")):
        name, day = path.parent.name, date.fromisoformat(path.name.split(".")[0])
        chinese, english = (TEXTS.load(name, locale, day) for locale in ("zh_CN", "en"))
        assert [shape_of(section) for section in chinese.sections] == [shape_of(s) for s in english.sections]
        assert list(chinese.labels) == list(english.labels), name


def test_a_version_names_exact_words() -> None:
    text = TEXTS.load("agreement", "zh_CN", date(2026, 11, 1))
    assert TEXTS.load_version("agreement", "zh_CN", text.version) == text
    with pytest.raises(DomainError, match="business_text_missing"):
        TEXTS.load_version("agreement", "zh_CN", text.version[:-8] + "00000000")


def test_no_text_is_in_effect_before_its_day() -> None:
    with pytest.raises(DomainError, match="business_text_missing"):
        PackagedTexts().load("agreement", "zh_CN", date(2020, 1, 1))


def text_of_clause(content: AgreementContent, code: str) -> str:
    return "".join(p for clause in content.clauses if clause.code == code for p in clause.paragraphs)


def shape_of(section: object) -> tuple[object, ...]:
    return tuple(
        list(value) if isinstance(value, dict) and name == "notes" else value
        for name in ("code", "when", "covers", "notes")
        for value in [getattr(section, name)]
    )


@pytest.mark.parametrize(
    ("asked", "pays_for"),
    [
        (PlanRequest(PlanKind.CATCH_UP, installments=6), "arrears"),
        (PlanRequest(PlanKind.RESCHEDULE, installments=24), "everything"),
        (PlanRequest(PlanKind.DEFER, defer_periods=2), "everything"),
        (PlanRequest(PlanKind.STEP_UP, installments=9, steps=3), "everything"),
        (PlanRequest(PlanKind.INTEREST_ONLY, interest_periods=3), "everything"),
        (PlanRequest(PlanKind.PAY_BY_DATE), "arrears"),
        (PlanRequest(PlanKind.CATCH_UP, installments=6, every="1 week", upfront_minor=20_000), "arrears"),
        (
            PlanRequest(PlanKind.RESCHEDULE, installments=20, every="4 weeks", upfront_minor=9_000),
            "everything",
        ),
    ],
)
def test_plans_as_really_priced_fit_into_an_agreement(asked: PlanRequest, pays_for: str) -> None:
    loan = late_loan()
    plan = price_plan(loan, asked, RULES)
    content = agreement_content(agreement_parts(plan=plan, facts=loan))
    assert missing_contents(content) == []
    principal = sum(row.outstanding.principal for row in loan.installments)
    assert sum(row.principal for row in content.schedule) == principal
    assert content.cost.total_before - content.cost.beyond_principal_before == principal
    assert content.cost.total_after == sum(row.due for row in content.schedule)
    own = [row for row in content.schedule if not row.is_running]
    assert sum(row.due for row in own) == content.cost.plan_total
    assert (len(own) < len(content.schedule)) == (pays_for == "arrears")


@pytest.mark.parametrize(
    ("asked", "code", "said"),
    [
        (
            PlanRequest(PlanKind.CATCH_UP, installments=3, upfront_minor=20_000),
            "upfront",
            "您先在2026年9月17日支付 200.00 元，依次抵充费用、罚息、利息、本金。上述 3 期只分摊其余的金额。",
        ),
        (PlanRequest(PlanKind.STEP_UP, installments=3, steps=2), "steps", "第 1 至 2 期每期最多"),
        (PlanRequest(PlanKind.INTEREST_ONLY, interest_periods=3), "interest", "前 3 期您只付利息"),
        (
            PlanRequest(PlanKind.PAY_BY_DATE),
            "payments",
            "您在2026年10月10日前（含当日）一次还清逾期款项 1,066.19 元",
        ),
        (
            PlanRequest(PlanKind.SETTLEMENT, installments=1, settle_minor=617_902),
            "settlement",
            "您按附表一付清 6,179.02 元，即视为全部结清，其余 105.19 元 免除，其中本金 0.00 元、利息 105.19 元",
        ),
    ],
)
def test_each_newer_kind_says_in_its_own_clause_what_it_does(
    asked: PlanRequest, code: str, said: str
) -> None:
    loan = late_loan()
    for locale in ("zh_CN", "en"):
        content = agreement_content(
            agreement_parts(plan=price_plan(loan, asked, RULES), facts=loan, locale=locale)
        )
        assert missing_contents(content) == []
        assert locale == "en" or said in text_of_clause(content, code)
        assert len({term.code for term in content.key_terms}) == len(content.key_terms)


def test_a_settlement_discloses_what_is_waived_and_charges_no_more() -> None:
    loan = late_loan()
    asked = PlanRequest(PlanKind.SETTLEMENT, installments=2, settle_minor=500_000)
    content = agreement_content(agreement_parts(plan=price_plan(loan, asked, RULES), facts=loan))
    assert sum(item.amount or 0 for item in content.disclosure) == content.cost.plan_total == 500_000
    assert any("免除" in line for line in content.disclosure_notes)
    assert content.cost.beyond_principal_after == 0
