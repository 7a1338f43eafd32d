"""Reading and signing: the cost disclosure, the key terms with the whole text, the code."""

from datetime import datetime

from flask import Response as FileResponse
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField

from portal.domain.agreements import AgreementContent
from portal.domain.errors import Conflict, DomainError, NotFound
from portal.domain.masking import mask_mobile
from portal.domain.one_time_codes import CodePurpose
from portal.i18n import InstantFormats
from portal.models import ProposalVersion
from portal.queries.plans import plan_of
from portal.queries.proposals import document_body, get_newest_version, get_proposal_of
from portal.services import signing
from portal.services.one_time_codes import CodeOrder, CodeVerdict, check_code, send_code
from portal.web import sessions, writes
from portal.web.access import borrower_look, borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.loading import STEPS, Journey, Page, load_journey
from portal.web.doors import code_door
from portal.web.downloads import pdf_response
from portal.web.form_errors import put_on_form
from portal.web.people import BorrowerPerson


class ConfirmForm(FlaskForm):
    """A button and its token."""


class CodeForm(FlaskForm):
    """The signing code."""

    code = StringField(lazy_gettext("Signing code"))


def _version(journey: Journey) -> ProposalVersion:
    return get_newest_version(writes.database(), journey.proposal.id)


@blueprint.route("/proposals/<proposal_id>/disclosure", methods=["GET", "POST"])
@borrower_page
def plan_disclosure(person: BorrowerPerson, proposal_id: str) -> Page:
    journey = load_journey(person, proposal_id)
    version = _version(journey)
    form = ConfirmForm()
    if form.is_submitted():
        try:
            with writes.attempt():
                signing.confirm_disclosure(
                    writes.database(),
                    person.actor,
                    proposal=journey.proposal,
                    version=version,
                    reading_seconds=journey.situation.policy.reading_seconds,
                    now=writes.now(),
                )
            return redirect(url_for("borrower.plan_terms", proposal_id=proposal_id), 303)
        except DomainError as error:
            put_on_form(form, error)
    content = AgreementContent.from_data(version.content)
    body = render_template(
        "borrower/plans/disclosure.html",
        form=form,
        journey=journey,
        content=content,
        version=version,
        steps=STEPS,
        seconds=journey.situation.policy.reading_seconds,
    )
    return body, 422 if form.errors else 200


@blueprint.route("/proposals/<proposal_id>/terms", methods=["GET", "POST"])
@borrower_look
def plan_terms(person: BorrowerPerson, proposal_id: str) -> Page:
    journey = load_journey(person, proposal_id)
    version = _version(journey)
    if version.disclosure_read_at is None:
        return redirect(url_for("borrower.plan_disclosure", proposal_id=proposal_id), 303)
    form = ConfirmForm()
    signing.show_text(writes.database(), person.actor, proposal=journey.proposal, version=version, now=writes.now())
    if form.is_submitted():
        signing.acknowledge_terms(
            writes.database(),
            person.actor,
            proposal=journey.proposal,
            version=version,
            ticked=request.form.getlist("terms"),
            now=writes.now(),
        )
        try:
            with writes.attempt():
                signing.refuse_unready(journey.proposal, version, journey.situation)
                _send_code(person, journey, version)
            return redirect(url_for("borrower.plan_sign", proposal_id=proposal_id), 303)
        except Conflict as error:
            if error.code != "preview_not_ready":
                raise
            put_on_form(form, DomainError(error.code))
        except DomainError as error:
            put_on_form(form, error)
    body = render_template(
        "borrower/plans/terms.html",
        form=form,
        journey=journey,
        content=AgreementContent.from_data(version.content),
        version=version,
        steps=STEPS,
    )
    return body, 422 if form.errors else 200


@blueprint.route("/proposals/<proposal_id>/sign", methods=["GET", "POST"])
@borrower_page
def plan_sign(person: BorrowerPerson, proposal_id: str) -> Page:
    journey = load_journey(person, proposal_id)
    version = _version(journey)
    form = CodeForm()
    if form.is_submitted():
        with writes.attempt():
            signing.refuse_unready(journey.proposal, version, journey.situation)
        verdict = check_code(
            writes.database(),
            person.actor,
            purpose=CodePurpose.SIGNING,
            target=version.content_hash,
            typed=form.code.data or "",
            door=code_door(),
            now=writes.now(),
        )
        if verdict.code_id is not None:
            _submit(person, journey, version, verdict.code_id)
            return redirect(url_for("borrower.proposal", proposal_id=proposal_id), 303)
        _put_verdict(form, verdict)
    body = render_template(
        "borrower/plans/sign.html",
        form=form,
        journey=journey,
        content=AgreementContent.from_data(version.content),
        version=version,
        mobile=mask_mobile(person.mobile),
        steps=STEPS,
    )
    return body, 422 if form.errors else 200


@blueprint.post("/proposals/<proposal_id>/sign/code")
@borrower_page
def plan_sign_code(person: BorrowerPerson, proposal_id: str) -> Page:
    """Another code."""
    journey = load_journey(person, proposal_id)
    version = _version(journey)
    with writes.attempt():
        signing.refuse_unready(journey.proposal, version, journey.situation)
    _send_code(person, journey, version)
    return redirect(url_for("borrower.plan_sign", proposal_id=proposal_id), 303)


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
    signing.record_preview_download(session, person.actor, proposal=proposal, version=version, now=writes.now())
    return pdf_response(body, f"{proposal.reference}-preview.pdf")


def _send_code(person: BorrowerPerson, journey: Journey, version: ProposalVersion) -> None:
    plan = plan_of(version)
    sending = send_code(
        writes.database(),
        person.actor,
        order=CodeOrder(
            purpose=CodePurpose.SIGNING,
            target=version.content_hash,
            mobile=person.mobile,
            locale=person.locale,
            values={
                "document": journey.proposal.reference,
                "amount_minor": plan.cost.total_paid,
                "currency": plan.currency,
            },
            borrower_id=person.id,
            loan_id=journey.loan.id,
            proposal_id=journey.proposal.id,
        ),
        door=code_door(),
        now=writes.now(),
    )
    if sending.code_id is None:
        flash(
            gettext(
                "A code was sent a moment ago. You can ask for another from %(moment)s.",
                moment=_clock_time(sending.again_at),
            ),
            "warning",
        )


def _put_verdict(form: CodeForm, verdict: CodeVerdict) -> None:
    if verdict.error is not None:
        put_on_form(form, verdict.error)
    elif verdict.again_at is not None:
        form.form_errors.append(
            gettext(
                "Too many tries. Please try again from %(moment)s.",
                moment=_clock_time(verdict.again_at),
            )
        )


def _submit(person: BorrowerPerson, journey: Journey, version: ProposalVersion, code_id: int) -> None:
    kept = sessions.current()
    with writes.attempt():
        signing.submit_proposal(
            writes.database(),
            person.actor,
            proposal=journey.proposal,
            version=version,
            situation=journey.situation,
            code_id=code_id,
            evidence={
                "channel": "web",
                "session": kept.key[:16],
                "signed_in_at": kept.row.created_at.isoformat() if kept.row else None,
            },
            now=writes.business_now(),
        )


def _clock_time(instant: datetime) -> str:
    return InstantFormats(writes.clock().zone).time(instant)
