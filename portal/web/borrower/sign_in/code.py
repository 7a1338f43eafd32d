"""The second page: the code from the message."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField

from portal.domain.masking import mask_mobile
from portal.domain.one_time_codes import CodePurpose
from portal.queries.sign_in import find_known_borrower
from portal.services.one_time_codes import check_code
from portal.web import writes
from portal.web.access import public_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.sign_in.finish import device_token, finish_sign_in
from portal.web.borrower.sign_in.mobile import Page, send_sign_in_code
from portal.web.borrower.sign_in.progress import Progress
from portal.web.dead_ends import CODE_LOCKED
from portal.web.doors import code_door, code_minutes
from portal.web.form_errors import put_on_form
from portal.web.signed_in import visitor
from portal.web.waiting import come_back_page


class CodeForm(FlaskForm):
    """Six digits."""

    code = StringField(lazy_gettext("Code from the text message"))


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@public_page
def sign_in_code() -> Page:
    progress = Progress.find()
    if progress is None:
        return redirect(url_for("borrower.sign_in"), 303)
    if progress.is_proven:
        return redirect(url_for("borrower.sign_in_ending"), 303)
    form = CodeForm()
    if form.is_submitted():
        verdict = check_code(
            writes.database(),
            visitor(),
            purpose=CodePurpose.SIGN_IN,
            target=progress.mobile,
            typed=form.code.data or "",
            door=code_door(),
            now=writes.now(),
        )
        if verdict.is_right:
            return _go_on(progress)
        if verdict.again_at is not None:
            return come_back_page(verdict.again_at, CODE_LOCKED)
        if verdict.error is not None:
            put_on_form(form, verdict.error)
    body = render_template(
        "borrower/sign_in/code.html",
        form=form,
        progress=progress,
        mobile=mask_mobile(progress.mobile),
        code_minutes=code_minutes(),
    )
    return body, 422 if form.errors else 200


@blueprint.post("/sign-in/resend")
@public_page
def sign_in_resend() -> Page:
    progress = Progress.find()
    if progress is None:
        return redirect(url_for("borrower.sign_in"), 303)
    if not progress.may_ask_again:
        flash(gettext("A code is on its way. Please wait a minute before you ask for another."), "notice")
        return redirect(url_for("borrower.sign_in_code"), 303)
    refusal = send_sign_in_code(progress.mobile, progress.next)
    if refusal is not None:
        return refusal
    flash(gettext("A new code is on its way. Earlier codes no longer work."), "success")
    return redirect(url_for("borrower.sign_in_code"), 303)


def _go_on(progress: Progress) -> Page:
    """Home where the device is known, else the question whose account it is; who came to say "this is not me" is asked nothing more."""
    if progress.next == url_for("borrower.not_me"):
        progress.prove()
        return redirect(progress.next, 303)
    known = find_known_borrower(
        writes.database(), mobile=progress.mobile, device_token=device_token(request), now=writes.now()
    )
    if known is not None:
        return finish_sign_in(known, progress, is_device_known=True)
    progress.prove()
    return redirect(url_for("borrower.sign_in_ending"), 303)
