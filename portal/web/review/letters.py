"""A letter drafted for whoever decides: in the borrower's language, from the reason chosen."""

from flask import request

from portal.domain.decisions import DecisionKind
from portal.models import Borrower, Proposal
from portal.services.letters import draft_letter
from portal.web import writes

DRAFT = "letter"
OTHER = "other"


def drafts_asked_for() -> bool:
    """The button that drafts the letter was pressed, not the one that sends."""
    return request.form.get("step") == DRAFT


def drafted(proposal: Proposal, kind: DecisionKind, reason_code: str) -> str:
    borrower = writes.database().get_one(Borrower, proposal.borrower_id)
    return draft_letter(
        writes.portal().texts,
        kind=kind,
        reason_code=reason_code,
        reference=proposal.reference,
        locale=borrower.locale,
        on=writes.today(),
    )


def letter_or_draft(typed: str | None, proposal: Proposal, kind: DecisionKind, reason_code: str) -> str:
    """What was written; where nothing was, the letter that the reason drafts. A reason of one's own has to be written."""
    text = typed or ""
    if text.strip() or reason_code == OTHER:
        return text
    return drafted(proposal, kind, reason_code)
