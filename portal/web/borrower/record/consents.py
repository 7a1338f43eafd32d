"""What I agreed to: each as it stands, each withdrawn with one tap, the history kept."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from portal.queries.consents import consents_of
from portal.services.consents import WITHDRAWABLE, withdraw_consent
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.labels import CONSENT_ENDS, CONSENTS
from portal.web.people import BorrowerPerson


@blueprint.get("/record/consents")
@borrower_page
def record_consents(person: BorrowerPerson) -> str:
    consents = consents_of(writes.database(), person.id)
    return render_template(
        "borrower/record/consents.html",
        standing=[consent for consent in consents if consent.withdrawn_at is None],
        earlier=[consent for consent in consents if consent.withdrawn_at is not None],
        withdrawable=WITHDRAWABLE,
        names=CONSENTS,
        ends=CONSENT_ENDS,
        form=FlaskForm(),
    )


@blueprint.post("/record/consents/withdraw")
@borrower_page
def record_withdraw(person: BorrowerPerson) -> Response:
    kind = request.form.get("kind", "")
    withdraw_consent(writes.database(), person.actor, kind=kind, now=writes.now())
    ends = CONSENT_ENDS[kind]
    flash(f"{gettext('Withdrawn.')} {ends}", "success")
    return redirect(url_for("borrower.record_consents"), 303)
