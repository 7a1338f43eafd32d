"""Staff who have really signed in, and cases that wait for them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.domain.policy import HardshipReason
from portal.models import Borrower, Event, Proposal, StaffMember
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.integration.web.conftest import Writing
from tests.people import NOW, PASSWORD, TOTP_SECRET, Cast, add_loan
from tests.stories import CATCH_UP, Story

NewClient = Callable[[], CheckedClient]
StaffClient = Callable[[StaffMember], CheckedClient]


@dataclass(frozen=True, slots=True)
class Case:
    """A case of the queue, and its pages."""

    id: int
    public_id: str
    reference: str

    @property
    def url(self) -> str:
        return f"/desk/cases/{self.public_id}"


WaitingCase = Callable[..., Case]


@pytest.fixture
def new_client(app: Flask) -> NewClient:
    """Clients that know nothing of one another."""

    def new_client() -> CheckedClient:
        client = app.test_client()
        assert isinstance(client, CheckedClient)
        return client

    return new_client


@pytest.fixture
def client(new_client: NewClient) -> CheckedClient:
    return new_client()


@pytest.fixture
def staff_client(new_client: NewClient, clock: HandClock) -> StaffClient:
    """A new client of a member of staff; the clock moves on by a step, for a code works once."""

    def staff_client(member: StaffMember) -> CheckedClient:
        clock.move_on(seconds=30)
        client = new_client()
        answer = client.submit("/desk/sign-in", sign_in_data(member.login, clock.now()))
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return client

    return staff_client


@pytest.fixture
def waiting_case(writing: Writing) -> WaitingCase:
    """Make a case that policy sent to a person: illness is never decided by a machine."""

    def waiting_case(
        borrower: Borrower,
        *,
        choice: Mapping[str, Any] = CATCH_UP,
        now: datetime = NOW,
        reason: HardshipReason = HardshipReason.ILLNESS,
        **loan: Any,
    ) -> Case:
        with writing() as session:
            story = Story(session, borrower, add_loan(session, borrower, **loan), now=now)
            assert story.submit(choice, reason=reason) == "in_review"
            proposal = story.proposal
            return Case(proposal.id, proposal.public_id, proposal.reference)

    return waiting_case


@pytest.fixture
def case(cast: Cast, waiting_case: WaitingCase) -> Case:
    """李娜's."""
    return waiting_case(cast.li_na)


@pytest.fixture
def holder(cast: Cast, case: Case, staff_client: StaffClient) -> CheckedClient:
    """周敏, who has taken the case."""
    client = staff_client(cast.zhou_min)
    assert client.submit(case.url, action=f"{case.url}/claim").status_code == 303
    return client


def sign_in_data(login: str, at: datetime) -> dict[str, str]:
    return {"login": login, "password": PASSWORD, "code": pyotp.TOTP(TOTP_SECRET).at(at)}


def status_of(writing: Writing, case: Case) -> str:
    with writing() as session:
        return session.scalars(select(Proposal.status).where(Proposal.id == case.id)).one()


def events_of(writing: Writing, name: str) -> list[dict[str, Any]]:
    with writing() as session:
        return [dict(fields) for fields in session.scalars(select(Event.fields).where(Event.name == name))]


def post_to(client: CheckedClient, url: str, data: Mapping[str, Any] | None = None) -> TestResponse:
    """Send a form that the person's own page does not offer (any more): the token of another page, the terms of the case."""
    token = _between(client.get("/desk/me").text, 'name="csrf_token" value="', '"')
    return client.post(url, data={"csrf_token": token, **(data or {})})


def _between(text: str, before: str, after: str) -> str:
    return text.split(before, 1)[1].split(after, 1)[0]
