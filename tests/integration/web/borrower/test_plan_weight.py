"""A long plan and many loans are not heavier than a cheap phone can take: the pages of the way to a signature, and after it."""

import pytest

from portal.domain.policy import HardshipReason
from portal.domain.proposals import ProposalStatus
from portal.models import Loan, Proposal
from tests.databases import Database
from tests.integration.web.borrower.conftest import NewWalk
from tests.integration.web.conftest import Writing
from tests.integration.web.test_page_weight import Wire, faults
from tests.people import Cast, add_loan
from tests.plan_walks import MONTHLY
from tests.stories import Story

MANY = 12


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


def test_the_way_to_a_plan_of_sixty_payments_is_light_and_so_is_its_agreement(
    new_walk: NewWalk,
) -> None:
    walk = new_walk()
    wire = Wire(walk.client)
    walk.to_check(own={"kind": "reschedule", "installments": "60"})
    found = faults(wire, walk.url("plans")) + faults(wire, walk.url("own")) + faults(wire, walk.url("check"))
    walk.freeze()
    found += faults(wire, walk.url("disclosure"))
    walk.read_disclosure()
    walk.preview()
    found += faults(wire, walk.url("terms"))
    walk.tick()
    found += faults(wire, walk.url("sign"))
    walk.sign()
    assert found + faults(wire, walk.url()) == []


def test_many_loans_are_light(new_walk: NewWalk, cast: Cast, writing: Writing) -> None:
    with writing() as session:
        for number in range(MANY):
            add_loan(session, cast.li_na, ref=f"L-{2000 + number}")
    walk = new_walk()
    assert faults(Wire(walk.client), "/") == []


def test_where_nothing_is_left_of_a_month_the_way_to_help_is_light(new_walk: NewWalk) -> None:
    walk = new_walk()
    walk.start()
    walk.say_reason()
    walk.say_need({**MONTHLY, "monthly": "300"})
    walk.choose_first()
    assert walk.say_month({"people": "2", "wages": "1000", "housing": "2000"}).location == walk.url(
        "budget/help"
    )
    assert faults(Wire(walk.client), walk.url("budget/help")) == []


def test_the_page_before_an_offer_is_refused_is_light(
    new_walk: NewWalk, cast: Cast, writing: Writing
) -> None:
    walk = new_walk()
    with writing() as session:
        story = Story(session, cast.li_na, session.get_one(Loan, walk.loan.id))
        story.submit(reason=HardshipReason.ILLNESS)
        offered = session.get_one(Proposal, story.proposal.id)
        offered.status = ProposalStatus.COUNTERED.value
    assert faults(Wire(walk.client), f"/proposals/{offered.public_id}/offer/no") == []
