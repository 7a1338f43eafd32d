"""What approving and declining share: the page seen, the claim needed, and what is said to whoever came too late."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField

from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.proposals import Act
from portal.models import Proposal
from portal.queries.review_cases import get_submitted_proposal
from portal.services.claims import refuse_without_claim, renew_claim
from portal.services.deciding import Seen, record_decision_refusal, refuse_decided
from portal.services.looks import look_at_case
from portal.web import writes
from portal.web.form_errors import put_on_form
from portal.web.people import StaffPerson
from portal.web.review.case_page import CasePage, case_labels, load_case_page
from portal.web.review.conflicts import Typed, conflict_page

Page = str | Response | tuple[str, int]


class DecisionForm(FlaskForm):
    """What the page showed when it was drawn: the decision is about that."""

    row_version = HiddenField()
    content_hash = HiddenField()


def open_decision(person: StaffPerson, public_id: str) -> Proposal:
    """The proposal that is about to be decided, with the look recorded and the claim renewed.

    Raises ``Conflict`` as the decision itself would: ``already_decided``, ``not_waiting``, ``claim_needed``, ``claimed_by_other``.
    """
    session, now = writes.database(), writes.now()
    proposal = get_submitted_proposal(session, public_id)
    look_at_case(session, person.actor, proposal=proposal, reason="decision_page", now=now)
    refuse_decided(session, proposal)
    refuse_without_claim(session, person.actor, proposal_id=proposal.id, now=now)
    renew_claim(session, person.actor, proposal=proposal, now=now)
    return proposal


def show_decision(
    person: StaffPerson,
    public_id: str,
    form: DecisionForm,
    template: str,
    *,
    typed: Typed | None = None,
    **values: Any,
) -> tuple[str, int]:
    """The page to decide on, or again with what is missing: each time a look that is recorded, and only for who holds the case."""
    try:
        proposal = open_decision(person, public_id)
    except Conflict as error:
        return conflict_page(get_submitted_proposal(writes.database(), public_id), error, typed)
    page = load_case_page(person, proposal)
    if not form.is_submitted():
        _fill_in(form, page)
    body = render_template(template, page=page, form=form, **case_labels(), **values)
    return body, 422 if form.errors else 200


def seen_on(form: DecisionForm, proposal: Proposal) -> Seen:
    version = form.row_version.data or ""
    return Seen(
        proposal_id=proposal.id,
        row_version=int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0,
        content_hash=form.content_hash.data or "",
    )


def refuse_page(
    person: StaffPerson, proposal: Proposal, act: Act, error: DomainError, form: DecisionForm, typed: Typed
) -> tuple[str, int] | None:
    """The answer to a refused decision, which is on the record; None where the form itself can say what is missing."""
    record_decision_refusal(
        writes.database(), person.actor, proposal=proposal, act=act, error=error, now=writes.now()
    )
    if isinstance(error, Conflict | AccessRefused):
        return conflict_page(proposal, error, typed)
    put_on_form(form, error)
    return None


def done(proposal: Proposal, text: Any) -> Response:
    flash(str(text), "success")
    return redirect(url_for("review.case", public_id=proposal.public_id), 303)


def _fill_in(form: DecisionForm, page: CasePage) -> None:
    form.row_version.data = str(page.case.proposal.row_version)
    form.content_hash.data = page.case.version.content_hash
