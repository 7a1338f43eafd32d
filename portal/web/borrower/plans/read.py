"""Reading before signing: the cost disclosure, then the key terms with the whole text."""

from flask import Response as FileResponse
from flask import redirect, render_template, request, url_for
from flask_wtf import FlaskForm

from portal.domain.agreements import AgreementContent
from portal.domain.errors import Conflict, DomainError, NotFound
from portal.i18n import current_locale
from portal.models import ProposalVersion
from portal.queries.plans import plan_of
from portal.queries.proposals import document_body, get_newest_version, get_proposal_of
from portal.services import signing
from portal.web import writes
from portal.web.access import borrower_look
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.leading_on import leads_on
from portal.web.borrower.plans.loading import STEPS, Journey, Page, frozen_version, load_journey
from portal.web.borrower.plans.sending import send_signing_code
from portal.web.downloads import pdf_response
from portal.web.form_errors import put_on_form
from portal.web.people import BorrowerPerson


@blueprint.route("/proposals/<proposal_id>/disclosure", methods=["GET", "POST"])
@borrower_look
@leads_on
def plan_disclosure(person: BorrowerPerson, proposal_id: str) -> Page:
    journey = load_journey(person, proposal_id)
    version, form = frozen_version(journey), FlaskForm()
    seconds = journey.situation.policy.reading_seconds
    acts = {"proposal": journey.proposal, "version": version, "now": writes.now()}
    if form.is_submitted():
        try:
            with writes.attempt():
                signing.confirm_disclosure(writes.database(), person.actor, reading_seconds=seconds, **acts)
            return redirect(url_for("borrower.plan_terms", proposal_id=proposal_id), 303)
        except DomainError as error:
            put_on_form(form, error)
    else:
        signing.show_disclosure(writes.database(), person.actor, **acts)
    body = render_template(
        "borrower/plans/disclosure.html",
        form=form,
        seconds=seconds,
        remaining=signing.reading_left(version, reading_seconds=seconds, now=writes.now()),
        **_shown(journey, version, "disclosure"),
    )
    return body, 422 if form.errors else 200


@blueprint.route("/proposals/<proposal_id>/terms", methods=["GET", "POST"])
@borrower_look
@leads_on
def plan_terms(person: BorrowerPerson, proposal_id: str) -> Page:
    journey = load_journey(person, proposal_id)
    version, form = frozen_version(journey), FlaskForm()
    if version.disclosure_read_at is None:
        return redirect(url_for("borrower.plan_disclosure", proposal_id=proposal_id), 303)
    acts = {"proposal": journey.proposal, "version": version, "now": writes.now()}
    signing.show_text(writes.database(), person.actor, **acts)
    if form.is_submitted():
        signing.acknowledge_terms(
            writes.database(), person.actor, ticked=request.form.getlist("terms"), **acts
        )
        try:
            with writes.attempt():
                signing.refuse_unready(journey.proposal, version, journey.situation)
            send_signing_code(person, journey, version)
            return redirect(url_for("borrower.plan_sign", proposal_id=proposal_id), 303)
        except DomainError as error:
            _put_unready(form, error)
    body = render_template(
        "borrower/plans/terms.html",
        form=form,
        plan=plan_of(version),
        **_shown(journey, version, "key_terms"),
    )
    return body, 422 if form.errors else 200


@blueprint.get("/proposals/<proposal_id>/preview.pdf")
@borrower_look
def plan_preview(person: BorrowerPerson, proposal_id: str) -> FileResponse:
    """The document as it will be signed, marked as not signed yet."""
    session = writes.database()
    proposal = get_proposal_of(session, person.id, proposal_id)
    version = get_newest_version(session, proposal.id)
    if version.preview_document_id is None:
        raise NotFound("preview_not_ready")
    body = document_body(session, version.preview_document_id)
    signing.record_preview_download(
        session, person.actor, proposal=proposal, version=version, now=writes.now()
    )
    return pdf_response(body, f"{proposal.reference}-preview.pdf")


def _shown(journey: Journey, version: ProposalVersion, text: str) -> dict[str, object]:
    """What both pages of reading show, all of it in the language that the version was frozen in."""
    words = writes.portal().texts.load(text, version.locale, version.priced_on)
    return {
        "journey": journey,
        "version": version,
        "content": AgreementContent.from_data(version.content),
        "words": words,
        "text_lang": version.locale.replace("_", "-"),
        "is_other_language": version.locale != current_locale(),
        "steps": STEPS,
    }


def _put_unready(form: FlaskForm, error: DomainError) -> None:
    """A document that is still being made is no conflict here: the page says so, and the ticks stay."""
    is_waiting = isinstance(error, Conflict) and error.code == "preview_not_ready"
    put_on_form(form, DomainError(error.code) if is_waiting else error)
