"""The first page's one read tells what the reads by entity tell, for people in every situation."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from portal.domain.holds import HoldKind
from portal.domain.loans import Stage
from portal.domain.permissions import SYSTEM
from portal.models import DelinquencyPause, LoanStanding, Proposal, ServiceCase, Thread
from portal.queries.borrower_home import standings_of
from portal.queries.gathering import Gathering
from portal.queries.home_page import home_page_of
from portal.queries.threads import unread_of
from portal.services.holds import start_hold
from portal.services.references import new_public_id
from tests.people import NOW, TODAY, Cast, add_cast, add_loan
from tests.stories import Story

SHOWN = {
    "loan": ("id", "public_id", "loan_ref", "product", "creditor", "currency", "as_of", "stage_since"),
    "creditor": ("name", "phone", "assignment_notice_on"),
    "proposal": ("id", "public_id", "status", "submitted_at", "promised_by", "closes_at"),
}


def told(standing: Any) -> dict[str, Any]:
    """All of a standing but the payments of its facts, of rows the columns that pages show."""
    found = {each.name: getattr(standing, each.name) for each in fields(standing)}
    for name, columns in SHOWN.items():
        found[name] = found[name] and [getattr(found[name], column) for column in columns]
    found["earlier"] = [[getattr(row, column) for column in SHOWN["proposal"]] for row in standing.earlier]
    found["running"] = found["running"] and (found["running"].plan, found["running"].progress)
    return {**found, "facts": replace(standing.facts, payments=())}


def told_alike(session: Session, borrower_id: int) -> Sequence[dict[str, Any]]:
    session.flush()
    page = home_page_of(session, borrower_id, on=TODAY)
    ours = [told(standing) for standing in page.standings]
    assert ours == [told(standing) for standing in standings_of(session, borrower_id, on=TODAY)]
    assert page.unread == unread_of(session, borrower_id)
    return ours


def test_a_borrower_without_loans(session: Session) -> None:
    cast = add_cast(session)
    assert told_alike(session, cast.li_na.id) == []


def test_people_in_any_situation(session: Session) -> None:
    cast, chance = add_cast(session), random.Random(8)
    for number in range(24):
        add_any_loan(session, cast, number, chance)
    told_of_all = told_alike(session, cast.li_na.id)
    told_alike(session, cast.wang_qiang.id)
    for name in ("holds", "proposal", "earlier", "handled"):
        assert any(each[name] for each in told_of_all), name
        assert not all(each[name] for each in told_of_all), name
    assert {each["arrears"].is_overdue for each in told_of_all} == {True, False}


def add_any_loan(session: Session, cast: Cast, number: int, chance: random.Random) -> None:
    whose = chance.choice([cast.li_na, cast.li_na, cast.wang_qiang])
    loan = add_loan(
        session, whose, ref=f"any-{number}", late_days=chance.choice([-20, -1, 0, 1, 42, 100]), paid=chance.randrange(12),
        fee=chance.choice([0, 1_500]), stage=chance.choice([None, Stage.INTERNAL, Stage.AGENCY]),
    )  # fmt: skip
    if chance.random() < 0.4:
        first = TODAY - timedelta(chance.randrange(30, 60))
        for start, days in ((first + timedelta(9), 5), (first, None if chance.random() < 0.2 else 7)):
            end = days and start + timedelta(days)
            session.add(DelinquencyPause(loan_id=loan.id, starts_on=start, ends_on=end))
    for kind in chance.sample([HoldKind.DISPUTE, HoldKind.COMPLAINT, HoldKind.ILLNESS], chance.randrange(3)):
        start_hold(session, SYSTEM, loan_id=loan.id, kind=kind, reason="test", now=NOW)
    if chance.random() < 0.5:
        stage = chance.choice([None, Stage.REMINDER, Stage.LEGAL])
        session.add(
            LoanStanding(
                loan_id=loan.id, stage=stage, stage_basis="days" if stage else None, stage_since=TODAY,
                next_stage=Stage.LEGAL, next_stage_on=TODAY + timedelta(9), next_notice_on=TODAY,
            )
        )  # fmt: skip
    statuses = [chance.choice(["in_review", "draft"]), "declined", "withdrawn", "expired"]
    for at, status in enumerate(chance.sample(statuses, 2)):
        add_proposal(session, whose.id, loan.id, f"{number}-{at}", status, chance)


def add_proposal(
    session: Session, borrower_id: int, loan_id: int, ref: str, status: str, chance: random.Random
) -> None:
    is_sent = status != "draft" and (status == "in_review" or chance.random() < 0.6)
    session.add(
        Proposal(
            public_id=new_public_id(), reference=f"A{ref}", loan_id=loan_id, borrower_id=borrower_id, status=status,
            answers={}, referral_reasons=[], made_at=NOW, submitted_at=NOW if is_sent else None,
            promised_by=NOW + timedelta(days=1, microseconds=250) if is_sent else None,
        )
    )  # fmt: skip


def test_a_plan_in_force_a_change_asked_for_and_an_answer_that_waits(session: Session) -> None:
    cast = add_cast(session)
    story = Story(session, cast.li_na, add_loan(session, cast.li_na))
    story.submit()
    assert story.proposal.status == "approved"
    start_hold(session, SYSTEM, loan_id=story.loan.id, kind=HoldKind.DISPUTE, reason="test", now=NOW)
    session.add_all(
        ServiceCase(
            public_id=new_public_id(), reference=f"C{days}", borrower_id=cast.li_na.id, kind="dispute", topic="sum", body="…",
            status="open", opened_at=NOW, answer_by=NOW + timedelta(days),
        )
        for days in (9, 4)
    )  # fmt: skip
    session.flush()
    session.add(
        Thread(
            public_id=new_public_id(), borrower_id=cast.li_na.id, proposal_id=story.proposal.id, made_at=NOW,
            last_number=1, last_from_staff=1,
        )
    )  # fmt: skip
    [ours] = told_alike(session, cast.li_na.id)
    assert ours["running"] is not None
    assert NOW + timedelta(4) in {hold.answer_by for hold in ours["holds"]}
    assert unread_of(session, cast.li_na.id) == 1


@pytest.fixture
def sent(session: Session) -> Iterator[list[str]]:
    said: list[str] = []
    note = lambda _connection, _cursor, words, *_rest: said.append(words)  # noqa: E731
    event.listen(session.get_bind(), "before_cursor_execute", note)
    yield said
    event.remove(session.get_bind(), "before_cursor_execute", note)


def test_all_of_it_is_one_round_trip_however_many_loans(session: Session, sent: list[str]) -> None:
    cast = add_cast(session)
    for number in range(3):
        add_loan(session, cast.li_na, ref=f"L{number}")
    session.flush()
    sent.clear()
    home_page_of(session, cast.li_na.id, on=TODAY)
    assert len(sent) == 1


def test_what_holds_json_cannot_be_gathered() -> None:
    with pytest.raises(TypeError):
        Gathering(proposals=select(Proposal.id, Proposal.answers))
