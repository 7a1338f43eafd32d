"""A number that somebody else has now says "this is not me". Nothing about anybody's loans is said on the way."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_wtf import FlaskForm

from portal.domain.masking import mask_mobile
from portal.services.stopped_numbers import Day, stop_number
from portal.web import sessions, writes
from portal.web.access import public_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.sign_in.mobile import Page
from portal.web.borrower.sign_in.progress import Progress
from portal.web.signed_in import visitor

_DONE = "number_stopped"


@blueprint.route("/not-me", methods=["GET", "POST"])
@public_page
def not_me() -> Page:
    """Only who has proven to hold the number may stop contact at it; a link in a message leads here by way of the code."""
    if sessions.current().person_id is not None:
        flash(
            gettext("You are signed in. If one of these loans is not yours, open it and dispute it."),
            "notice",
        )
        return redirect(url_for("borrower.home"), 303)
    progress = Progress.find()
    if progress is None or not progress.is_proven:
        return redirect(url_for("borrower.sign_in", next=url_for("borrower.not_me")), 303)
    form = FlaskForm()
    if form.is_submitted():
        return _stop(progress)
    return render_template("borrower/sign_in/not_me.html", mobile=mask_mobile(progress.mobile))


@blueprint.get("/not-me/done")
@public_page
def not_me_done() -> Page:
    reference = sessions.current().get(_DONE)
    if reference is None:
        return redirect(url_for("borrower.sign_in"), 303)
    return render_template("borrower/sign_in/not_me_done.html", report=reference)


def _stop(progress: Progress) -> Page:
    reference = stop_number(
        writes.database(),
        visitor(),
        mobile=progress.mobile,
        key=writes.portal().config.hash_key,
        day=Day(today=writes.today(), zone=writes.clock().zone),
        now=writes.now(),
    )
    sessions.current().renew(person_id=None)
    sessions.current()[_DONE] = reference
    return redirect(url_for("borrower.not_me_done"), 303)
