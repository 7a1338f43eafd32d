"""The guide's words and its steps: what may be said and offered, and what may not (rules C13, D04)."""

from datetime import date

import pytest

from portal.adapters.business_texts import PackagedTexts
from portal.adapters.message_wording import wording_rules
from portal.domain.errors import DomainError
from portal.domain.guide import ANY_STAGE, STAGES, GuideFaultsError, Situation, checked_guide, guide_faults
from portal.domain.loans import Stage
from portal.domain.next_steps import CallFacts, NextStep, offered_steps
from portal.domain.support_calls import Level
from portal.i18n import LOCALES

ON = date(2026, 11, 2)
TEXTS = PackagedTexts()
RULES = wording_rules(TEXTS, ON)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_packaged_guide_speaks_of_every_situation_and_keeps_the_rules_of_wording(locale: str) -> None:
    sections = {section.code: section for section in TEXTS.load("guide", locale, ON).sections}
    assert {f"{ANY_STAGE}/{situation}" for situation in Situation} <= set(sections)
    assert {f"{stage}/{Situation.OPENING}" for stage in Stage} <= set(sections)
    for code, section in sections.items():
        stage, situation = code.split("/")
        assert stage in STAGES
        Situation(situation)
        steps = [NextStep(step) for step in section.notes["steps"].split()]
        text = checked_guide(
            "\n".join(section.paragraphs), section.notes["avoids"], steps, RULES, locale=locale
        )
        assert len(text.says) >= 2
        assert len(text.avoids) >= 2
        assert text.steps


def test_both_languages_say_the_same_things() -> None:
    zh, en = (TEXTS.load("guide", locale, ON).sections for locale in LOCALES)
    assert [section.code for section in zh] == [section.code for section in en]
    assert [section.notes["steps"] for section in zh] == [section.notes["steps"] for section in en]
    assert [len(section.paragraphs) for section in zh] == [len(section.paragraphs) for section in en]


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("不还我们就上门", "上门"),
        ("我 们 会 上、门 找 您", "上门"),
        ("会起诉您", "起诉"),
        ("We will take you to C O U R T", None),
        ("Otherwise the Court decides", "court"),
        ("We call your employer", "your employer"),
        ("您可以再借一笔来还", "再借一笔"),
    ],
)
def test_a_forbidden_phrase_is_named_with_its_rule(text: str, phrase: str | None) -> None:
    found = list(guide_faults("says_en", text, RULES))
    assert [fault.phrase for fault in found][:1] == ([phrase] if phrase else [])
    assert {fault.rule for fault in found} <= {"C13"}


def test_all_faults_of_a_text_are_told_at_once() -> None:
    with pytest.raises(GuideFaultsError) as refused:
        checked_guide("先说报警\n再说曝光", "不提黑名单", [NextStep.END], RULES, locale="zh_CN")
    assert {(fault.field, fault.phrase) for fault in refused.value.faults} == {
        ("says_zh_cn", "报警"),
        ("says_zh_cn", "曝光"),
        ("avoids_zh_cn", "黑名单"),
    }


@pytest.mark.parametrize(("says", "code"), [(" \n ", "guide_text_missing"), ("长" * 1201, "text_too_long")])
def test_a_text_has_something_to_say_and_is_short(says: str, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        checked_guide(says, "不催", [NextStep.END], RULES, locale="zh_CN")
    assert (refused.value.code, refused.value.field) == (code, "says_zh_cn")


def test_a_text_may_be_as_long_as_it_says() -> None:
    lines = ("长" * 599, "长" * 600)
    text = checked_guide("\n".join(lines), "不催", [NextStep.END], RULES, locale="zh_CN")
    assert text.says == lines


@pytest.mark.parametrize(
    ("step", "facts", "refusal"),
    [
        (NextStep.PROVE, CallFacts(level=Level.NONE), ""),
        (NextStep.PROVE, CallFacts(level=Level.PROVEN), "proven_already"),
        (NextStep.DRAFT_PLAN, CallFacts(level=Level.NONE), "needs_consented"),
        (NextStep.DRAFT_PLAN, CallFacts(level=Level.PROVEN), "needs_consented"),
        (NextStep.DRAFT_PLAN, CallFacts(level=Level.CONSENTED), ""),
        (NextStep.DRAFT_PLAN, CallFacts(level=Level.CONSENTED, has_open_proposal=True), "open_proposal"),
        (NextStep.DRAFT_PLAN, CallFacts(level=Level.CONSENTED, has_running_plan=True), "running_plan"),
        (NextStep.DRAFT_PLAN, CallFacts(level=Level.CONSENTED, is_open=False), "loan_closed"),
        (NextStep.DRAFT_PLAN, CallFacts(level=Level.CONSENTED, offers_plans=False), "not_in_policy"),
        (NextStep.PROMISE, CallFacts(level=Level.NONE), "needs_proven"),
        (NextStep.PROMISE, CallFacts(level=Level.PROVEN), ""),
        (NextStep.PROMISE, CallFacts(level=Level.PROVEN, is_time_barred=True), "time_barred"),
        (NextStep.PROMISE, CallFacts(level=Level.PROVEN, is_overdue=False), "nothing_overdue"),
        (NextStep.COMPLAINT, CallFacts(level=Level.NONE), ""),
        (NextStep.PAUSE, CallFacts(level=Level.NONE, is_time_barred=True), ""),
    ],
)
def test_a_step_is_offered_as_far_as_the_call_has_come_and_policy_allows(
    step: NextStep, facts: CallFacts, refusal: str
) -> None:
    assert [offered.refusal for offered in offered_steps([step], facts)] == [refusal]
