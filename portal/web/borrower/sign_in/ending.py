"""The third page, once for a device: the last four of the ID."""

from flask import redirect, render_template, url_for
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField

from portal.services.sign_in import check_ending
from portal.web import writes
from portal.web.access import public_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.sign_in.finish import finish_sign_in
from portal.web.borrower.sign_in.mobile import Page
from portal.web.borrower.sign_in.progress import Progress
from portal.web.dead_ends import ENDING_LOCKED
from portal.web.form_errors import put_on_form
from portal.web.signed_in import visitor
from portal.web.typed import shown_again
from portal.web.waiting import come_back_page


class EndingForm(FlaskForm):
    """Four characters."""

    ending = StringField(lazy_gettext("Last four characters of your ID number"), filters=[shown_again])


@blueprint.route("/sign-in/ending", methods=["GET", "POST"])
@public_page
def sign_in_ending() -> Page:
    progress = Progress.find()
    if progress is None or not progress.is_proven:
        return redirect(url_for("borrower.sign_in"), 303)
    form = EndingForm()
    if form.is_submitted():
        verdict = check_ending(
            writes.database(),
            visitor(),
            mobile=progress.mobile,
            typed=form.ending.data or "",
            key=writes.portal().config.hash_key,
            now=writes.now(),
        )
        if verdict.borrower_id is not None:
            return finish_sign_in(verdict.borrower_id, progress, is_device_known=False)
        if verdict.again_at is not None:
            return come_back_page(verdict.again_at, ENDING_LOCKED)
        if verdict.error is not None:
            put_on_form(form, verdict.error)
    return render_template("borrower/sign_in/ending.html", form=form), 422 if form.errors else 200
