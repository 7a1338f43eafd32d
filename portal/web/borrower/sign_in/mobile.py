"""The first page: the mobile number. It answers the same for every number."""

from dataclasses import replace

from flask import redirect, render_template, request, url_for
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField

from portal.domain.errors import DomainError
from portal.domain.mobiles import parse_mobile
from portal.domain.one_time_codes import CodePurpose
from portal.i18n import current_locale
from portal.services.one_time_codes import CodeOrder, send_code
from portal.web import sessions, writes
from portal.web.access import public_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.sign_in.progress import Progress
from portal.web.dead_ends import CODE_LOCKED
from portal.web.doors import code_door, code_lifetime
from portal.web.form_errors import put_on_form
from portal.web.safe_path import local_path
from portal.web.signed_in import visitor
from portal.web.typed import shown_again
from portal.web.waiting import come_back_page

Page = str | tuple[str, int] | Response


class MobileForm(FlaskForm):
    """``next``: where to go once signed in."""

    mobile = StringField(lazy_gettext("Mobile number"), filters=[shown_again])
    next = HiddenField(filters=[shown_again])


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public_page
def sign_in() -> Page:
    if sessions.current().person_id is not None:
        # nosemgrep: open-redirect - local_path gives paths of this site alone
        return redirect(local_path(request.args.get("next")), 303)
    form = MobileForm()
    if form.is_submitted():
        try:
            return _ask_for_code(parse_mobile(form.mobile.data or ""), local_path(form.next.data))
        except DomainError as error:
            put_on_form(form, error)
    else:
        form.next.data = local_path(request.args.get("next"))
    body = render_template(
        "borrower/sign_in/mobile.html",
        form=form,
        is_for_not_me=form.next.data == url_for("borrower.not_me"),
        has_left="left" in request.args,
        has_ended=sessions.has_ended(),
        is_unsent="unsent" in request.args,
    )
    return body, 422 if form.errors else 200


def _ask_for_code(mobile: str, next_path: str) -> Page:
    """Send a code, once for a number that is sent twice; the newest form says where to go then."""
    progress = Progress.find()
    if progress is None or progress.mobile != mobile or progress.may_ask_again:
        refusal = send_sign_in_code(mobile, next_path)
        if refusal is not None:
            return refusal
    else:
        replace(progress, next=next_path).keep()
    return redirect(url_for("borrower.sign_in_code"), 303)


def send_sign_in_code(mobile: str, next_path: str) -> Page | None:
    """None where a code is on its way, else the page that says when to come back."""
    order = CodeOrder(
        purpose=CodePurpose.SIGN_IN,
        target=mobile,
        mobile=mobile,
        locale=current_locale(),
        lifetime=code_lifetime(),
    )
    sent = send_code(writes.database(), visitor(), order=order, door=code_door(), now=writes.now())
    if sent.code_id is None:
        return come_back_page(sent.again_at, CODE_LOCKED)
    Progress(mobile, next_path, sent.again_at).keep()
    return None
