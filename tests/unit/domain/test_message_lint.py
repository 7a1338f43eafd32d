"""What may not be said is found however it is spelt, and what may be said is left alone."""

import re
from datetime import date

import pytest

from portal.adapters.business_texts import PackagedTexts
from portal.adapters.message_wording import faults_of_package, wording_rules
from portal.domain.contact_wishes import Channel
from portal.domain.message_lint import MessageTemplate, PhraseGroup, WordingRules, forbidden_in, lint_template

DAY = date(2026, 11, 2)
RULES = wording_rules(PackagedTexts(), DAY)
GOOD = "【{sender}】有一件事需要您查看，请登录 {address}。不想再收回复 TD。核验编号 {check}。"


def faults(
    text: str, *, code: str = "overdue_reminder", channel: Channel = Channel.SMS, subject: str = ""
) -> set[str]:
    template = MessageTemplate(channel=channel, locale="zh_CN", code=code, text=text, subject=subject)
    return {fault.fault for fault in lint_template(template, RULES)}


def test_the_packaged_templates_keep_every_rule() -> None:
    assert faults_of_package(PackagedTexts(), DAY) == []
    assert faults(GOOD) == set()


@pytest.mark.parametrize("kind", ["messages", "emails"])
def test_nothing_that_phones_would_take_for_a_part_of_it_follows_an_address(kind: str) -> None:
    """Android's own link finder goes on through Chinese full stops and characters: the link to "not me" led nowhere."""
    text = PackagedTexts().load(kind, "zh_CN", DAY)
    whole = [line for section in text.sections for line in section.paragraphs if "{address}" in line]
    assert whole
    assert [line for line in whole if re.search(r"\{address\}[!-~]*[^ -~]", line)] == []


@pytest.mark.parametrize(
    ("said", "group"),
    [
        ("我们会报警", "police"),
        ("我们会报 警", "police"),
        ("我们会报\u200b警", "police"),
        ("我们会报.警", "police"),
        ("we will s\u0336ue", "court"),
        ("the po\u0336lice", "police"),
        ("the po\u200blice", "police"),
        ("the po\u0007lice", "police"),
        ("明天上门", "visit"),
        ("明天上門", "visit"),
        ("联系您的家人", "contacts"),
        ("通讯录里的人", "contacts"),
        ("曝光您", "exposure"),
        ("再借一笔就好", "new_loan"),
        ("已申请强制执行", "court"),
        ("将被拘留", "police"),
        ("we will call the POLICE", "police"),
        ("we will call the ｐｏｌｉｃｅ", "police"),
        ("you may be arrested", "police"),
        ("We'll  sue", "court"),
        ("a Court order", "court"),
        ("take out a loan to settle", "new_loan"),
        ("your-family will know", "contacts"),
        ("there will be consequences", "insult"),
    ],
)
def test_forbidden_phrases_are_found_in_any_spelling(said: str, group: str) -> None:
    assert group in faults(GOOD + said)
    assert {fault.fault for fault in forbidden_in(said, RULES)} >= {group}


@pytest.mark.parametrize(
    "said",
    ["issue 4", "a visit to the museum", "抱歉打扰您", "谢谢您的联系", "pursue a hobby", "the courtesy"],
)
def test_what_only_looks_alike_is_let_be(said: str) -> None:
    found = {(fault.fault, fault.found) for fault in forbidden_in(said, RULES)}
    assert found <= {("court", "court*")} if said == "the courtesy" else not found


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("您已逾期", "debt"),
        ("请尽快还款", "debt"),
        ("you owe us", "debt"),
        ("Your loan", "debt"),
        ("共 1,234.56 元", "amount"),
        ("共五千元", "amount"),
        ("¥300", "amount"),
        ("CNY 300, 300 CNY", "amount"),
        ("{amount}", "value"),
        ("{days}", "value"),
        ("见 http://pay.example/x", "link_elsewhere"),
        ("见 pay-now.top/x", "link_elsewhere"),
        ("见 ｗｗｗ.pay.example", "link_elsewhere"),
        ("{address}.evil.cn", "link_elsewhere"),
    ],
)
def test_debt_facts_and_strange_links_are_found_where_others_could_read_them(said: str, fault: str) -> None:
    assert fault in faults(GOOD + said)
    assert fault in faults(GOOD, channel=Channel.EMAIL, subject="{sender}" + said)


def test_what_every_message_must_carry_is_missed() -> None:
    assert faults(GOOD.replace("{sender}", "")) == {"lender_missing"}
    assert faults(GOOD.replace("{check}", "")) == {"check_missing"}
    assert faults(GOOD.replace("回复 TD", "")) == {"opt_out_missing"}
    assert faults(GOOD.replace("回复 TD", ""), code="case_decided") == set()
    assert "opt_out_missing" in faults(GOOD.replace("回复 TD", ""), code="nobody_sorted_it")
    assert "lender_missing" in faults(GOOD, channel=Channel.EMAIL, subject="提醒")
    assert "too_long" in faults(GOOD + "好" * 400)


def test_a_code_may_name_what_it_signs_and_still_threatens_nobody() -> None:
    signing = "【{sender}】签署《{document}》，金额合计 {amount}，验证码 {code}。核验编号 {check}。"
    assert faults(signing, code="signing") == set()
    assert faults(signing + "否则上门", code="signing") == {"visit"}


PLAIN = WordingRules(
    forbidden=[
        PhraseGroup("police", "C13", ["police", "arrest*", "报警"]),
        PhraseGroup("visit", "C14", ["at your door"]),
    ],
    private=[PhraseGroup("debt", "C12", ["loan", "逾期"])],
    opt_out=["TD", "Unsubscribe"],
)
HEAD = "{sender} {check} td "


def said(
    text: str, *, code: str = "overdue_reminder", channel: Channel = Channel.SMS, subject: str = ""
) -> list[tuple[str, str, str]]:
    template = MessageTemplate(channel=channel, locale="en", code=code, text=text, subject=subject)
    return [(each.rule, each.fault, each.found) for each in lint_template(template, PLAIN)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the police, at your door", [("C13", "police", "police"), ("C14", "visit", "at your door")]),
        ("Arrested!", [("C13", "police", "arrest*")]),
        ("policemen", []),
        ("at  YOUR-door", [("C14", "visit", "at your door")]),
        ("at your doors", []),
        ("pol{name}ice", []),
        ("po\u0301lice po\u00adlice", [("C13", "police", "police")]),
        ("报，警", [("C13", "police", "报警")]),
        ("报a警", []),
        ("", []),
    ],
)
def test_a_phrase_is_told_with_its_rule_and_as_the_list_has_it(
    text: str, found: list[tuple[str, str, str]]
) -> None:
    assert [(each.rule, each.fault, each.found) for each in forbidden_in(text, PLAIN)] == found


def test_what_is_wrong_is_told_with_its_rule_and_what_was_found() -> None:
    assert said(HEAD + "police: your loan, 5 元, {days}, www.a.cn") == [
        ("C13", "police", "police"),
        ("C12", "debt", "loan"),
        ("C12", "amount", "5 元"),
        ("C12", "value", "days"),
        ("C12", "link_elsewhere", "www."),
        ("C12", "link_elsewhere", "a.cn"),
    ]
    assert said("{x}") == [
        ("C12", "value", "x"),
        ("C12", "lender_missing", "{sender}"),
        ("C15", "check_missing", "{check}"),
        ("C12", "opt_out_missing", "TD / Unsubscribe"),
    ]


@pytest.mark.parametrize("text", ["{sender} {check} UNSUBSCRIBE", "{sender} {check} td"])
def test_one_way_to_opt_out_is_enough_in_any_case(text: str) -> None:
    assert said(text) == []


@pytest.mark.parametrize(("length", "found"), [(350, []), (351, [("C15", "too_long", "351")])])
def test_a_template_is_kept_whole_up_to_its_longest(length: int, found: list[tuple[str, str, str]]) -> None:
    """The line between subject and text counts as one."""
    assert said(HEAD + "a" * (length - len(HEAD) - 1)) == found


@pytest.mark.parametrize(
    ("code", "is_pressing"),
    [
        ("overdue_reminder", True),
        ("demand", True),
        ("plan_due_soon", True),
        ("plan_missed", True),
        ("nobody_sorted_it", True),
        ("case_decided", False),
        ("new_message", False),
        ("number_notice", False),
        ("sign_in", False),
        ("signing", False),
        ("new_number", False),
        ("new_email", False),
    ],
)
def test_what_presses_says_how_to_opt_out(code: str, *, is_pressing: bool) -> None:
    missing = [("C12", "opt_out_missing", "TD / Unsubscribe")]
    assert said("{sender} {check}", code=code) == (missing if is_pressing else [])


@pytest.mark.parametrize("code", ["sign_in", "signing", "new_number", "new_email"])
def test_a_code_names_what_it_opens_and_no_other_message_does(code: str) -> None:
    names = ["code", "minutes", "document", "amount"]
    text = HEAD + " ".join(f"{{{name}}}" for name in names)
    assert said(text + " 5 元 loan", code=code) == []
    assert said(text) == [("C12", "value", name) for name in names]
    assert said(HEAD + "{last4}", code=code) == [("C12", "value", "last4")]


def test_a_number_that_changed_is_told_by_its_last_digits_there_alone() -> None:
    every = HEAD + "{sender}{address}{check}{phone}{day}{agency}{reference}"
    assert said(every) == []
    assert said(every + "{last4}", code="number_notice") == []
    assert said(every + "{last4}") == [("C12", "value", "last4")]


def test_an_email_names_the_lender_in_its_subject() -> None:
    missing = [("C12", "lender_missing", "{sender}")]
    assert said("{check} td", channel=Channel.EMAIL, subject="{sender}") == []
    assert said(HEAD, channel=Channel.EMAIL, subject="a") == missing
    assert said("{check} td", subject="{sender}") == missing
    assert said("td {sender}", channel=Channel.EMAIL, subject="{sender} {check}") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{address}", []),
        ("{address}. Bye", []),
        ("{address}x", "{address}"),
        ("{address}.cn", "{address}"),
        ("HTTP://a", "HTTP:"),
        ("https://a", "https:"),
        ("go to pay.example.vip", "example.vip"),
        ("v1.2 is out", []),
        ("a.command", []),
    ],
)
def test_links_lead_to_our_own_address_alone(text: str, found: str | list[str]) -> None:
    assert said(HEAD + text) == ([("C12", "link_elsewhere", found)] if found else [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3,000.00 元", "3,000.00 元"),
        ("八块钱", "八块钱"),
        ("您还有三百块钱没还", "三百块钱"),
        ("一万二千元", "一万二千元"),
        ("两万", "两万"),
        ("5 Dollars", "5 Dollars"),
        ("€ 7", "€ 7"),
        ("￥７", "¥7"),
        ("元旦", None),
        ("5 days", None),
    ],
)
def test_sums_of_money_are_found_in_words_and_signs(text: str, found: str | None) -> None:
    assert said(HEAD + text) == ([("C12", "amount", found)] if found else [])
