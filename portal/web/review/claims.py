"""Take a case, keep it while the page is open, give it back."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from portal.domain.errors import DomainError
from portal.domain.permissions import Permission
from portal.domain.reasons import TakeOverReason
from portal.models import Proposal
from portal.queries.review_cases import get_submitted_proposal
from portal.services.claims import (
    claim_case,
    record_claim_refusal,
    release_claim,
    renew_claim,
    take_over_case,
)
from portal.web import sessions, writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.conflicts import conflict_page


@blueprint.post("/cases/<public_id>/claim")
@staff_page(Permission.CASE_CLAIM)
def claim(person: StaffPerson, public_id: str) -> Response | tuple[str, int]:
    session = writes.database()
    proposal = get_submitted_proposal(session, public_id)
    try:
        with writes.attempt():
            claim_case(session, person.actor, proposal=proposal, now=writes.now())
    except DomainError as error:
        record_claim_refusal(session, person.actor, proposal=proposal, error=error, now=writes.now())
        return conflict_page(proposal, error)
    return _to_case(proposal)


@blueprint.post("/cases/<public_id>/take-over")
@staff_page(Permission.CASE_CLAIM)
def take_over(person: StaffPerson, public_id: str) -> Response | tuple[str, int]:
    """From the colleague who holds it, with a reason."""
    session = writes.database()
    proposal = get_submitted_proposal(session, public_id)
    try:
        with writes.attempt():
            take_over_case(session, person.actor, proposal=proposal, reason=_reason(), now=writes.now())
    except DomainError as error:
        record_claim_refusal(session, person.actor, proposal=proposal, error=error, now=writes.now())
        return conflict_page(proposal, error)
    return _to_case(proposal)


@blueprint.post("/cases/<public_id>/release")
@staff_page(Permission.CASE_CLAIM)
def release(person: StaffPerson, public_id: str) -> Response:
    proposal = get_submitted_proposal(writes.database(), public_id)
    release_claim(writes.database(), person.actor, proposal=proposal, now=writes.now())
    return _to_case(proposal)


@blueprint.post("/cases/<public_id>/heartbeat")
@staff_page(Permission.CASE_CLAIM)
def heartbeat(person: StaffPerson, public_id: str) -> tuple[dict[str, str], int]:
    """Asked by the open page every few minutes: 200 while the claim lives, 409 once it is gone."""
    sessions.mark_background()
    proposal = get_submitted_proposal(writes.database(), public_id)
    until = renew_claim(writes.database(), person.actor, proposal=proposal, now=writes.now())
    return ({"until": until.isoformat()}, 200) if until else ({"code": "claim_needed"}, 409)


def _reason() -> TakeOverReason:
    try:
        return TakeOverReason(request.form.get("reason", ""))
    except ValueError:
        raise DomainError("reason_missing", field="reason") from None


def _to_case(proposal: Proposal) -> Response:
    return redirect(url_for("review.case", public_id=proposal.public_id), 303)
