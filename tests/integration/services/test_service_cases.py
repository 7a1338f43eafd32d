"""What borrowers bring up, handled by staff: owned, decided once, with what follows for the loan and the borrower."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.case_handling import CaseReason, CorrectionAnswer, HandOverReason, Outcome
from portal.domain.cases import CaseKind, CaseTopic, answer_by
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.numbers import COOLING
from portal.domain.permissions import SYSTEM
from portal.domain.reasons import RevealReason
from portal.domain.threads import MessageKind
from portal.models import (
    CaseDecision,
    CorrectionRequest,
    Event,
    Hold,
    KnownDevice,
    Loan,
    Message,
    NumberChange,
    OutboxItem,
    Representative,
    ServiceCase,
    StaffRelation,
)
from portal.queries.policies import business_calendar
from portal.queries.service_cases import requests_on
from portal.services.absences import mark_away
from portal.services.case_decisions import ask_second_look
from portal.services.case_handling import (
    acknowledge_service_case,
    give_back_service_case,
    hand_over_service_case,
    look_at_service_case,
    name_staff_of_complaint,
    record_case_refusal,
    reveal_mobile_of_case,
    take_service_case,
)
from portal.services.corrections import answer_request
from portal.services.next_service_cases import take_next_service_case
from portal.services.number_changes import NumberWish, ask_for_number_change
from portal.services.representatives import name_representative
from portal.services.stopped_numbers import Day
from portal.services.threads import WrittenMessage, post_message
from tests.people import NOW, TODAY, Cast, add_cast, add_loan
from tests.service_cases import FOUND, NOT_FOUND, Handler, bring_up, staff_actor
from tests.stories import ZONE, borrower_actor
from tests.told_events import told


@pytest.fixture
def cast(session: Session) -> Cast:
    return add_cast(session)


@pytest.fixture
def loan(session: Session, cast: Cast) -> Loan:
    return add_loan(session, cast.li_na)


@pytest.fixture
def case(session: Session, cast: Cast, loan: Loan) -> ServiceCase:
    """A dispute: a payment is missing."""
    return bring_up(session, cast.li_na, loan)


@pytest.fixture
def zhou_min(session: Session, cast: Cast, case: ServiceCase) -> Handler:
    """周敏, who has taken the dispute on."""
    return Handler(session, cast.zhou_min, case).take()


def names(session: Session, prefix: str = "service:") -> list[str]:
    return list(session.scalars(select(Event.name).where(Event.name.startswith(prefix)).order_by(Event.id)))


def running(session: Session) -> list[str]:
    return list(session.scalars(select(Hold.kind).where(Hold.ended_at.is_(None)).order_by(Hold.id)))


def test_of_two_one_takes_a_case_on_and_twice_is_once(
    session: Session, cast: Cast, zhou_min: Handler
) -> None:
    assert not take_service_case(session, zhou_min.actor, case=zhou_min.case, now=NOW)
    with pytest.raises(Conflict, match="case_owned_by_other") as refused:
        Handler(session, cast.wu_yan, zhou_min.case).take()
    assert refused.value.details == {"by": "1002"}
    assert names(session) == ["service:taken"]


def test_given_back_it_is_anybody_s(session: Session, cast: Cast, zhou_min: Handler) -> None:
    assert give_back_service_case(session, zhou_min.actor, case=zhou_min.case, now=NOW)
    assert not give_back_service_case(session, zhou_min.actor, case=zhou_min.case, now=NOW)
    Handler(session, cast.wu_yan, zhou_min.case).take()
    assert names(session) == ["service:taken", "service:given_back", "service:taken"]


def test_its_owner_or_a_supervisor_hands_it_over(session: Session, cast: Cast, zhou_min: Handler) -> None:
    case, why = zhou_min.case, HandOverReason.AGREED
    hand_over_service_case(session, zhou_min.actor, case=case, to=cast.chen_chen, reason=why, now=NOW)
    assert case.owner_id == cast.chen_chen.id
    with pytest.raises(Conflict, match="case_owned_by_other"):
        hand_over_service_case(session, zhou_min.actor, case=case, to=cast.zhou_min, reason=why, now=NOW)
    for _ in range(2):
        hand_over_service_case(
            session, staff_actor(cast.wu_yan), case=case, to=cast.zhou_min, reason=why, now=NOW
        )
    assert case.owner_id == cast.zhou_min.id
    assert names(session) == ["service:taken", "service:handed_over", "service:handed_over"]
    with pytest.raises(DomainError, match="colleague_cannot_handle"):
        hand_over_service_case(session, zhou_min.actor, case=case, to=cast.zheng_hao, reason=why, now=NOW)


def test_of_who_is_away_every_open_case_is_told_as_given_back_and_nobody_else_s(
    session: Session, cast: Cast, zhou_min: Handler
) -> None:
    second, another = (
        bring_up(session, who, add_loan(session, who, ref=ref))
        for who, ref in ((cast.li_na, "L-1002"), (cast.wang_qiang, "L-2001"))
    )
    Handler(session, cast.zhou_min, second).take()
    Handler(session, cast.wu_yan, another).take()
    until = NOW + timedelta(days=3)
    mark_away(session, zhou_min.actor, member=cast.zhou_min, from_at=NOW, until_at=until, now=NOW)
    told = session.scalars(select(Event.fields).where(Event.name == "service:given_back").order_by(Event.id))
    assert [(fields["case_id"], fields["reason"]) for fields in told] == [
        (zhou_min.case.id, "away"),
        (second.id, "away"),
    ]


def test_who_is_away_gets_nothing_and_what_was_theirs_waits(
    session: Session, cast: Cast, zhou_min: Handler
) -> None:
    until = NOW + timedelta(days=3)
    mark_away(session, zhou_min.actor, member=cast.zhou_min, from_at=NOW, until_at=until, now=NOW)
    session.refresh(zhou_min.case)
    assert zhou_min.case.owner_id is None
    with pytest.raises(DomainError, match="staff_away"):
        take_next_service_case(session, zhou_min.actor, now=NOW)
    wu_yan = Handler(session, cast.wu_yan, zhou_min.case).take()
    with pytest.raises(DomainError, match="colleague_away"):
        hand_over_service_case(
            session,
            wu_yan.actor,
            case=wu_yan.case,
            to=cast.zhou_min,
            reason=HandOverReason.AGREED,
            now=NOW,
        )


def test_nobody_handles_what_is_their_own_or_of_people_close(
    session: Session, cast: Cast, case: ServiceCase
) -> None:
    session.add(
        StaffRelation(staff_member_id=cast.zhou_min.id, borrower_id=cast.li_na.id, kind="close", made_at=NOW)
    )
    session.flush()
    with pytest.raises(AccessRefused, match="related_case"):
        Handler(session, cast.zhou_min, case).take()
    assert take_next_service_case(session, staff_actor(cast.zhou_min), now=NOW) is None
    wu_yan = Handler(session, cast.wu_yan, case).take()
    with pytest.raises(AccessRefused, match="related_case"):
        hand_over_service_case(
            session, wu_yan.actor, case=case, to=cast.zhou_min, reason=HandOverReason.AGREED, now=NOW
        )


def test_whom_a_complaint_is_about_has_no_part_in_it(session: Session, cast: Cast, loan: Loan) -> None:
    case = bring_up(
        session,
        cast.li_na,
        loan,
        kind=CaseKind.COMPLAINT,
        topic=CaseTopic.HOW_CONTACTED,
        staff_number="1002",
    )
    assert case.about_staff_id == cast.zhou_min.id
    with pytest.raises(AccessRefused, match="complained_about"):
        Handler(session, cast.zhou_min, case).take()
    written = WrittenMessage(form_key="", body="您好。")
    with pytest.raises(AccessRefused, match="complained_about"):
        post_message(session, staff_actor(cast.zhou_min), about=case, written=written, now=NOW)
    assert take_next_service_case(session, staff_actor(cast.zhou_min), now=NOW) is None
    assert take_next_service_case(session, staff_actor(cast.wu_yan), now=NOW) == case


def test_staff_note_whom_it_is_about_later(session: Session, cast: Cast, loan: Loan) -> None:
    case = bring_up(session, cast.li_na, loan, kind=CaseKind.COMPLAINT, topic=CaseTopic.SERVICE)
    zhou_min = Handler(session, cast.zhou_min, case).take()
    assert name_staff_of_complaint(session, zhou_min.actor, case=case, number=cast.zhou_min.number, now=NOW)
    assert case.owner_id is None
    with pytest.raises(AccessRefused, match="complained_about"):
        zhou_min.decide(Outcome.NOT_UPHELD, CaseReason.RULES_KEPT)


def test_the_next_one_is_the_earliest_promise_and_two_get_two(
    session: Session, cast: Cast, loan: Loan
) -> None:
    later = bring_up(session, cast.li_na, loan)
    first = bring_up(session, cast.wang_qiang, kind=CaseKind.TALK, topic=CaseTopic.OTHER)
    assert take_next_service_case(session, staff_actor(cast.zhou_min), now=NOW) == first
    assert take_next_service_case(session, staff_actor(cast.wu_yan), now=NOW) == later
    assert take_next_service_case(session, staff_actor(cast.wu_yan), now=NOW) is None


def test_an_agent_takes_wishes_to_talk_alone_and_ends_them(session: Session, cast: Cast, loan: Loan) -> None:
    bring_up(session, cast.li_na, loan)
    talk = bring_up(session, cast.li_na, loan, kind=CaseKind.TALK, topic=CaseTopic.PLAN_HELP)
    agent = staff_actor(cast.chen_chen)
    assert take_next_service_case(session, agent, now=NOW) == talk
    assert take_next_service_case(session, agent, now=NOW) is None
    written = WrittenMessage(form_key="", body="您好，今天下午给您打电话。")
    post_message(session, agent, about=talk, written=written, now=NOW)
    Handler(session, cast.chen_chen, talk).decide(Outcome.TALKED, CaseReason.ANSWERED, "已经和您通话。")
    assert talk.status == "closed"


def test_an_agent_does_not_decide_what_was_handed_to_them(
    session: Session, cast: Cast, zhou_min: Handler
) -> None:
    case = zhou_min.case
    hand_over_service_case(
        session, zhou_min.actor, case=case, to=cast.chen_chen, reason=HandOverReason.AGREED, now=NOW
    )
    with pytest.raises(AccessRefused, match="permission_missing"):
        Handler(session, cast.chen_chen, case).decide()


def test_it_is_acknowledged_once_and_the_borrower_is_told(session: Session, zhou_min: Handler) -> None:
    words = "我们已收到，正在查看。"
    assert acknowledge_service_case(session, zhou_min.actor, case=zhou_min.case, words=words, now=NOW)
    assert not acknowledge_service_case(session, zhou_min.actor, case=zhou_min.case, words=words, now=NOW)
    assert zhou_min.case.acknowledged_at == NOW
    assert [each.body for each in session.scalars(select(Message).where(Message.author == "staff"))] == [
        words
    ]
    assert len(session.scalars(select(OutboxItem).where(OutboxItem.kind == "message:notice")).all()) == 1


def test_a_question_waits_for_the_borrower_and_the_answer_for_us(
    session: Session, cast: Cast, zhou_min: Handler
) -> None:
    case = zhou_min.case
    ask = WrittenMessage(form_key="", body="请问是哪家银行？", kind=MessageKind.QUESTION)
    post_message(session, zhou_min.actor, about=case, written=ask, now=NOW)
    assert (case.waits_for, case.acknowledged_at) == ("borrower", NOW)
    seen = case.row_version
    reply = WrittenMessage(form_key="", body="工商银行。")
    post_message(session, borrower_actor(cast.li_na), about=case, written=reply, now=NOW)
    assert case.waits_for == "us"
    with pytest.raises(Conflict, match="case_moved"):
        zhou_min.decide(row_version=seen)


def test_a_dispute_that_is_not_right_ends_the_pause_and_says_why(session: Session, zhou_min: Handler) -> None:
    assert running(session) == ["dispute"]
    decision = zhou_min.decide()
    case = zhou_min.case
    assert (case.status, case.closed_at, decision.words) == ("closed", NOW, NOT_FOUND)
    assert running(session) == []
    hold = session.scalars(select(Hold)).one()
    assert (hold.end_reason, hold.ended_by) == ("not_upheld", zhou_min.member.id)
    assert [each.body for each in session.scalars(select(Message).where(Message.author == "staff"))] == [
        NOT_FOUND
    ]
    assert names(session)[-1] == "service:decided"


def test_the_same_decision_twice_is_one_and_another_is_told_it_is_closed(
    session: Session, cast: Cast, zhou_min: Handler
) -> None:
    seen = zhou_min.case.row_version
    assert zhou_min.decide(row_version=seen).id == zhou_min.decide(row_version=seen).id
    with pytest.raises(Conflict, match="case_closed"):
        zhou_min.decide(words="别的话。", row_version=seen)
    with pytest.raises(Conflict, match="case_closed"):
        Handler(session, cast.wu_yan, zhou_min.case).decide()
    assert len(session.scalars(select(CaseDecision)).all()) == 1


def test_who_does_not_own_it_does_not_decide_it(session: Session, cast: Cast, case: ServiceCase) -> None:
    with pytest.raises(Conflict, match="case_not_taken"):
        Handler(session, cast.zhou_min, case).decide()
    Handler(session, cast.zhou_min, case).take()
    with pytest.raises(Conflict, match="case_owned_by_other"):
        Handler(session, cast.wu_yan, case).decide()


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        ({"outcome": ""}, "outcome_missing"),
        ({"outcome": "done"}, "outcome_missing"),
        ({"reason": ""}, "reason_missing"),
        ({"reason": "book_wrong"}, "reason_does_not_fit"),
        ({"words": " "}, "words_missing"),
        ({"words": "长" * 1001}, "text_too_long"),
        ({"words": "再不还款就上门。"}, "forbidden_phrase"),
        ({"outcome": "upheld", "reason": "payment_found"}, "correction_needed"),
    ],
)
def test_what_is_not_a_decision(zhou_min: Handler, ending: dict[str, str], code: str) -> None:
    said = {"outcome": "not_upheld", "reason": "payment_not_found", "words": NOT_FOUND, **ending}
    with pytest.raises(DomainError, match=code):
        zhou_min.decide(**said)  # type: ignore[arg-type]
    assert zhou_min.case.status == "open"


def test_a_pause_goes_on_where_another_dispute_is_open_or_the_book_says_so(
    session: Session, cast: Cast, loan: Loan, zhou_min: Handler
) -> None:
    other = bring_up(session, cast.li_na, loan, topic=CaseTopic.SUM_WRONG)
    zhou_min.decide()
    assert running(session) == ["dispute"]
    session.scalars(select(Hold)).one().reason = "book"
    session.flush()
    Handler(session, cast.wu_yan, other).take().decide(reason=CaseReason.BOOK_RIGHT)
    assert running(session) == ["dispute"]


def test_a_complaint_about_no_loan_lets_contact_on_all_of_them_go_on(
    session: Session, cast: Cast, loan: Loan
) -> None:
    add_loan(session, cast.li_na, ref="L-2")
    case = bring_up(session, cast.li_na, kind=CaseKind.COMPLAINT, topic=CaseTopic.SERVICE)
    assert running(session) == ["complaint", "complaint"]
    Handler(session, cast.zhou_min, case).take().decide(reason=CaseReason.RULES_KEPT)
    assert running(session) == []


def test_what_is_right_goes_to_the_lender_and_contact_may_wait_for_the_answer(
    session: Session, loan: Loan, zhou_min: Handler
) -> None:
    request = zhou_min.ask_lender(loan)
    assert zhou_min.ask_lender(loan).id == request.id
    assert (zhou_min.case.waits_for, request.reference[0]) == ("lender", "K")
    zhou_min.decide(Outcome.UPHELD, CaseReason.PAYMENT_FOUND, FOUND, keeps_hold=True)
    assert running(session) == ["dispute"]
    assert session.scalars(select(Hold.review_on)).one() == TODAY + timedelta(days=15)
    answer = CorrectionAnswer.CORRECTED
    assert answer_request(session, SYSTEM, request=request, answer=answer, words="已更正", now=NOW)
    assert not answer_request(session, SYSTEM, request=request, answer=answer, words="已更正", now=NOW)
    with pytest.raises(Conflict, match="request_answered"):
        answer_request(session, SYSTEM, request=request, answer=CorrectionAnswer.REFUSED, words="", now=NOW)
    assert running(session) == []
    assert session.scalars(select(Hold.end_reason)).one() == "lender_answered"
    assert names(session, "correction:") == ["correction:asked", "correction:answered"]


def test_a_later_import_that_changes_exactly_that_loan_shows_on_the_case(
    session: Session, cast: Cast, loan: Loan, zhou_min: Handler
) -> None:
    other = add_loan(session, cast.li_na, ref="L-2")
    zhou_min.ask_lender(loan)
    assert [line.loan_moved for line in requests_on(session, zhou_min.case.id)] == [False]
    other.facts_version += 1
    session.flush()
    assert [line.loan_moved for line in requests_on(session, zhou_min.case.id)] == [False]
    loan.facts_version += 1
    session.flush()
    assert [line.loan_moved for line in requests_on(session, zhou_min.case.id)] == [True]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"what": ""}, "correction_kind_missing"),
        ({"is_wrong": ""}, "correction_text_missing"),
        ({"should_be": "\x08"}, "correction_text_missing"),
        ({"should_be": "长" * 501}, "text_too_long"),
    ],
)
def test_what_the_lender_is_not_asked(
    session: Session, loan: Loan, zhou_min: Handler, change: dict[str, str], code: str
) -> None:
    with pytest.raises(DomainError, match=code):
        zhou_min.ask_lender(loan, **change)
    assert session.scalars(select(CorrectionRequest)).all() == []


def second_look(session: Session, cast: Cast, case: ServiceCase, now: datetime = NOW) -> bool:
    return ask_second_look(session, borrower_actor(cast.li_na), case=case, today=TODAY, zone=ZONE, now=now)


def test_another_person_looks_once_and_contact_is_paused_again(
    session: Session, cast: Cast, zhou_min: Handler
) -> None:
    case = zhou_min.case
    zhou_min.decide()
    assert second_look(session, cast, case)
    assert not second_look(session, cast, case)
    assert (case.status, case.review_round, case.owner_id) == ("open", 2, None)
    assert case.answer_by == datetime(2026, 11, 17, 10, tzinfo=UTC)
    assert running(session) == ["dispute"]
    with pytest.raises(AccessRefused, match="case_decided_by_oneself"):
        zhou_min.take()
    assert take_next_service_case(session, zhou_min.actor, now=NOW) is None
    Handler(session, cast.wu_yan, case).take().decide()
    assert running(session) == []
    with pytest.raises(DomainError, match="second_look_asked"):
        second_look(session, cast, case)


def test_no_second_look_after_its_time_or_where_all_was_granted(
    session: Session, cast: Cast, loan: Loan, zhou_min: Handler
) -> None:
    zhou_min.ask_lender(loan)
    zhou_min.decide(Outcome.UPHELD, CaseReason.PAYMENT_FOUND, FOUND)
    with pytest.raises(DomainError, match="second_look_not_needed"):
        second_look(session, cast, zhou_min.case)
    other = bring_up(session, cast.li_na, loan)
    Handler(session, cast.zhou_min, other).take().decide()
    assert other.closed_at is not None
    with pytest.raises(DomainError, match="second_look_too_late"):
        second_look(session, cast, other, NOW + timedelta(days=15, seconds=1))


@pytest.mark.parametrize(
    ("outcome", "reason", "status", "held"),
    [
        (Outcome.CONFIRMED, CaseReason.AUTHORITY_SEEN, "verified", ["represented"]),
        (Outcome.NOT_CONFIRMED, CaseReason.NO_AUTHORITY, "refused", []),
    ],
)
def test_a_representative_is_confirmed_or_not(
    session: Session,
    cast: Cast,
    loan: Loan,
    outcome: Outcome,
    reason: CaseReason,
    status: str,
    held: list[str],
) -> None:
    del loan
    named = name_representative(
        session,
        borrower_actor(cast.li_na),
        kind="lawyer",
        name="某律师事务所",
        contact="021-0000",
        today=TODAY,
        zone=ZONE,
        now=NOW,
    )
    case = session.get_one(ServiceCase, named.case_id)
    Handler(session, cast.zhou_min, case).take().decide(outcome, reason, "已核对授权。")
    assert session.scalars(select(Representative.status)).one() == status
    assert running(session) == held


def number_case(session: Session, cast: Cast) -> ServiceCase:
    wish = NumberWish(
        old_mobile=cast.li_na.mobile,
        new_mobile="+8613800138099",
        borrower_id=cast.li_na.id,
        locale="zh_CN",
    )
    ask_for_number_change(session, SYSTEM, wish=wish, day=Day(today=TODAY, zone=ZONE), now=NOW)
    return session.scalars(select(ServiceCase)).one()


def test_a_new_number_is_taken_over_when_the_old_one_had_its_time(session: Session, cast: Cast) -> None:
    session.add(KnownDevice(borrower_id=cast.li_na.id, token_hash="d" * 64, verified_at=NOW))
    zhou_min = Handler(session, cast.zhou_min, number_case(session, cast)).take()
    ending = (Outcome.CONFIRMED, CaseReason.CHECKED_WITH_BORROWER, "新号码已启用。")
    with session.begin_nested() as savepoint:
        with pytest.raises(DomainError, match="number_too_early") as refused:
            zhou_min.decide(*ending)
        savepoint.rollback()
    assert refused.value.details == {"earliest": "2026-11-05"}
    session.expire_all()
    change = session.scalars(select(NumberChange)).one()
    change.not_before = change.not_before.replace(hour=16)
    session.flush()
    with session.begin_nested() as savepoint:
        with pytest.raises(DomainError, match="number_too_early") as refused:
            zhou_min.decide(*ending)
        savepoint.rollback()
    assert refused.value.details == {"earliest": "2026-11-06"}
    change.not_before = NOW + timedelta(hours=72)
    session.flush()
    session.expire_all()
    zhou_min.now = NOW + timedelta(hours=72)
    zhou_min.decide(*ending)
    session.refresh(cast.li_na)
    change = session.scalars(select(NumberChange)).one()
    assert (cast.li_na.mobile, change.applied_by) == ("+8613800138099", cast.zhou_min.id)
    assert session.scalars(select(KnownDevice)).all() == []
    assert names(session, "number:changed") == ["number:changed"]


def test_a_request_about_data_is_done_or_refused_with_its_ground(session: Session, cast: Cast) -> None:
    case = bring_up(session, cast.li_na, kind=CaseKind.DATA, topic=CaseTopic.DELETE_DATA)
    zhou_min = Handler(session, cast.zhou_min, case).take()
    with pytest.raises(DomainError, match="outcome_missing"):
        zhou_min.decide(Outcome.UPHELD, CaseReason.OTHER)
    zhou_min.decide(Outcome.REFUSED, CaseReason.KEPT_BY_LAW, "法律要求保存还款记录。")
    assert second_look(session, cast, case)


def test_a_look_a_number_and_a_refusal_are_told_to_whose_case_it_is(
    session: Session, cast: Cast, case: ServiceCase, zhou_min: Handler
) -> None:
    look_at_service_case(session, zhou_min.actor, case=case, now=NOW)
    reveal = partial(reveal_mobile_of_case, session, case=case, reason=RevealReason.CALL_BACK, now=NOW)
    reveal(zhou_min.actor)
    with pytest.raises(Conflict, match=r"^case_owned_by_other$"):
        reveal(staff_actor(cast.wu_yan))
    refused = Conflict("case_moved")
    record_case_refusal(session, zhou_min.actor, case=case, act="decide", error=refused, now=NOW)
    for name, said in (
        ("service:looked_at", {"reason": "case_page"}),
        ("service:revealed", {"field": "mobile", "reason": RevealReason.CALL_BACK.value}),
        ("service:act_refused", {"act": "decide", "code": "case_moved"}),
    ):
        assert told(session, name) == [(cast.li_na.id, {"case_id": case.id, **said})], name


def test_nobody_close_and_nobody_complained_about_looks(
    session: Session, cast: Cast, case: ServiceCase
) -> None:
    for who, code in ((cast.sun_hao, "permission_missing"), (cast.wu_yan, "related_case")):
        session.add(
            StaffRelation(staff_member_id=who.id, borrower_id=cast.li_na.id, kind="close", made_at=NOW)
        )
        session.flush()
        with pytest.raises(AccessRefused, match=f"^{code}$"):
            look_at_service_case(session, staff_actor(who), case=case, now=NOW)
    complaint = bring_up(
        session,
        cast.wang_qiang,
        add_loan(session, cast.wang_qiang, ref="L-2001"),
        kind=CaseKind.COMPLAINT,
        topic=CaseTopic.SERVICE,
        staff_number=cast.zhou_min.number,
    )
    with pytest.raises(AccessRefused, match=r"^complained_about$"):
        look_at_service_case(session, staff_actor(cast.zhou_min), case=complaint, now=NOW)
    assert told(session, "service:looked_at") == []


@pytest.mark.parametrize(
    ("kind", "topic"),
    [
        (CaseKind.DISPUTE, CaseTopic.CREDIT_REPORT),
        (CaseKind.DISPUTE, CaseTopic.PAYMENT_MISSING),
        (CaseKind.TALK, CaseTopic.PAYING),
        (CaseKind.DATA, CaseTopic.COPY_DATA),
    ],
)
def test_an_answer_is_promised_by_what_the_case_is_about(
    session: Session, cast: Cast, loan: Loan, kind: CaseKind, topic: CaseTopic
) -> None:
    wanted = answer_by(kind, TODAY, business_calendar(session), ZONE, topic=topic)
    assert bring_up(session, cast.li_na, loan, kind=kind, topic=topic).answer_by == wanted


@pytest.mark.parametrize("is_known", [True, False])
def test_a_wish_for_a_new_number_is_kept_told_and_waits(
    session: Session, cast: Cast, *, is_known: bool
) -> None:
    """Of nobody it is kept and told just so, and neither a case nor a notice follows."""
    whose = cast.li_na.id if is_known else None
    wish = NumberWish(
        old_mobile=cast.li_na.mobile, new_mobile="+8613911112222", borrower_id=whose, locale="en"
    )
    change = ask_for_number_change(session, SYSTEM, wish=wish, day=Day(today=TODAY, zone=ZONE), now=NOW)
    assert (change.borrower_id, change.old_mobile, change.new_mobile, change.locale) == (
        whose,
        cast.li_na.mobile,
        "+8613911112222",
        "en",
    )
    assert (change.asked_by, change.asked_at, change.not_before) == ("system", NOW, NOW + COOLING)
    assert told(session, "number:change_asked") == [(whose, {"change_id": change.id, "fits": is_known})]
    queued = session.execute(select(OutboxItem.kind, OutboxItem.dedupe_key, OutboxItem.payload)).all()
    notice = ("number:notice", f"number:notice:{change.id}", {"change_id": change.id})
    assert [tuple(each) for each in queued if each.kind == "number:notice"] == [notice] * is_known
    assert len(session.scalars(select(ServiceCase)).all()) == is_known


def test_staff_ask_for_nobodys_new_number(session: Session, cast: Cast) -> None:
    wish = NumberWish(
        old_mobile=cast.li_na.mobile, new_mobile="+8613911112222", borrower_id=cast.li_na.id, locale="en"
    )
    with pytest.raises(AccessRefused, match=r"^only_the_borrower$"):
        ask_for_number_change(
            session, staff_actor(cast.zhou_min), wish=wish, day=Day(today=TODAY, zone=ZONE), now=NOW
        )
    assert session.scalars(select(NumberChange)).all() == []
