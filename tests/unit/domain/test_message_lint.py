"""What may not be said is found however it is spelt, and what may be said is left alone."""

from datetime import date

import pytest

from portal.adapters.business_texts import PackagedTexts
from portal.adapters.message_wording import faults_of_package, wording_rules
from portal.domain.contact_wishes import Channel
from portal.domain.message_lint import MessageTemplate, forbidden_in, lint_template

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


@pytest.mark.parametrize(
    ("said", "group"),
    [
        ("我们会报警", "police"),
        ("我们会报 警", "police"),
        ("我们会报\u200b警", "police"),
        ("我们会报.警", "police"),
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
