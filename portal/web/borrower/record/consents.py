"""What I agreed to: each as it stands, each withdrawn with one tap, the history kept."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from portal.domain.errors import DomainError
from portal.domain.texts import TextSection
from portal.i18n import LOCALES, current_locale
from portal.models import Consent
from portal.queries.consents import consents_of
from portal.services.consents import withdraw_consent
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.labels import CONSENT_ENDS, CONSENT_TITLES
from portal.web.people import BorrowerPerson

_NOTICE = "privacy_notice"


@blueprint.get("/record/consents")
@borrower_page
def record_consents(person: BorrowerPerson) -> str:
    consents = consents_of(writes.database(), person.id)
    standing = [consent for consent in consents if consent.withdrawn_at is None]
    texts = writes.portal().texts
    return render_template(
        "borrower/record/consents.html",
        standing=[consent for consent in standing if consent.kind != _NOTICE],
        notice=texts.load(_NOTICE, current_locale(), writes.today()),
        notice_read=next((consent for consent in standing if consent.kind == _NOTICE), None),
        earlier=[consent for consent in consents if consent.withdrawn_at is not None],
        words={consent.id: _words(consent) for consent in standing},
        names=CONSENT_TITLES,
        ends=CONSENT_ENDS,
        form=FlaskForm(),
    )


def _words(consent: Consent) -> TextSection | None:
    """What was agreed to, word for word; None for a text that this release does not carry any more."""
    for locale in LOCALES:
        try:
            text = writes.portal().texts.load_version("consents", locale, consent.text_version)
        except DomainError:
            continue
        return next((section for section in text.sections if section.code == consent.kind), None)
    return None


@blueprint.post("/record/consents/withdraw")
@borrower_page
def record_withdraw(person: BorrowerPerson) -> Response:
    kind = request.form.get("kind", "")
    withdraw_consent(writes.database(), person.actor, kind=kind, now=writes.now())
    ends = CONSENT_ENDS[kind]
    flash(f"{gettext('Withdrawn.')} {ends}", "success")
    return redirect(url_for("borrower.record_consents"), 303)
