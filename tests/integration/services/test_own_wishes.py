"""What a borrower says once for later: hours and ways of contact, a budget, what is being typed; and what they take back."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.budgets import Budget, Income, Outgoing
from portal.domain.contact_wishes import USUAL_HOURS, Channel, ContactHours, ContactWishes
from portal.domain.errors import AccessRefused, DomainError
from portal.domain.journey import Question
from portal.domain.policy import HardshipReason
from portal.models import Consent, ContactWish, SavedBudget, TypedDraft
from portal.queries.wishes import wishes_of
from portal.services import typed_drafts
from portal.services.budgets import answer_budget, forget_budget
from portal.services.consents import withdraw_consent
from portal.services.contact_wishes import set_wishes
from portal.services.typed_drafts import drop_typed, keep_typed
from tests.people import NOW, Cast
from tests.service_cases import staff_actor
from tests.stories import Story
from tests.told_events import told

LATER = NOW + timedelta(days=1)
EARLY = ContactWishes(ContactHours(6, 20), frozenset([Channel.SMS, Channel.PHONE]))
BUDGET = Budget(people=2, incomes={Income.WAGES: 500_000}, outgoings={Outgoing.HOUSING: 200_000})


def _wish(story: Story, wishes: ContactWishes = EARLY) -> bool:
    return set_wishes(story.session, story.actor, wishes=wishes, consent_version="2026-01-01", now=NOW)


def test_a_wish_replaces_the_one_before(story: Story, session: Session) -> None:
    usual = ContactWishes(USUAL_HOURS, frozenset([Channel.SMS]))
    assert _wish(story, usual)
    assert session.scalars(select(Consent).where(Consent.kind == "contact_hours")).all() == []
    assert not _wish(story, usual)
    assert _wish(story)
    assert wishes_of(session, story.borrower.id) == EARLY
    kept = session.scalars(select(ContactWish).order_by(ContactWish.id)).all()
    assert [(wish.made_at, wish.ended_at) for wish in kept] == [(NOW, NOW), (NOW, None)]
    said = {"first_hour": 6, "last_hour": 20, "channels": ["phone", "sms"]}
    assert told(session, "wishes:set")[-1] == (story.borrower.id, said)
    consent = session.scalars(select(Consent).where(Consent.kind == "contact_hours")).one()
    assert (consent.borrower_id, consent.text_version, consent.withdrawn_at) == (
        story.borrower.id,
        "2026-01-01",
        None,
    )


def test_with_the_consent_early_hours_go_and_the_ways_stay(story: Story, session: Session) -> None:
    _wish(story)
    assert withdraw_consent(session, story.actor, kind="contact_hours", now=LATER)
    assert wishes_of(session, story.borrower.id) == ContactWishes(ContactHours(8, 20), EARLY.channels)
    consent = session.scalars(select(Consent).where(Consent.kind == "contact_hours")).one()
    assert consent.withdrawn_at == LATER
    assert told(session, "consent:withdrawn") == [(story.borrower.id, {"kind": "contact_hours"})]
    assert not withdraw_consent(session, story.actor, kind="contact_hours", now=LATER)
    assert len(told(session, "wishes:set")) == 2


def test_hours_that_are_usual_by_now_stay_as_they_are(story: Story, session: Session) -> None:
    _wish(story)
    _wish(story, ContactWishes(USUAL_HOURS, EARLY.channels))
    assert withdraw_consent(session, story.actor, kind="contact_hours", now=LATER)
    assert len(told(session, "wishes:set")) == 2


def test_a_reason_is_taken_out_of_a_draft(story: Story, session: Session) -> None:
    story.start().answer()
    assert withdraw_consent(session, story.actor, kind="hardship_reason", now=LATER)
    assert story.proposal.answers[Question.REASON.value] == {"reason": HardshipReason.NOT_SAID.value}
    assert told(session, "data:withheld") == [
        (story.borrower.id, {"what": "hardship_reason", "how": "removed"})
    ]


def test_a_reason_that_was_sent_is_kept_and_read_by_nobody(story: Story, session: Session) -> None:
    story.submit()
    assert withdraw_consent(session, story.actor, kind="hardship_reason", now=LATER)
    assert story.proposal.answers[Question.REASON.value] == {
        "reason": HardshipReason.NOT_SAID.value,
        "withheld": HardshipReason.INCOME_FELL.value,
    }
    assert Question.CHOICE.value in story.proposal.answers
    assert told(session, "data:withheld")[0][1]["how"] == "restricted"


def test_a_consent_that_nobody_gives_and_somebody_elses(story: Story, session: Session, cast: Cast) -> None:
    with pytest.raises(DomainError, match=r"^consent_unknown$"):
        withdraw_consent(session, story.actor, kind="privacy_notice", now=LATER)
    with pytest.raises(AccessRefused, match=r"^only_the_borrower$"):
        withdraw_consent(session, staff_actor(cast.chen_chen), kind="hardship_reason", now=LATER)


def test_a_budget_is_kept_for_the_next_time_and_forgotten(story: Story, session: Session) -> None:
    story.start()
    asked: dict[str, Any] = {"proposal": story.proposal, "now": NOW}
    for currency in ("CNY", "CNY", "USD"):
        answer_budget(session, story.actor, budget=BUDGET, currency=currency, **asked)
    assert story.proposal.answers[Question.BUDGET.value] == {**BUDGET.as_answer(), "currency": "USD"}
    kept = session.get_one(SavedBudget, story.borrower.id)
    assert (kept.figures, kept.currency, kept.saved_at) == (BUDGET.as_answer(), "USD", NOW)
    assert told(session, "budget:saved") == [
        (story.borrower.id, {"currency": each}) for each in ("CNY", "USD")
    ]
    assert forget_budget(session, story.actor, now=LATER)
    assert not forget_budget(session, story.actor, now=LATER)
    assert session.get(SavedBudget, story.borrower.id) is None
    assert Question.BUDGET.value in story.proposal.answers
    assert told(session, "budget:forgotten") == [(story.borrower.id, {})]


def _typed(session: Session, borrower_id: int) -> dict[str, dict[str, str]]:
    kept = select(TypedDraft).where(TypedDraft.borrower_id == borrower_id)
    return {draft.path: draft.fields for draft in session.scalars(kept)}


def test_what_is_typed_is_kept_by_page_without_secrets(story: Story, session: Session, cast: Cast) -> None:
    mine, other = story.borrower.id, cast.wang_qiang.id
    secrets = {
        "csrf_token": "1",
        "code": "2",
        "ending": "3",
        "mobile": "4",
        "password": "5",
        "consents": "6",
        "terms": "7",
        "form_key": "8",
    }
    keep_typed(session, mine, path="/a", typed={"body": "一", **secrets}, now=NOW)
    keep_typed(session, mine, path="/b", typed={"body": "二"}, now=NOW)
    keep_typed(session, other, path="/a", typed={"body": "三"}, now=NOW)
    keep_typed(session, mine, path="/a", typed={"body": "四"}, now=LATER)
    assert _typed(session, mine) == {"/a": {"body": "四"}, "/b": {"body": "二"}}
    assert session.get_one(TypedDraft, (mine, "/a")).saved_at == LATER
    drop_typed(session, mine, path="/a")
    assert _typed(session, mine) == {"/b": {"body": "二"}}
    assert _typed(session, other) == {"/a": {"body": "三"}}


def test_what_is_typed_goes_after_a_week_and_beyond_twenty_pages(story: Story, session: Session) -> None:
    mine = story.borrower.id
    for number in range(typed_drafts.MOST_PAGES + 2):
        keep_typed(session, mine, path=f"/{number}", typed={}, now=NOW + timedelta(minutes=number))
    assert set(_typed(session, mine)) == {f"/{number}" for number in range(1, typed_drafts.MOST_PAGES + 2)}
    keep_typed(session, mine, path="/new", typed={}, now=NOW + timedelta(minutes=5) + typed_drafts.KEPT_FOR)
    assert set(_typed(session, mine)) == {
        "/new",
        *(f"/{number}" for number in range(6, typed_drafts.MOST_PAGES + 2)),
    }


def test_what_is_too_large_is_not_kept(story: Story, session: Session) -> None:
    mine = story.borrower.id
    whole = typed_drafts.MOST_BYTES - len('{"body": ""}')
    keep_typed(session, mine, path="/" * 200, typed={"body": "a" * whole}, now=NOW)
    for path, text in (("/" * 201, ""), ("/a", "a" * (whole + 1))):
        with pytest.raises(DomainError, match=r"^typed_too_large$"):
            keep_typed(session, mine, path=path, typed={"body": text}, now=NOW)
