"""The agents' guide is written on by supervisors, version by version, and none says what may not be said (rule C13)."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adapters.business_texts import PackagedTexts
from portal.adapters.message_wording import wording_rules
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.guide import GuideFaultsError, Situation
from portal.domain.next_steps import NextStep
from portal.models import GuideVersion
from portal.services.guides import WrittenGuide, write_guide
from tests.people import NOW, TODAY, Cast
from tests.service_cases import staff_actor
from tests.told_events import told

RULES = wording_rules(PackagedTexts(), TODAY)
WRITTEN = WrittenGuide(
    stage="any",
    situation=Situation.UPSET,
    says={"zh_CN": "您慢慢说，我在听。\n\n不着急。", "en": "Take your time; I am listening."},
    avoids={"zh_CN": "不打断。", "en": "Do not interrupt."},
    steps=[NextStep.PROVE, "no step", NextStep.PROVE, NextStep.DRAFT_PLAN],
    after=0,
)


def _write(session: Session, cast: Cast, written: WrittenGuide = WRITTEN) -> GuideVersion:
    return write_guide(session, staff_actor(cast.wu_yan), written=written, rules=RULES, now=NOW)


def test_a_version_is_added_after_the_one_that_was_read(session: Session, cast: Cast) -> None:
    first = _write(session, cast)
    with pytest.raises(Conflict, match=r"^guide_moved$"):
        _write(session, cast)
    second = _write(session, cast, replace(WRITTEN, after=1, steps=[NextStep.PROVE]))
    _write(session, cast, replace(WRITTEN, situation=Situation.DOUBTS))
    session.expire_all()
    assert (first.stage, first.situation, first.number, second.number) == ("any", "upset", 1, 2)
    assert (first.made_by, first.made_at) == (cast.wu_yan.id, NOW)
    assert first.words == {
        "zh_CN": {"says": ["您慢慢说，我在听。", "不着急。"], "avoids": ["不打断。"]},
        "en": {"says": ["Take your time; I am listening."], "avoids": ["Do not interrupt."]},
    }
    assert (first.steps, second.steps) == (["prove", "draft_plan"], ["prove"])


def test_the_record_vouches_for_exactly_these_words(session: Session, cast: Cast) -> None:
    _write(session, cast)
    _write(session, cast, replace(WRITTEN, after=1))
    _write(session, cast, replace(WRITTEN, after=2, steps=[NextStep.PROVE]))
    _write(session, cast, replace(WRITTEN, after=3, says={**WRITTEN.says, "en": "Take your time."}))
    said = [fields for _, fields in told(session, "guide:written")]
    assert [(each["stage"], each["situation"], each["number"]) for each in said] == [
        ("any", "upset", number) for number in (1, 2, 3, 4)
    ]
    first, again, steps, words = (each["words_hash"] for each in said)
    assert first == again
    assert len({first, steps, words}) == 3


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"stage": "nowhere"}, "guide_stage_unknown", "stage"),
        ({"steps": ["no step"]}, "guide_steps_missing", "steps"),
        ({"says": {"zh_CN": " ", "en": "x"}}, "guide_text_missing", "says_zh_cn"),
        ({"avoids": {"zh_CN": "x", "en": ""}}, "guide_text_missing", "avoids_en"),
    ],
)
def test_what_does_not_do_is_not_written(
    session: Session, cast: Cast, change: dict[str, object], code: str, field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        _write(session, cast, replace(WRITTEN, **change))  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.field) == (code, field)
    assert session.scalars(select(GuideVersion)).all() == []


def test_faults_of_both_languages_are_told_at_once(session: Session, cast: Cast) -> None:
    bad = {"zh_CN": "我们会通知您的单位，拘留您。", "en": "You will go to jail."}
    with pytest.raises(GuideFaultsError) as refused:
        _write(session, cast, replace(WRITTEN, says=bad))
    assert {fault.field for fault in refused.value.faults} == {"says_zh_cn", "says_en"}


def test_agents_do_not_write_it(session: Session, cast: Cast) -> None:
    with pytest.raises(AccessRefused, match=r"^permission_missing$"):
        write_guide(session, staff_actor(cast.chen_chen), written=WRITTEN, rules=RULES, now=NOW)
