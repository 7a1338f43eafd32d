"""A new password of one's own."""

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField

from portal.domain.errors import DomainError
from portal.domain.permissions import Permission
from portal.services.ports import TooManyHashings
from portal.services.staff_passwords import PasswordChange, change_password, count_password_change
from portal.services.staff_sign_in import SignInRefusal, record_refused_proof, refuse_further
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint

Page = str | Response | tuple[str, int]


class PasswordForm(FlaskForm):
    old = PasswordField(lazy_gettext("Your password until now"))
    password = PasswordField(lazy_gettext("New password"))
    again = PasswordField(lazy_gettext("The same password again"))
    code = StringField(lazy_gettext("Code of your authenticator app"))


@blueprint.get("/me/password")
@staff_page(Permission.DESK_SEE)
def own_password(_person: StaffPerson) -> str:
    return _page(PasswordForm(formdata=None))


@blueprint.post("/me/password")
@staff_page(Permission.DESK_SEE)
def change_own_password(person: StaffPerson) -> Page:
    form = PasswordForm()
    full = count_password_change(writes.database(), person.actor, now=writes.now())
    if full is not None:
        refuse_further(writes.database(), person.actor, full, now=writes.now())
        form.form_errors.append(gettext("Too many tries. Wait 15 minutes and try again."))
        return _page(form), 429
    try:
        with writes.attempt():
            _change(person, form)
    except DomainError as error:
        put_on_form(form, error)
        if error.code in {"password_old_wrong", "totp_code_wrong"}:
            record_refused_proof(writes.database(), person.actor, SignInRefusal.PASSWORD, now=writes.now())
        return _page(form), 422
    except TooManyHashings:
        abort(503)
    flash(gettext("Your new password holds. You are signed out everywhere else."), "success")
    return redirect(url_for("review.account"), 303)


def _change(person: StaffPerson, form: PasswordForm) -> None:
    if (form.password.data or "") != (form.again.data or ""):
        raise DomainError("passwords_differ", field="again")
    portal = writes.portal()
    change_password(
        writes.database(),
        person.actor,
        passwords=portal.passwords,
        time_codes=portal.time_codes,
        typed=PasswordChange(form.old.data or "", form.password.data or "", form.code.data or ""),
        now=writes.now(),
    )


def _page(form: PasswordForm) -> str:
    return render_template("review/own_password.html", form=form)
