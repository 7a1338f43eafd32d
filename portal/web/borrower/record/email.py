"""An e-mail address for messages: given here, proven by a code from there."""

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import StringField

from portal.domain.email_addresses import parse_email
from portal.domain.errors import DomainError
from portal.domain.one_time_codes import CodePurpose
from portal.i18n import current_locale
from portal.models import EmailAddress
from portal.queries.email_addresses import find_email
from portal.services.email_addresses import confirm_email, give_email, remove_email
from portal.services.one_time_codes import check_code
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.dead_ends import CODE_LOCKED
from portal.web.doors import code_door, code_lifetime, code_minutes
from portal.web.form_errors import put_on_form
from portal.web.people import BorrowerPerson
from portal.web.typed import shown_again
from portal.web.waiting import come_back_page

Page = str | tuple[str, int] | Response


class EmailForm(FlaskForm):
    """One address."""

    email = StringField(lazy_gettext("E-mail address"), filters=[shown_again])


class EmailCodeForm(FlaskForm):
    """The code that came by e-mail."""

    code = StringField(lazy_gettext("Code from the e-mail"), filters=[shown_again])


@blueprint.route("/record/email", methods=["GET", "POST"])
@borrower_page
def record_email(person: BorrowerPerson) -> Page:
    _must_have_mail()
    form = EmailForm()
    if form.is_submitted():
        try:
            return _give(person, parse_email(form.email.data or ""))
        except DomainError as error:
            put_on_form(form, error)
    standing = find_email(writes.database(), person.id)
    body = render_template("borrower/record/email.html", form=form, standing=standing)
    return body, 422 if form.errors else 200


@blueprint.route("/record/email/code", methods=["GET", "POST"])
@borrower_page
def record_email_code(person: BorrowerPerson) -> Page:
    _must_have_mail()
    email = find_email(writes.database(), person.id)
    if email is None or email.confirmed_at is not None:
        return redirect(url_for("borrower.record_email"), 303)
    form = EmailCodeForm()
    answer = _check(person, email, form) if form.is_submitted() else None
    if answer is not None:
        return answer
    body = render_template(
        "borrower/record/email_code.html", form=form, address=email.address, code_minutes=code_minutes()
    )
    return body, 422 if form.errors else 200


@blueprint.post("/record/email/remove")
@borrower_page
def record_remove_email(person: BorrowerPerson) -> Response:
    if remove_email(writes.database(), person.actor, now=writes.now()):
        flash(gettext("Your e-mail address is removed. No message goes there any more."), "success")
    return redirect(url_for("borrower.record_email"), 303)


def _must_have_mail() -> None:
    if not writes.portal().config.sends_mail:
        abort(404)


def _give(person: BorrowerPerson, address: str) -> Page:
    sent = give_email(
        writes.database(),
        person.actor,
        address=address,
        locale=current_locale(),
        lifetime=code_lifetime(),
        door=code_door(),
        now=writes.now(),
    )
    if sent.code_id is None:
        return come_back_page(sent.again_at, CODE_LOCKED)
    return redirect(url_for("borrower.record_email_code"), 303)


def _check(person: BorrowerPerson, email: EmailAddress, form: EmailCodeForm) -> Page | None:
    """None where the form is to be shown again, with what was wrong."""
    verdict = check_code(
        writes.database(),
        person.actor,
        purpose=CodePurpose.NEW_EMAIL,
        target=email.address_hash,
        typed=form.code.data or "",
        door=code_door(),
        now=writes.now(),
    )
    if verdict.again_at is not None:
        return come_back_page(verdict.again_at, CODE_LOCKED)
    if verdict.error is not None:
        put_on_form(form, verdict.error)
        return None
    confirm_email(writes.database(), person.actor, email=email, now=writes.now())
    flash(gettext("Your e-mail address is confirmed."), "success")
    return redirect(url_for("borrower.record_email"), 303)
