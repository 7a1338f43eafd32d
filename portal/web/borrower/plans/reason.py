"""What happened: a reason, kept only with its own consent."""

from flask import redirect, render_template
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField

from portal.domain.errors import DomainError
from portal.domain.policy import HardshipReason
from portal.i18n import current_locale
from portal.services.drafts import answer_reason
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.loading import STEPS, Page, load_journey, next_page
from portal.web.form_errors import put_on_form
from portal.web.labels import HARDSHIP_REASONS
from portal.web.people import BorrowerPerson


class ReasonForm(FlaskForm):
    """One question, one separate consent."""

    reason = RadioField(lazy_gettext("What happened?"), choices=[], validate_choice=False)
    consents = BooleanField()


@blueprint.route("/proposals/<proposal_id>/reason", methods=["GET", "POST"])
@borrower_page
def plan_reason(person: BorrowerPerson, proposal_id: str) -> Page:
    journey = load_journey(person, proposal_id)
    kept = journey.proposal.answers.get("reason", {}).get("reason")
    form = ReasonForm(reason=kept)
    form.reason.choices = [(reason.value, text) for reason, text in HARDSHIP_REASONS.items()]
    consent = writes.portal().texts.load("consents", current_locale(), writes.today())
    if form.is_submitted():
        try:
            with writes.attempt():
                answer_reason(
                    writes.database(),
                    person.actor,
                    proposal=journey.proposal,
                    reason=_reason(form.reason.data),
                    consents=bool(form.consents.data),
                    consent_version=consent.version,
                    now=writes.now(),
                )
            return redirect(next_page(journey.proposal), 303)
        except DomainError as error:
            put_on_form(form, error)
    body = render_template(
        "borrower/plans/reason.html", form=form, journey=journey, consent=consent, steps=STEPS, kept=kept
    )
    return body, 422 if form.errors else 200


def _reason(text: str | None) -> HardshipReason:
    try:
        return HardshipReason(text or "")
    except ValueError:
        raise DomainError("reason_missing", field="reason") from None
