"""The cost disclosure: in front of the borrower for the policy's seconds, as the server counts them (rule P06).

The page carries a signed token that says since when it is open. A pause is a form like any other: paused time does not count,
with scripts and without.
"""

from flask import redirect, render_template, request, url_for
from flask_wtf import FlaskForm

from portal.domain.errors import DomainError
from portal.domain.reading import Reading
from portal.models import ProposalVersion
from portal.services import signing
from portal.web import writes
from portal.web.access import borrower_look
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.leading_on import leads_on
from portal.web.borrower.plans.loading import Page, frozen_version, load_signing
from portal.web.borrower.plans.reading import shown_content
from portal.web.borrower.plans.reading_token import reading_in, token_of
from portal.web.form_errors import put_on_form
from portal.web.journeys import Journey
from portal.web.people import BorrowerPerson


@blueprint.route("/proposals/<proposal_id>/disclosure", methods=["GET", "POST"])
@borrower_look
@leads_on
def plan_disclosure(person: BorrowerPerson, proposal_id: str) -> Page:
    journey = load_signing(person, proposal_id)
    version, form = frozen_version(journey), FlaskForm()
    if not form.is_submitted():
        signing.show_disclosure(
            writes.database(), person.actor, proposal=journey.proposal, version=version, now=writes.now()
        )
        return _page(journey, version, form, Reading(since=writes.now()))
    reading = reading_in(request.form.get("reading", ""), version.content_hash)
    if reading is None:
        return redirect(url_for("borrower.plan_disclosure", proposal_id=proposal_id), 303)
    match request.form.get("act"):
        case "pause":
            return _page(journey, version, form, reading.paused(writes.now()))
        case "resume":
            return _page(journey, version, form, reading.resumed(writes.now()))
    try:
        _confirm(person, journey, version, reading)
    except DomainError as error:
        put_on_form(form, error)
        return _page(journey, version, form, reading.resumed(writes.now())), 422
    return redirect(url_for("borrower.plan_terms", proposal_id=proposal_id), 303)


def _confirm(person: BorrowerPerson, journey: Journey, version: ProposalVersion, reading: Reading) -> None:
    with writes.attempt():
        signing.confirm_disclosure(
            writes.database(),
            person.actor,
            proposal=journey.proposal,
            version=version,
            reading=reading,
            reading_seconds=journey.situation.policy.reading_seconds,
            now=writes.now(),
        )


def _page(journey: Journey, version: ProposalVersion, form: FlaskForm, reading: Reading) -> str:
    seconds = journey.situation.policy.reading_seconds
    is_read = version.disclosure_read_at is not None
    return render_template(
        "borrower/plans/disclosure.html",
        form=form,
        seconds=seconds,
        remaining=0 if is_read else reading.left(seconds, writes.now()),
        is_paused=reading.is_paused,
        reading_token=token_of(reading, version.content_hash),
        **shown_content(journey, version, "disclosure"),
    )
