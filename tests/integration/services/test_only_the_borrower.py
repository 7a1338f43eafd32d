"""Nobody does it in a borrower's place: eighteen verbs refuse an agent who was allowed everything, and the database refuses the rows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.journey import Question
from portal.domain.one_time_codes import CodePurpose, code_of
from portal.domain.permissions import Actor
from portal.domain.policy import HardshipReason
from portal.domain.reading import Reading
from portal.domain.support_calls import EndedBy, Level
from portal.models import Consent, Event, NumberChange, OneTimeCode, Proposal, ProposalVersion
from portal.queries.situations import situation_for
from portal.services import signing
from portal.services.consents import withdraw_consent
from portal.services.cooling import refuse_within_cooling
from portal.services.counters import refuse_counter
from portal.services.drafts import answer_reason, discard_draft, give_consent
from portal.services.number_changes import NumberWish, ask_for_number_change
from portal.services.one_time_codes import CodeDoor, CodeOrder, check_code, send_code
from portal.services.proposals import ask_review, withdraw_proposal
from portal.services.questions import reply, reply_by_message
from portal.services.stopped_numbers import Day
from portal.services.support_calls import end_support_call
from portal.services.support_drafts import answer_in_support_call, keep_own_numbers
from portal.services.support_pairing import allow_in_call, enter_pairing_number
from portal.services.threads import WrittenMessage
from tests.integration.web.conftest import SECRET_KEY
from tests.people import NOW, TODAY, Cast, add_loan
from tests.stories import CATCH_UP, ZONE, Story
from tests.support_desk import SupportDesk

DOOR = CodeDoor(key=SECRET_KEY, hash_key=SECRET_KEY, address="192.0.2.1")
AT = NOW.astimezone(ZONE)


class Scene:
    """陈晨 with 李娜's consent, a version of hers that is read and ticked, and the call that goes on."""

    def __init__(self, session: Session, cast: Cast) -> None:
        self.session, self.cast = session, cast
        loan = add_loan(session, cast.li_na)
        self.story = Story(session, cast.li_na, loan).start().answer(CATCH_UP).freeze().preview().read()
        self.desk = SupportDesk(session, cast.chen_chen, cast.li_na)
        self.call = self.desk.allowed(Level.CONSENTED)
        self.agent = self.desk.on(self.call).actor

    @property
    def about(self) -> dict[str, Any]:
        return {"proposal": self.story.proposal, "version": self.story.version, "now": AT}


def sign(scene: Scene, agent: Actor) -> None:
    signing.submit_proposal(
        scene.session, agent, situation=scene.story.situation(), code_id=1, evidence={}, **scene.about
    )


def ask_for_a_code(scene: Scene, agent: Actor) -> None:
    order = CodeOrder(
        purpose=CodePurpose.SIGNING,
        target=scene.story.version.content_hash,
        mobile=scene.cast.li_na.mobile,
        locale="zh_CN",
    )
    send_code(scene.session, agent, order=order, door=DOOR, now=NOW)


def enter_a_code(scene: Scene, agent: Actor) -> None:
    check_code(
        scene.session,
        agent,
        purpose=CodePurpose.SIGNING,
        target=scene.story.version.content_hash,
        typed="123456",
        door=DOOR,
        now=NOW,
    )


def confirm_the_disclosure(scene: Scene, agent: Actor) -> None:
    reading = Reading(0, None)
    signing.confirm_disclosure(scene.session, agent, reading=reading, reading_seconds=15, **scene.about)


def tick(scene: Scene, agent: Actor) -> None:
    signing.acknowledge_terms(scene.session, agent, ticked=["breach"], **scene.about)


def consent(scene: Scene, agent: Actor) -> None:
    give_consent(scene.session, agent, kind="hardship_reason", text_version="2026-01-01", now=NOW)


def say_why(scene: Scene, agent: Actor) -> None:
    answer_reason(
        scene.session,
        agent,
        proposal=scene.story.proposal,
        reason=HardshipReason.ILLNESS,
        consents=True,
        consent_version="2026-01-01",
        now=NOW,
    )


def withdraw_a_consent(scene: Scene, agent: Actor) -> None:
    withdraw_consent(scene.session, agent, kind="hardship_reason", now=NOW)


def change_the_number(scene: Scene, agent: Actor) -> None:
    li_na = scene.cast.li_na
    wish = NumberWish(
        old_mobile=li_na.mobile, new_mobile="+8613700137007", borrower_id=li_na.id, locale="zh_CN"
    )
    ask_for_number_change(scene.session, agent, wish=wish, day=Day(today=TODAY, zone=ZONE), now=NOW)


def answer_a_counter(scene: Scene, agent: Actor) -> None:
    refuse_counter(
        scene.session, agent, proposal=scene.story.proposal, situation=scene.story.situation(), now=AT
    )


def withdraw(scene: Scene, agent: Actor) -> None:
    withdraw_proposal(scene.session, agent, proposal=scene.story.proposal, now=NOW)


def discard(scene: Scene, agent: Actor) -> None:
    discard_draft(scene.session, agent, proposal=scene.story.proposal, now=NOW)


def ask_another_person(scene: Scene, agent: Actor) -> None:
    ask_review(scene.session, agent, proposal=scene.story.proposal, situation=scene.story.situation(), now=AT)


def answer_a_question(scene: Scene, agent: Actor) -> None:
    reply(
        scene.session,
        agent,
        proposal=scene.story.proposal,
        text="每月六千元。",
        situation=scene.story.situation(),
        now=AT,
    )


def answer_by_message(scene: Scene, agent: Actor) -> None:
    reply_by_message(
        scene.session,
        agent,
        proposal=scene.story.proposal,
        written=WrittenMessage(form_key="0" * 32, body="每月六千元。"),
        situation=scene.story.situation(),
        now=AT,
    )


def put_own_back(scene: Scene, agent: Actor) -> None:
    keep_own_numbers(scene.session, agent, proposal=scene.story.proposal, now=NOW)


def enter_the_number(scene: Scene, agent: Actor) -> None:
    enter_pairing_number(scene.session, agent, typed="12345678", key=SECRET_KEY, now=NOW)


def allow(scene: Scene, agent: Actor) -> None:
    allow_in_call(scene.session, agent, call=scene.call, level=Level.CONSENTED, privacy_version="x", now=NOW)


@pytest.mark.parametrize(
    "act",
    [
        sign, ask_for_a_code, enter_a_code, confirm_the_disclosure, tick, consent, say_why, withdraw_a_consent, change_the_number,
        answer_a_counter, ask_another_person, answer_a_question, answer_by_message, withdraw, discard, put_own_back, enter_the_number,
        allow,
    ],
)  # fmt: skip
def test_a_verb_refuses_an_agent_who_was_allowed_everything(
    session: Session, cast: Cast, act: Callable[[Scene, Actor], None]
) -> None:
    scene = Scene(session, cast)
    with pytest.raises(DomainError) as refused:
        act(scene, scene.agent)
    assert refused.value.code in {"only_the_borrower", "no_code_for_staff", "only_the_borrower_signs"}


def test_a_signing_code_fails_in_the_agents_session_however_it_was_learnt(
    session: Session, cast: Cast
) -> None:
    scene = Scene(session, cast)
    borrower = scene.story.actor
    order = CodeOrder(
        purpose=CodePurpose.SIGNING,
        target=scene.story.version.content_hash,
        mobile=cast.li_na.mobile,
        locale="zh_CN",
    )
    send_code(session, borrower, order=order, door=DOOR, now=NOW)
    code = session.scalars(select(OneTimeCode)).one()
    right = code_of(code.seed, SECRET_KEY)
    with pytest.raises(AccessRefused, match="no_code_for_staff"):
        check_code(
            session,
            scene.agent,
            purpose=CodePurpose.SIGNING,
            target=order.target,
            typed=right,
            door=DOOR,
            now=NOW,
        )
    elsewhere = Actor(borrower.kind, borrower.id, session_key="a" * 64)
    verdict = check_code(
        session, elsewhere, purpose=CodePurpose.SIGNING, target=order.target, typed=right, door=DOOR, now=NOW
    )
    assert not verdict.is_right


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (ProposalVersion, {"signed_at": NOW, "signed_by": "staff"}),
        (ProposalVersion, {"signed_at": NOW, "signed_by": None}),
        (Consent, {"given_by": "staff"}),
        (OneTimeCode, {"asked_by": "staff"}),
        (NumberChange, {"asked_by": "staff"}),
    ],
)
def test_the_database_refuses_what_staff_would_have_done(
    session: Session, cast: Cast, table: Any, values: dict[str, Any]
) -> None:
    scene = Scene(session, cast)
    ask_for_number_change(
        session,
        scene.story.actor,
        wish=NumberWish(
            old_mobile=cast.li_na.mobile, new_mobile="+8613700137007", borrower_id=None, locale="zh_CN"
        ),
        day=Day(today=TODAY, zone=ZONE),
        now=NOW,
    )
    ask_for_a_code(scene, scene.story.actor)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(table).values(**values))


@pytest.fixture
def handed(session: Session, cast: Cast) -> tuple[SupportDesk, Any, Proposal]:
    desk = SupportDesk(session, cast.chen_chen, cast.li_na)
    call = desk.allowed(Level.CONSENTED)
    return desk, call, desk.draft(call, add_loan(session, cast.li_na))


def test_what_was_prepared_cannot_be_signed_before_the_pause_is_over(
    session: Session, handed: tuple[SupportDesk, Any, Proposal]
) -> None:
    desk, call, draft = handed
    with pytest.raises(Conflict, match="draft_not_handed_over"):
        refuse_within_cooling(session, draft, now=NOW)
    desk.hand_over(call, draft)
    almost, over = NOW + timedelta(minutes=10, seconds=-1), NOW + timedelta(minutes=10)
    with pytest.raises(Conflict, match="draft_cooling"):
        refuse_within_cooling(session, draft, now=almost)
    with pytest.raises(Conflict, match="signing_on_call"):
        refuse_within_cooling(session, draft, now=over)
    end_support_call(session, desk.borrower, call=call, by=EndedBy.BORROWER, now=almost)
    with pytest.raises(Conflict, match="draft_cooling"):
        refuse_within_cooling(session, draft, now=almost)
    refuse_within_cooling(session, draft, now=over)


def test_a_plan_that_the_borrower_made_alone_waits_for_nothing(session: Session, cast: Cast) -> None:
    story = Story(session, cast.li_na, add_loan(session, cast.li_na)).start().answer(CATCH_UP)
    refuse_within_cooling(session, story.proposal, now=NOW)


def test_own_numbers_are_kept_aside_and_come_back(session: Session, cast: Cast) -> None:
    loan = add_loan(session, cast.li_na)
    story = Story(session, cast.li_na, loan).start().answer({**CATCH_UP, "installments": 3})
    own = dict(story.proposal.answers)
    desk = SupportDesk(session, cast.chen_chen, cast.li_na)
    draft = desk.draft(desk.allowed(Level.CONSENTED), loan)
    assert draft.answers[Question.CHOICE.value]["installments"] == 6
    keep_own_numbers(session, desk.borrower, proposal=draft, now=NOW)
    assert (draft.answers, draft.drafted_by_staff_id) == (own, None)
    refuse_within_cooling(session, draft, now=NOW)


def test_why_somebody_is_late_is_never_typed_for_them(
    session: Session, handed: tuple[SupportDesk, Any, Proposal]
) -> None:
    desk, call, draft = handed
    with pytest.raises(AccessRefused, match="only_the_borrower"):
        answer_in_support_call(
            session,
            desk.on(call, Level.CONSENTED),
            proposal=draft,
            question=Question.REASON,
            answer={"reason": "illness"},
            now=NOW,
        )
    assert draft.answers[Question.REASON.value] == {"reason": "not_said"}


def test_the_agent_is_its_drafter_for_policy_and_four_eyes(
    session: Session, handed: tuple[SupportDesk, Any, Proposal]
) -> None:
    desk, _, draft = handed
    assert draft.drafted_by_staff_id == desk.member.id
    assert situation_for(session, draft, on=TODAY).circumstances.is_agent_drafted


def test_the_message_goes_out_at_once_and_again_after_a_change(
    session: Session, handed: tuple[SupportDesk, Any, Proposal]
) -> None:
    desk, call, draft = handed
    desk.hand_over(call, draft)
    desk.hand_over(call, draft)
    told = session.scalars(select(Event).where(Event.name == "plan:handed_over")).all()
    assert len(told) == 1
    desk.now += timedelta(minutes=1)
    other = {**CATCH_UP, "installments": 4}
    answer_in_support_call(
        session,
        desk.on(call, Level.CONSENTED),
        proposal=draft,
        question=Question.CHOICE,
        answer=other,
        now=desk.now,
    )
    desk.hand_over(call, draft)
    told = session.scalars(select(Event).where(Event.name == "plan:handed_over")).all()
    assert len(told) == 2
