"""The key terms, each ticked by itself, with the whole text; the document as it will be signed (rules S01, S03)."""

from flask import Response as FileResponse
from flask import redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from wtforms import SelectMultipleField

from portal.domain.errors import Conflict, DomainError, NotFound
from portal.models import ProposalVersion
from portal.queries.plans import plan_of
from portal.queries.proposals import (
    document_body,
    explained_terms,
    find_open_counter,
    get_newest_version,
    get_proposal_of,
)
from portal.services import signing
from portal.services.cooling import refuse_within_cooling
from portal.web import writes
from portal.web.access import borrower_look, borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.leading_on import leads_on
from portal.web.borrower.plans.loading import Page, frozen_version, load_signing
from portal.web.borrower.plans.reading import shown_content
from portal.web.borrower.plans.sending import send_signing_code
from portal.web.downloads import pdf_response
from portal.web.form_errors import put_on_form
from portal.web.journeys import Journey
from portal.web.people import BorrowerPerson


class TermsForm(FlaskForm):
    """``terms``: the ticks. They are read as they came; the field is where it is said which are missing."""

    terms = SelectMultipleField(choices=[], validate_choice=False)


@blueprint.route("/proposals/<proposal_id>/terms", methods=["GET", "POST"])
@borrower_look
@leads_on
def plan_terms(person: BorrowerPerson, proposal_id: str) -> Page:
    journey = load_signing(person, proposal_id)
    version, form = frozen_version(journey), TermsForm()
    if version.disclosure_read_at is None:
        raise Conflict("disclosure_not_read")
    signing.show_text(
        writes.database(), person.actor, proposal=journey.proposal, version=version, now=writes.now()
    )
    if not form.is_submitted():
        return _page(journey, version, form)
    _keep_ticks(person, journey, version)
    try:
        signing.refuse_unready(journey.proposal, version, journey.situation)
        refuse_within_cooling(writes.database(), journey.proposal, now=writes.now())
    except DomainError as error:
        _put_unready(form, error)
        return _page(journey, version, form), 422
    send_signing_code(person, journey, version)
    return redirect(url_for("borrower.plan_sign", proposal_id=proposal_id), 303)


@blueprint.post("/proposals/<proposal_id>/terms/explain")
@borrower_page
@leads_on
def plan_explain(person: BorrowerPerson, proposal_id: str) -> Page:
    """What a key term means (rule S03). The ticks that were set so far come along and are kept."""
    journey = load_signing(person, proposal_id)
    version, term = frozen_version(journey), request.form.get("explain", "")
    signing.explain_term(
        writes.database(),
        person.actor,
        proposal=journey.proposal,
        version=version,
        term=term,
        now=writes.now(),
    )
    _keep_ticks(person, journey, version)
    address = url_for("borrower.plan_terms", proposal_id=proposal_id, _anchor=f"term-{term}")
    return redirect(address, 303)


@blueprint.get("/proposals/<proposal_id>/preview.pdf")
@borrower_look
def plan_preview(person: BorrowerPerson, proposal_id: str) -> FileResponse:
    """The document as it will be signed, marked as not signed yet."""
    session = writes.database()
    proposal = get_proposal_of(session, person.id, proposal_id)
    version = find_open_counter(session, proposal) or get_newest_version(session, proposal.id)
    if version.preview_document_id is None:
        raise NotFound("preview_not_ready")
    body = document_body(session, version.preview_document_id)
    signing.record_preview_download(
        session, person.actor, proposal=proposal, version=version, now=writes.now()
    )
    return pdf_response(body, f"{proposal.reference}-preview.pdf")


def _keep_ticks(person: BorrowerPerson, journey: Journey, version: ProposalVersion) -> None:
    signing.acknowledge_terms(
        writes.database(),
        person.actor,
        proposal=journey.proposal,
        version=version,
        ticked=request.form.getlist("terms"),
        now=writes.now(),
    )


def _put_unready(form: TermsForm, error: DomainError) -> None:
    """A document that is still being made is no conflict here: the page says so, and the ticks stay."""
    match error.code:
        case "preview_not_ready":
            put_on_form(form, DomainError(error.code))
        case "terms_not_acknowledged":
            put_on_form(form, DomainError(error.code, field="terms", left=error.details["left"]))
        case _:
            put_on_form(form, error)


def _page(journey: Journey, version: ProposalVersion, form: TermsForm) -> str:
    shown = shown_content(journey, version, "key_terms")
    missing = [
        term.code for term in shown["content"].key_terms if term.code not in version.terms_acknowledged
    ]
    if missing:
        # The summary of what is wrong leads to the first of them.
        form.terms.id = f"tick-{missing[0]}"
    return render_template(
        "borrower/plans/terms.html",
        form=form,
        plan=plan_of(version),
        explained=explained_terms(writes.database(), version),
        **shown,
    )
