"""Somebody was first: who did what and when; what was typed is kept on the page."""

from collections.abc import Mapping

from flask import render_template
from flask_login import current_user

from portal.domain.errors import DomainError
from portal.messages import text_of
from portal.models import Proposal
from portal.queries.outcomes import find_outcome
from portal.queries.review_cases import find_waiting
from portal.web import writes
from portal.web.review import labels

Typed = Mapping[str, str]


def conflict_page(proposal: Proposal, error: DomainError, typed: Typed | None = None) -> tuple[str, int]:
    """``typed``: label to text, of what the person had written."""
    session = writes.database()
    body = render_template(
        "review/conflict.html",
        proposal=proposal,
        message=text_of(error),
        code=error.code,
        outcome=find_outcome(session, proposal.id),
        waiting=find_waiting(session, proposal.id),
        is_own_look=error.status != 403,
        typed={label: text for label, text in (typed or {}).items() if text},
        own_number=getattr(current_user, "number", None),
        now=writes.now(),
        labels=labels,
    )
    return body, error.status
