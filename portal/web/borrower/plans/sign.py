"""Signing: the code, and with it the offer of exact terms."""

from flask import redirect, render_template, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField

from portal.domain.errors import DomainError
from portal.domain.masking import mask_mobile
from portal.domain.one_time_codes import CodePurpose
from portal.models import ProposalVersion
from portal.queries.plans import plan_of
from portal.services import signing
from portal.services.cooling import refuse_within_cooling
from portal.services.drafts import refuse_not_signable
from portal.services.one_time_codes import CodeVerdict, check_code
from portal.web import sessions, writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.intent import intent_of
from portal.web.borrower.plans.leading_on import leads_on
from portal.web.borrower.plans.loading import STEPS, Page, frozen_version, load_signing
from portal.web.borrower.plans.sending import clock_time, send_signing_code
from portal.web.doors import code_door, code_minutes
from portal.web.form_errors import put_on_form
from portal.web.journeys import Journey
from portal.web.people import BorrowerPerson
from portal.web.plan_names import name_of


class CodeForm(FlaskForm):
    """The signing code; and, where the debt may be too old, that the warning was read (rule L02)."""

    code = StringField(lazy_gettext("Signing code"))
    knows_limitation = BooleanField(
        lazy_gettext("I have read that the limitation period may be over, and I want to sign all the same.")
    )


@blueprint.route("/proposals/<proposal_id>/sign", methods=["GET", "POST"])
@borrower_page
@leads_on
def plan_sign(person: BorrowerPerson, proposal_id: str) -> Page:
    journey = load_signing(person, proposal_id)
    version, form = frozen_version(journey), CodeForm()
    signing.refuse_unready(journey.proposal, version, journey.situation)
    refuse_within_cooling(writes.database(), journey.proposal, now=writes.now())
    if form.is_submitted() and _is_signed(person, journey, version, form):
        return redirect(url_for("borrower.proposal", proposal_id=proposal_id), 303)
    plan = plan_of(version)
    body = render_template(
        "borrower/plans/sign.html",
        form=form,
        journey=journey,
        plan=plan,
        name=name_of(plan),
        short_hash=f"{version.content_hash[:8]} {version.content_hash[8:16]}",
        mobile=mask_mobile(person.mobile),
        intent=intent_of(journey.proposal, version, is_counter=journey.is_counter),
        code_minutes=code_minutes(),
        steps=STEPS,
    )
    return body, 422 if form.errors else 200


@blueprint.post("/proposals/<proposal_id>/sign/code")
@borrower_page
@leads_on
def plan_sign_code(person: BorrowerPerson, proposal_id: str) -> Page:
    """Another code."""
    journey = load_signing(person, proposal_id)
    version = frozen_version(journey)
    signing.refuse_unready(journey.proposal, version, journey.situation)
    refuse_within_cooling(writes.database(), journey.proposal, now=writes.now())
    send_signing_code(person, journey, version)
    return redirect(url_for("borrower.plan_sign", proposal_id=proposal_id), 303)


def _is_signed(person: BorrowerPerson, journey: Journey, version: ProposalVersion, form: CodeForm) -> bool:
    if journey.situation.is_time_barred and not form.knows_limitation.data:
        put_on_form(form, DomainError("limitation_not_confirmed", field="knows_limitation", rule="L02"))
        return False
    verdict = check_code(
        writes.database(),
        person.actor,
        purpose=CodePurpose.SIGNING,
        target=version.content_hash,
        typed=form.code.data or "",
        door=code_door(),
        now=writes.now(),
    )
    if verdict.code_id is None:
        _refuse_second_tap(journey, version)
        _put_verdict(form, verdict)
        return False
    _submit(person, journey, version, verdict.code_id)
    return True


def _refuse_second_tap(journey: Journey, version: ProposalVersion) -> None:
    """The tap before may have signed it while this one waited: raises ``Conflict("not_editable")``."""
    writes.database().refresh(journey.proposal)
    refuse_not_signable(journey.proposal, version)


def _put_verdict(form: CodeForm, verdict: CodeVerdict) -> None:
    if verdict.error is not None:
        put_on_form(form, verdict.error)
    elif verdict.again_at is not None:
        form.form_errors.append(
            gettext(
                "Too many tries. Please try again from %(moment)s.",
                moment=clock_time(verdict.again_at),
            )
        )


def _submit(person: BorrowerPerson, journey: Journey, version: ProposalVersion, code_id: int) -> None:
    kept = sessions.current()
    signing.submit_proposal(
        writes.database(),
        person.actor,
        proposal=journey.proposal,
        version=version,
        situation=journey.situation,
        code_id=code_id,
        evidence={
            "channel": "web",
            "intent": intent_of(journey.proposal, version, is_counter=journey.is_counter).text_version,
            "session": kept.key[:16],
            "signed_in_at": kept.row.created_at.isoformat() if kept.row else None,
            "limitation_warning_confirmed": journey.situation.is_time_barred,
        },
        now=writes.business_now(),
    )
