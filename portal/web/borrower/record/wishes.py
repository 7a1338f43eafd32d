"""When and how I want to be contacted."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField, SelectMultipleField

from portal.domain.contact_wishes import USUAL_HOURS, ContactWishes, check_wishes
from portal.domain.errors import DomainError
from portal.domain.texts import Text
from portal.i18n import current_locale
from portal.queries.wishes import wishes_of
from portal.services.contact_wishes import CONSENT, set_wishes
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.form_errors import put_on_form
from portal.web.labels import CHANNELS
from portal.web.people import BorrowerPerson

Page = str | tuple[str, int] | Response
_HOURS = [(str(hour), f"{hour}:00") for hour in range(25)]


class WishesForm(FlaskForm):
    """Two hours, ways to be reached, and the consent that only other hours than the usual need."""

    first = SelectField(lazy_gettext("From"), choices=_HOURS[:-1], validate_choice=False)
    last = SelectField(lazy_gettext("Until"), choices=_HOURS[1:], validate_choice=False)
    channels = SelectMultipleField(
        lazy_gettext("How may we reach you?"), choices=list(CHANNELS.items()), validate_choice=False
    )
    consents = BooleanField()


@blueprint.route("/record/contact", methods=["GET", "POST"])
@borrower_page
def record_wishes(person: BorrowerPerson) -> Page:
    consent = writes.portal().texts.load("consents", current_locale(), writes.today())
    standing = wishes_of(writes.database(), person.id)
    form = WishesForm(
        first=str(standing.hours.first), last=str(standing.hours.last), channels=sorted(standing.channels)
    )
    if form.is_submitted():
        try:
            with writes.attempt():
                _keep(person, form, consent)
            flash(gettext("Kept. It holds from now on."), "success")
            return redirect(url_for("borrower.record_wishes"), 303)
        except DomainError as error:
            put_on_form(form, error)
    body = render_template(
        "borrower/record/wishes.html",
        form=form,
        consent=next(section for section in consent.sections if section.code == CONSENT),
        needs_consent=standing.hours.needs_consent,
        usual=USUAL_HOURS,
        mail_url=url_for("borrower.record_email") if writes.portal().config.sends_mail else None,
    )
    return body, 422 if form.errors else 200


def _keep(person: BorrowerPerson, form: WishesForm, consent: Text) -> None:
    wishes: ContactWishes = check_wishes(
        _hour(form.first.data),
        _hour(form.last.data),
        form.channels.data or (),
        consents=bool(form.consents.data),
    )
    set_wishes(
        writes.database(), person.actor, wishes=wishes, consent_version=consent.version, now=writes.now()
    )


def _hour(text: str | None) -> int | None:
    return int(text) if text in dict(_HOURS) else None
