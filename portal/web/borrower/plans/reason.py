"""What happened: a reason, kept only with its own consent."""

from flask import redirect, render_template
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice

from portal.domain.errors import DomainError
from portal.domain.journey import Question
from portal.domain.policy import HardshipReason
from portal.domain.texts import Text
from portal.i18n import current_locale
from portal.queries.consents import has_consented
from portal.services.drafts import answer_reason
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.leading_on import leads_on
from portal.web.borrower.plans.loading import STEPS, Page, load_journey, next_page
from portal.web.form_errors import put_on_form
from portal.web.journeys import Journey
from portal.web.labels import HARDSHIP_REASONS
from portal.web.people import BorrowerPerson

CONSENT = "hardship_reason"


class ReasonForm(FlaskForm):
    """One question, one separate consent."""

    reason = RadioField(lazy_gettext("What happened?"), choices=[], validate_choice=False)
    consents = BooleanField()


@blueprint.route("/proposals/<proposal_id>/reason", methods=["GET", "POST"])
@borrower_page
@leads_on
def plan_reason(person: BorrowerPerson, proposal_id: str) -> Page:
    journey = load_journey(person, proposal_id)
    form = ReasonForm(reason=journey.kept(Question.REASON).get("reason"))
    form.reason.choices = [SelectChoice(reason.value, text) for reason, text in HARDSHIP_REASONS.items()]
    consent = writes.portal().texts.load("consents", current_locale(), writes.today())
    agreed_before = _agreed_before(person, journey, consent)
    if form.is_submitted():
        try:
            with writes.attempt():
                answer_reason(
                    writes.database(),
                    person.actor,
                    proposal=journey.proposal,
                    reason=_reason(form.reason.data),
                    consents=bool(form.consents.data) or agreed_before,
                    consent_version=consent.version,
                    now=writes.now(),
                )
            return redirect(next_page(journey.proposal), 303)
        except DomainError as error:
            put_on_form(form, error)
    body = render_template(
        "borrower/plans/reason.html",
        form=form,
        journey=journey,
        consent=next(section for section in consent.sections if section.code == CONSENT),
        agreed_before=agreed_before,
        steps=STEPS,
    )
    return body, 422 if form.errors else 200


def _agreed_before(person: BorrowerPerson, journey: Journey, consent: Text) -> bool:
    """A reason is kept here already, with a consent to these very words: it is not asked for again."""
    kept = journey.kept(Question.REASON).get("reason", HardshipReason.NOT_SAID)
    return kept != HardshipReason.NOT_SAID and has_consented(
        writes.database(), person.id, kind=CONSENT, text_version=consent.version
    )


def _reason(text: str | None) -> HardshipReason:
    try:
        return HardshipReason(text or "")
    except ValueError:
        raise DomainError("hardship_missing", field="reason") from None
