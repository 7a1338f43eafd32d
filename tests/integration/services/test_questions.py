"""A question to the borrower: the promised time stands still, and the answer brings the case back."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, DomainError
from portal.domain.permissions import SYSTEM
from portal.domain.policy import HardshipReason
from portal.domain.proposals import ProposalStatus
from portal.models import Decision, Event, Message, Question, ReviewItem
from portal.queries.proposals import get_signed_version
from portal.services.expiry import expire_proposals
from portal.services.questions import reply, reply_by_message
from portal.services.threads import WrittenMessage
from tests.desk import Approver
from tests.people import Cast
from tests.stories import ZONE, Story, send_out


@pytest.fixture
def asked(session: Session, cast: Cast, story: Story) -> Story:
    """周敏's question to 李娜 has gone out."""
    story.submit(reason=HardshipReason.ILLNESS)
    Approver(session, cast.zhou_min, story).take().ask()
    assert story.proposal.status == ProposalStatus.IN_REVIEW
    assert send_out(session, now=story.now) == 1
    assert story.proposal.status == ProposalStatus.INFO_REQUESTED
    return story


def answer(session: Session, story: Story, text: str = "每月大约 5000 元。") -> None:
    reply(
        session,
        story.actor,
        proposal=story.proposal,
        text=text,
        situation=story.situation(),
        now=story.now.astimezone(ZONE),
    )


def test_the_promise_moves_by_the_time_that_the_question_stood_open(session: Session, asked: Story) -> None:
    promised = asked.proposal.promised_by
    question = session.scalars(select(Question)).one()
    asked.now = question.asked_at + timedelta(hours=25)
    answer(session, asked)
    assert promised is not None
    assert asked.proposal.promised_by == promised + timedelta(hours=25)
    item = session.get_one(ReviewItem, asked.proposal.id)
    assert (item.deadline_at, item.main_reason) == (asked.proposal.promised_by, "question_answered")
    assert (question.closed_at, question.reply) == (asked.now, "每月大约 5000 元。")
    given = session.scalars(select(Event.fields).where(Event.name == "plan:info_given")).one()
    assert given["paused_seconds"] == 25 * 3600


def test_question_and_answer_stand_in_the_thread(session: Session, asked: Story) -> None:
    answer(session, asked)
    messages = session.scalars(select(Message).order_by(Message.number))
    assert [(each.author, each.kind, each.body) for each in messages] == [
        ("staff", "question", "您每月的收入大约是多少？"),
        ("borrower", "message", "每月大约 5000 元。"),
    ]


def test_a_promise_never_falls_on_a_day_off(session: Session, asked: Story) -> None:
    # Promised for Wednesday; the answer comes three days later.
    asked.now = session.scalars(select(Question.asked_at)).one() + timedelta(days=3)
    answer(session, asked)
    promised = asked.proposal.promised_by
    assert promised is not None
    local = promised.astimezone(ZONE)
    assert (local.isoweekday(), local.hour) == (1, 18)


def test_the_same_approver_may_go_on_deciding(session: Session, cast: Cast, asked: Story) -> None:
    answer(session, asked)
    Approver(session, cast.zhou_min, asked).take().approve()
    assert asked.proposal.status == ProposalStatus.APPROVED
    assert sorted(session.scalars(select(Decision.state))) == ["answered", "sent"]


def test_answering_twice_is_once(session: Session, asked: Story) -> None:
    answer(session, asked)
    with pytest.raises(Conflict, match="move_not_possible"):
        answer(session, asked)


@pytest.mark.parametrize(
    ("text", "code"), [("", "reply_missing"), (" \n", "reply_missing"), ("长" * 1001, "text_too_long")]
)
def test_an_answer_needs_words_and_not_too_many(session: Session, asked: Story, text: str, code: str) -> None:
    with pytest.raises(DomainError, match=code):
        answer(session, asked, text)
    assert asked.proposal.status == ProposalStatus.INFO_REQUESTED


def test_changed_terms_are_a_new_version_that_is_signed(session: Session, asked: Story) -> None:
    before = get_signed_version(session, asked.proposal)
    asked.answer({"kind": "catch_up", "installments": 9, "day_of_month": 20}).freeze()
    assert get_signed_version(session, asked.proposal) is before
    asked.preview().read()
    assert asked.sign() == ProposalStatus.IN_REVIEW
    assert get_signed_version(session, asked.proposal).number == before.number + 1
    assert session.scalars(select(Question.has_new_terms)).all() == [True]
    assert session.get_one(ReviewItem, asked.proposal.id).stage == "first"


def test_a_question_without_an_answer_runs_out_after_14_days(session: Session, asked: Story) -> None:
    asked_at = session.scalars(select(Question.asked_at)).one()
    assert expire_proposals(session, SYSTEM, now=asked_at + timedelta(days=14, seconds=-1)) == 0
    assert expire_proposals(session, SYSTEM, now=asked_at + timedelta(days=14)) == 1
    assert asked.proposal.status == ProposalStatus.EXPIRED
    assert session.scalars(select(Question.closed_at)).one() is not None


def test_a_question_needs_words(session: Session, cast: Cast, story: Story) -> None:
    story.submit(reason=HardshipReason.ILLNESS)
    approver = Approver(session, cast.zhou_min, story).take()
    for letter, code in (("  ", "question_missing"), ("不回答就上门", "forbidden_phrase")):
        with pytest.raises(DomainError, match=code) as refused:
            approver.ask(letter)
        assert refused.value.field == "letter"


def by_message(session: Session, story: Story, body: str = "工资条在这里。", key: str = "ab" * 16) -> Message:
    return reply_by_message(
        session,
        story.actor,
        proposal=story.proposal,
        written=WrittenMessage(form_key=key, body=body),
        situation=story.situation(),
        now=story.now.astimezone(ZONE),
    )


def test_a_message_sent_as_the_answer_brings_the_case_back_once(session: Session, asked: Story) -> None:
    first = by_message(session, asked)
    assert asked.proposal.status == ProposalStatus.IN_REVIEW
    assert session.get_one(ReviewItem, asked.proposal.id).main_reason == "question_answered"
    question = session.scalars(select(Question)).one()
    assert (question.reply, question.has_new_terms) == ("工资条在这里。", False)
    assert by_message(session, asked) is first, "the second tap"
    assert len(session.scalars(select(Event).where(Event.name == "plan:info_given")).all()) == 1


def test_a_message_without_words_that_is_refused_leaves_the_question_open(
    session: Session, asked: Story
) -> None:
    with pytest.raises(DomainError, match="text_missing"):
        by_message(session, asked, "  ")
    assert asked.proposal.status == ProposalStatus.INFO_REQUESTED


def test_once_nothing_is_asked_an_answer_is_a_message(session: Session, asked: Story) -> None:
    answer(session, asked)
    by_message(session, asked, "还有一点补充。", "cd" * 16)
    assert asked.proposal.status == ProposalStatus.IN_REVIEW
    assert len(session.scalars(select(Event).where(Event.name == "plan:info_given")).all()) == 1
