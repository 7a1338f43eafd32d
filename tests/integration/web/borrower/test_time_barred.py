"""A debt that may be too old: the neutral warning stands before everything that could give the defence up (rule L02)."""

from datetime import timedelta

import pytest

from portal.domain.proposals import ProposalStatus
from portal.models import Loan, Proposal
from tests.checked_client import CheckedClient
from tests.integration.web.conftest import BorrowerClient, Writing
from tests.people import NOW, Cast, add_loan
from tests.stories import Story

WARNING = "诉讼时效可能已经届满"


@pytest.fixture
def li_na(cast: Cast, borrower_client: BorrowerClient) -> CheckedClient:
    return borrower_client(cast.li_na)


def old_loan(writing: Writing, cast: Cast) -> Loan:
    with writing() as session:
        return add_loan(session, cast.li_na, ref="L-OLD", late_days=1500, paid=11, installments=12)


def is_warned(client: CheckedClient, path: str) -> bool:
    page = client.get(path).get_data(as_text=True)
    main = page.partition("<main")[2]
    return WARNING in main and ("<form" not in main or main.index(WARNING) < main.index("<form"))


@pytest.mark.parametrize(
    "path", ["plan", "pay", "talk", "dispute", "/complain", "/record/data"], ids=lambda path: path.strip("/")
)
def test_it_stands_before_each_form_about_an_old_debt_and_before_none_about_a_new_one(
    li_na: CheckedClient, writing: Writing, cast: Cast, path: str
) -> None:
    with writing() as session:
        new = add_loan(session, cast.li_na, late_days=42)
    own = path.startswith("/")
    assert not is_warned(li_na, path if own else f"/loans/{new.public_id}/{path}")
    old = old_loan(writing, cast)
    assert is_warned(li_na, path if own else f"/loans/{old.public_id}/{path}")


def test_it_stands_before_the_answer_to_a_question(
    li_na: CheckedClient, writing: Writing, cast: Cast
) -> None:
    old = old_loan(writing, cast)
    with writing() as session:
        story = Story(session, cast.li_na, old)
        assert story.submit() is ProposalStatus.IN_REVIEW
        asked = session.get_one(Proposal, story.proposal.id)
        asked.status, asked.closes_at = ProposalStatus.INFO_REQUESTED.value, NOW + timedelta(days=14)
    assert is_warned(li_na, f"/proposals/{asked.public_id}")
