"""Who lives through which story, and when: so that every state stands somewhere in the demo."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from portal.commands.demo_answers import (
    is_asked,
    is_countered,
    is_offered_a_settlement,
    waits_for_a_second,
)
from portal.commands.demo_calls import OF_THE_AGENCY, calls
from portal.commands.demo_cases import brings_up, is_left_in_peace, looks_after_her_data
from portal.commands.demo_cast import relate
from portal.commands.demo_messages import write_to_each_other
from portal.commands.demo_plans import (
    agrees,
    breaks,
    changes,
    completes,
    is_approved,
    is_ended,
    keeps,
    misses,
    was_approved_just_now,
)
from portal.commands.demo_policy import changes_policy
from portal.commands.demo_runs import days_runs
from portal.commands.demo_scene import Scene, Story
from portal.commands.demo_service import (
    a_visitor_complains,
    goes_to_the_lender,
    is_answered,
    is_given_time,
)
from portal.commands.demo_sitting import Wish
from portal.commands.demo_support import is_helped
from portal.commands.demo_waiting import (
    ALL_ANEW,
    ALL_SOON,
    INTEREST_FIRST,
    LONG_PAUSE,
    MANY_PARTS,
    RISING,
    SIX_PARTS,
    WEEKLY,
    asks_for_another,
    forgets,
    is_being_decided,
    is_declined,
    is_ready_to_sign,
    leaves_half_way,
    must_sign_again,
    throws_away,
    waits,
    withdraws,
)
from portal.domain.call_outcomes import CallOutcome
from portal.domain.cases import CaseKind, CaseTopic
from portal.domain.holds import HoldKind
from portal.domain.policy import HardshipReason
from portal.domain.support_calls import Reason
from portal.domain.support_wrap_ups import Follow, SupportOutcome

BOOKS_DAYS_AGO = (85, 60, 42, 28, 16, 9, 5, 2)
"""When the lender's book came; it came this morning too.

Several people sign on the same evening: their documents are drawn at the same time.
"""


def programme(scene: Scene) -> Iterator[Story]:
    yield from (_book(scene, days) for days in BOOKS_DAYS_AGO)
    yield _this_mornings_book(scene)
    yield from _before_signing(scene)
    yield from _waiting(scene)
    yield from _decided(scene)
    yield from _in_force(scene)
    yield from _outside_plans(scene)
    yield from days_runs(scene)
    yield from _calls(scene)
    yield from _support_calls(scene)
    yield from _policy(scene)


def _book(scene: Scene, days: int) -> Story:
    yield scene.days.at(days, 6)
    scene.import_book()


def _this_mornings_book(scene: Scene) -> Story:
    yield scene.days.ago(25)
    scene.import_book()


def _calls(scene: Scene) -> Iterator[Story]:
    """Yesterday's calls: on this morning's list a call back comes first, and a wish not to be called is refused."""
    days = scene.days
    morning = datetime.combine(days.today, time(8, 30), tzinfo=days.zone)
    yield calls(scene, "LN", days.at(1, 9, 30), CallOutcome.REACHED)
    yield calls(scene, "SHE", days.at(1, 9, 40), CallOutcome.NO_ANSWER)
    yield calls(scene, "M2A", days.at(1, 10, 5), CallOutcome.CALL_BACK, call_back_at=morning)
    yield calls(
        scene,
        "FIVE",
        days.at(1, 10, 30),
        CallOutcome.PROMISE,
        amount="300",
        due_on=days.today + timedelta(days=3),
    )
    yield calls(
        scene,
        "GONE",
        days.at(1, 10, 45),
        CallOutcome.CALL_BACK,
        caller=OF_THE_AGENCY,
        call_back_at=morning + timedelta(minutes=30),
    )


def _policy(scene: Scene) -> Iterator[Story]:
    """The version in force came three weeks ago; another one was replayed and waits for 吴岩."""
    days = scene.days
    yield changes_policy(
        scene,
        {"agent_drafted_limit_minor": 800_000},
        "客服代填的小额方案无须再等人工。",
        days.at(24, 10, 15),
        days.at(23, 9, 5),
    )
    yield changes_policy(
        scene,
        {"bands.catch_up.max_amount_minor": 200_000, "bands.catch_up.max_dpd": 60},
        "逾期较久、金额较大的分期希望由人工再看一眼。",
        days.at(1, 17, 20),
        None,
    )


def _support_calls(scene: Scene) -> Iterator[Story]:
    """Yesterday's: one is read again, one was handed on, one is called back this afternoon."""
    days = scene.days
    yield is_helped(
        scene,
        "M1A",
        days.at(1, 14, 10),
        Reason.UNDERSTAND,
        SupportOutcome.HELPED,
        is_drawn=True,
        note="说明了逾期金额的构成",
    )
    yield is_helped(
        scene,
        "M4A",
        days.at(1, 15, 5),
        Reason.HARDSHIP,
        SupportOutcome.ESCALATED,
        follows=frozenset({Follow.ESCALATE}),
        escalation="settlement",
        explanation="想一次结清一部分，手上有两万元，希望主管尽快答复。",
    )
    yield is_helped(
        scene,
        "M3A",
        days.at(1, 16, 20),
        Reason.UNDERSTAND,
        SupportOutcome.CALL_BACK,
        follows=frozenset({Follow.CALL_BACK}),
        call_back_at=datetime.combine(days.today, time(17), tzinfo=days.zone),
        note="开会中，约今天下午回电",
    )


def _before_signing(scene: Scene) -> Iterator[Story]:
    days = scene.days
    yield leaves_half_way(scene, "DRAFT", days.at(2, 21, 10))
    yield is_ready_to_sign(scene, "READY", days.at(1, 20, 30))
    yield throws_away(scene, "AWAY", days.at(5, 12, 40))
    yield forgets(scene, "GONE", days.at(38, 22, 5), days.at(7, 5))
    yield must_sign_again(scene, "SIGN", days.at(2, 19, 42), paid_minor=60_000)


def _waiting(scene: Scene) -> Iterator[Story]:
    days = scene.days
    sick = Wish(SIX_PARTS, HardshipReason.ILLNESS)
    yield waits(scene, "ANEW", days.at(1, 20), Wish(ALL_ANEW, HardshipReason.BUSINESS_TROUBLE))
    yield _waits_for_a_stranger(scene, "WAIT")
    yield waits(scene, "SICK", days.evening_due_next(), sick)
    yield write_to_each_other(scene, "SICK", days.ago(120))
    yield waits(scene, "LATE", days.evening_due_last(), Wish(MANY_PARTS, HardshipReason.FAMILY_EVENT))
    yield waits(scene, "STEP", days.at(1, 20, 8), Wish(RISING))
    yield is_being_decided(scene, "GUAR", days.at(1, 20, 4), Wish(SIX_PARTS), "wu.yan")


def _waits_for_a_stranger(scene: Scene, key: str) -> Story:
    """The borrower is close to 周敏: the case is in 吴岩's queue alone."""
    yield scene.days.at(1, 20, 1)
    relate(scene, "zhou.min", key)
    yield from waits(scene, key, scene.days.at(1, 20, 2), Wish(LONG_PAUSE, HardshipReason.JOB_LOST))


def _decided(scene: Scene) -> Iterator[Story]:
    days = scene.days
    yield is_declined(scene, "NO", days.at(13, 19, 34), days.at(11, 10, 15))
    yield asks_for_another(scene, "AGAIN", days.at(13, 19, 32), days.at(11, 11, 30), days.at(1, 12, 20))
    yield is_countered(scene, "OFFER", days.at(2, 19, 36), days.at(1, 10, 20))
    yield is_offered_a_settlement(scene, "LESS", days.at(2, 19, 44), days.at(1, 11, 20), days.at(1, 14, 10))
    yield is_asked(scene, "ASKED", days.at(2, 19, 38), days.at(1, 10, 40))
    yield waits_for_a_second(scene, "TWO", days.at(2, 19, 40), days.at(1, 11))
    yield withdraws(scene, "BACK", days.at(3, 19, 42), days.at(2, 8, 50))


def _in_force(scene: Scene) -> Iterator[Story]:
    days = scene.days
    yield keeps(scene, "KEPT", days.at(76, 20, 12), days.working_day_back(59))
    yield changes(scene, "MOVED", days.at(76, 20, 6), days.working_day_back(59), days.at(17, 20, 30))
    yield is_approved(scene, "LONGER", days.at(13, 19, 30), days.at(12, 10, 40))
    yield was_approved_just_now(scene, "FRESH", days.at(1, 20, 6))
    yield misses(scene, "MISS", days.at(31, 20, 10), days.working_day_back(4))
    yield breaks(scene, "BROKE", days.at(76, 20, 2), days.working_day_back(32))
    yield is_ended(scene, "ENDED", days.at(76, 20), days.working_day_back(52), days.at(20, 15))
    yield agrees(scene, "WEEK", days.at(3, 20, 14), WEEKLY)
    yield agrees(scene, "FIRST", days.at(4, 20, 16), INTEREST_FIRST)
    yield agrees(scene, "SOON", days.at(2, 20, 18), ALL_SOON)
    yield completes(scene, "DONE", days.at(76, 20, 4), days.working_day_back(59))


def _outside_plans(scene: Scene) -> Iterator[Story]:
    days = scene.days
    yield looks_after_her_data(scene, "LN", days.at(2, 20, 15))
    yield brings_up(
        scene,
        "DISP",
        days.at(6, 12, 15),
        CaseKind.DISPUTE,
        CaseTopic.PAYMENT_MISSING,
        "上个月 15 日我通过银行转账还了一期，页面上仍显示未还，请核对。",
    )
    yield brings_up(
        scene,
        "COMP",
        days.at(3, 19, 50),
        CaseKind.COMPLAINT,
        CaseTopic.HOW_CONTACTED,
        "一天之内接到三个电话，其中一个打到了我单位，希望以后只用短信联系。",
    )
    yield brings_up(
        scene,
        "M2A",
        days.at(1, 13, 30),
        CaseKind.TALK,
        CaseTopic.PLAN_HELP,
        "想了解延期还款对征信的影响，方便时请回电。",
    )
    yield goes_to_the_lender(scene, "DISP", days.at(5, 10, 20))
    yield is_answered(scene, "M3A", days.at(9, 11, 5), days.at(6, 15, 40))
    yield a_visitor_complains(scene, days.at(4, 18, 25))
    yield is_given_time(
        scene, "ILL", days.at(12, 9, 30), HoldKind.ILLNESS, "家人来电：借款人住院，预计两个月后出院。", 60
    )
    yield is_left_in_peace(scene, "LAW", days.at(20, 16), HoldKind.REPRESENTED, "由律师代理")
