"""A draft on its way, as the pages of planning see it: the borrower's own and the agent's in a support call."""

from dataclasses import dataclass
from typing import Any

from portal.domain.journey import Question
from portal.domain.proposals import ProposalStatus
from portal.models import Loan, Proposal, ProposalVersion
from portal.queries.situations import Situation


@dataclass(frozen=True, slots=True)
class Journey:
    """A draft (or a proposal to be signed again) on its way."""

    proposal: Proposal
    loan: Loan
    situation: Situation
    newest: ProposalVersion | None = None
    """The borrower's own version frozen last, where it was read along."""

    @property
    def id(self) -> str:
        return self.proposal.public_id

    @property
    def is_counter(self) -> bool:
        """Whether it is the lender's offer that is read and signed."""
        return self.proposal.status == ProposalStatus.COUNTERED

    def kept(self, question: Question) -> dict[str, Any]:
        """The answer that is kept, empty where there is none yet."""
        answer: dict[str, Any] = self.proposal.answers.get(question.value, {})
        return answer
