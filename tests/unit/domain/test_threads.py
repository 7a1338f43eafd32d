"""Who may write what."""

import pytest

from portal.domain.proposals import ProposalStatus
from portal.domain.threads import KINDS_OF, Author, MessageKind, is_writable


def test_nobody_asks_for_time_in_a_borrower_s_name() -> None:
    assert MessageKind.REQUEST_FOR_TIME not in KINDS_OF[Author.STAFF]
    assert MessageKind.QUESTION not in KINDS_OF[Author.BORROWER]


@pytest.mark.parametrize("status", ProposalStatus)
def test_everything_but_a_draft_may_be_asked_about(status: ProposalStatus) -> None:
    assert is_writable(status) is (status not in {ProposalStatus.DRAFT, ProposalStatus.DISCARDED})
