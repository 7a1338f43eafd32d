"""What somebody invited opens: a password of their own, and an authenticator app that is proven before the account is there."""

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import get_locale, gettext
from werkzeug.wrappers import Response

from portal.adapters.qr_codes import qr_svg
from portal.domain.errors import Conflict, DomainError
from portal.domain.staff_invitations import InvitationState, token_hash
from portal.domain.staff_relations import Closeness
from portal.models import StaffInvitation
from portal.queries.staff_accounts import find_invitation
from portal.services.ports import TooManyHashings
from portal.services.record import record
from portal.services.staff_invitations import (
    Acceptance,
    accept_invitation,
    count_acceptance,
    invitation_state,
)
from portal.web import writes
from portal.web.access import public_page
from portal.web.form_errors import put_on_form
from portal.web.review.blueprint import blueprint
from portal.web.review.sign_in import address_key
from portal.web.review.staff.forms import JoinForm
from portal.web.review.staff.relations import hash_keys
from portal.web.review.staff.words import CLOSENESS, INVITATIONS
from portal.web.signed_in import visitor

Page = str | Response | tuple[str, int]


@blueprint.get("/join/<token>")
@public_page
def join(token: str) -> Page:
    invitation = _invitation(token)
    over = _over(invitation)
    return over or _page(token, invitation, JoinForm(formdata=None))


@blueprint.get("/join/<token>/app.svg")
@public_page
def join_picture(token: str) -> Response:
    """What the app scans; only while the invitation is good."""
    invitation = _invitation(token)
    if invitation_state(invitation, writes.now()) is not InvitationState.OPEN or not invitation.totp_secret:
        abort(404)
    body = qr_svg(writes.portal().time_codes.address(invitation.totp_secret, login=invitation.login))
    response = Response(body, mimetype="image/svg+xml")
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/join/<token>")
@public_page
def send_join(token: str) -> Page:
    invitation, form = _invitation(token, is_locked=True), JoinForm()
    over = _over(invitation)
    if over is not None:
        return over
    full = count_acceptance(
        writes.database(), invitation=invitation, address_key=address_key(), now=writes.now()
    )
    if full is not None:
        if full.is_first:
            _note_refusal("too_many")
        form.form_errors.append(gettext("Too many tries. Wait 15 minutes and try again."))
        return _page(token, invitation, form), 429
    try:
        with writes.attempt():
            _accept(invitation, form)
    except Conflict:
        writes.database().expire_all()
        return _over(_invitation(token)) or (_closed(InvitationState.USED), 410)
    except DomainError as error:
        _note_refusal(error.code)
        put_on_form(form, error)
        return _page(token, invitation, form), 422
    except TooManyHashings:
        abort(503)
    flash(
        gettext("Your account is ready. Sign in with your login, your new password and the next code."),
        "success",
    )
    return redirect(url_for("review.sign_in"), 303)


def _accept(invitation: StaffInvitation, form: JoinForm) -> None:
    if (form.password.data or "") != (form.again.data or ""):
        raise DomainError("passwords_differ", field="again")
    portal = writes.portal()
    accept_invitation(
        writes.database(),
        visitor(),
        invitation=invitation,
        said=Acceptance(
            password=form.password.data or "",
            code=form.code.data or "",
            id_number=form.id_number.data or "",
        ),
        passwords=portal.passwords,
        time_codes=portal.time_codes,
        keys=hash_keys(),
        locale=str(get_locale()),
        now=writes.now(),
    )


def _invitation(token: str, *, is_locked: bool = False) -> StaffInvitation:
    found = find_invitation(writes.database(), token_hash(token), is_locked=is_locked)
    if found is None:
        abort(404)
    return found


def _over(invitation: StaffInvitation) -> tuple[str, int] | None:
    state = invitation_state(invitation, writes.now())
    return None if state is InvitationState.OPEN else (_closed(state), 410)


def _closed(state: InvitationState) -> str:
    return render_template("review/staff/join_over.html", state=state, states=INVITATIONS)


def _note_refusal(reason: str) -> None:
    record(writes.database(), visitor(), "staff:invitation_refused", now=writes.now(), reason=reason)


def _page(token: str, invitation: StaffInvitation, form: JoinForm) -> str:
    return render_template(
        "review/staff/join.html",
        token=token,
        invitation=invitation,
        secret=invitation.totp_secret,
        is_new=invitation.staff_member_id is None,
        oneself=CLOSENESS[Closeness.ONESELF],
        form=form,
    )
