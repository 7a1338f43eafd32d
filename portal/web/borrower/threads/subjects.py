"""What a thread is about, as its page needs it: the proposal or case, loaded through its owner, and the ways back."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from portal.domain.errors import NotFound
from portal.domain.proposals import ProposalStatus
from portal.domain.threads import is_writable
from portal.models import Loan, Proposal
from portal.queries.cases import get_case_of
from portal.queries.loans import loans_of
from portal.queries.proposals import get_proposal_of
from portal.queries.situations import is_time_barred
from portal.queries.threads import Subject
from portal.web import writes
from portal.web.people import BorrowerPerson

PROPOSAL, CASE = "proposal", "case"


@dataclass(frozen=True, slots=True)
class Address:
    """A thread by the kind and the public id of what it is about."""

    kind: str
    id: str

    def url(self, **more: object) -> str:
        return url_for(f"borrower.{self.kind}_thread", **{f"{self.kind}_id": self.id}, **more)  # type: ignore[arg-type]

    @property
    def back_url(self) -> str:
        return url_for(f"borrower.{self.kind}", **{f"{self.kind}_id": self.id})  # type: ignore[arg-type]


def get_subject(person: BorrowerPerson, address: Address) -> Subject:
    """Raises ``NotFound`` for a stranger's, for nobody's, and for a draft, about which there is nobody to write to."""
    session = writes.database()
    if address.kind == CASE:
        return get_case_of(session, person.id, address.id)
    found = get_proposal_of(session, person.id, address.id)
    if not is_writable(ProposalStatus(found.status)):
        raise NotFound("not_found")
    return found


def may_be_barred(about: Subject) -> bool:
    """Of the loan that it is about; of any, where it is about none."""
    session = writes.database()
    loans: Sequence[Loan] = (
        [session.get_one(Loan, about.loan_id)]
        if about.loan_id is not None
        else loans_of(session, about.borrower_id)
    )
    return is_time_barred(session, loans, on=writes.today(), zone=writes.clock().zone)


def address_of(about: Subject) -> Address:
    return Address(PROPOSAL if isinstance(about, Proposal) else CASE, about.public_id)
