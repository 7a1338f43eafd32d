"""Staff sign-in: password and authenticator code on one page, one answer for whatever was wrong; and sign-out."""

import hashlib
import hmac

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired

from portal.domain.network_places import site_of
from portal.domain.permissions import Permission
from portal.domain.staff_relations import is_due
from portal.domain.support_calls import EndedBy
from portal.models import StaffMember
from portal.services.call_list import give_all_back
from portal.services.claims import release_all_claims
from portal.services.ports import TooManyHashings
from portal.services.refused_tries import take_refused
from portal.services.staff_sign_in import (
    SignInRefusal,
    SignInTry,
    password_to_compare,
    record_sign_in,
    try_sign_in,
)
from portal.services.support_calls import end_support_calls_of
from portal.services.web_sessions import make_room, sign_out_here
from portal.web import asked_keys, writes
from portal.web.access import public_door, staff_page
from portal.web.doors import place
from portal.web.people import StaffPerson
from portal.web.review.account import first_page
from portal.web.review.blueprint import blueprint
from portal.web.review.refused_tries import keep_told, words_of
from portal.web.safe_path import local_path
from portal.web.sessions import idle_times, replaced_id
from portal.web.signed_in import sign_in_staff, sign_out, visitor

Page = str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]
RETRY_SECONDS = "2"


class SignInForm(FlaskForm):
    """All three at once: nobody learns which of them was wrong."""

    login = StringField(lazy_gettext("Login"), [InputRequired(lazy_gettext("Enter your login."))])
    password = PasswordField(lazy_gettext("Password"), [InputRequired(lazy_gettext("Enter your password."))])
    code = StringField(
        lazy_gettext("Code of your authenticator app"),
        [InputRequired(lazy_gettext("Enter the six digits that your app shows."))],
    )


@blueprint.route("/sign-in", methods=["GET", "POST"], endpoint="sign_in")
@public_door
def show_sign_in() -> Page:
    person = current_user._get_current_object()  # noqa: SLF001
    if isinstance(person, StaffPerson):
        return redirect(_wished(person), 303)
    form = SignInForm()
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                found = _try(form)
            except TooManyHashings:
                return _ask_to_wait(form)
            if isinstance(found, int):
                return enter(found)
            status = _explain(form, found)
    return _page(form), status


def _page(form: SignInForm) -> str:
    return render_template("review/sign_in.html", form=form, can_key_be_asked=asked_keys.can_be_asked())


def _ask_to_wait(form: SignInForm) -> Page:
    """Nothing was compared and nothing counted; whoever reads pages goes on doing so meanwhile."""
    form.form_errors.append(
        gettext("Many people are signing in at this moment. Wait a few seconds and send it again.")
    )
    return _page(form), 503, {"Retry-After": RETRY_SECONDS}


def enter(staff_id: int) -> Response:
    """Who showed who they are is signed in, and goes where they were going."""
    person = sign_in_staff(staff_id)
    make_room(
        writes.database(), person.actor, now=writes.now(), idle=idle_times("staff"), replaced=replaced_id()
    )
    record_sign_in(writes.database(), person.actor, now=writes.now())
    _tell_refused(person)
    return redirect(_first_of_all(person) or _wished(person), 303)


@blueprint.post("/sign-out", endpoint="sign_out")
@staff_page(Permission.DESK_SEE)
def end_session(person: StaffPerson) -> Response:
    """What they held is given back."""
    writes.look_over_the_wall()
    # First: a second tap waits here, and finds nothing more to give back.
    sign_out_here(writes.database(), person.actor, now=writes.now())
    release_all_claims(writes.database(), person.actor, now=writes.now())
    give_all_back(writes.database(), person.actor, now=writes.now())
    end_support_calls_of(writes.database(), person.id, by=EndedBy.SIGN_OUT, now=writes.now())
    sign_out()
    response = redirect(url_for("review.sign_in"), 303)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _try(form: SignInForm) -> int | SignInRefusal:
    """Read, then compare while nothing is held, then write."""
    portal = writes.portal()
    tried = SignInTry(
        form.login.data or "",
        form.password.data or "",
        form.code.data or "",
        address_key(),
        _keyed(site_of(place())),
    )
    kept = password_to_compare(writes.database(), tried, now=writes.now())
    writes.let_go()
    is_right = not kept.is_full and portal.passwords.verify(kept.password_hash, tried.password)
    writes.open_for_writing()
    return try_sign_in(
        writes.database(),
        visitor(),
        time_codes=portal.time_codes,
        tried=tried,
        kept=kept,
        is_password_right=is_right,
        now=writes.now(),
    )


def _explain(form: SignInForm, refusal: SignInRefusal) -> int:
    if refusal is SignInRefusal.TOO_MANY:
        form.form_errors.append(gettext("Too many tries. Wait 15 minutes and try again."))
        return 429
    form.form_errors.append(
        gettext(
            "That did not match. Check login, password and code; a code works once, so wait for the next."
        )
    )
    return 422


def _tell_refused(person: StaffPerson) -> None:
    """What was refused since they were here last: at once, and on their account's page as long as they stay."""
    me = writes.database().get_one(StaffMember, person.id)
    refused = take_refused(writes.database(), login=me.login, now=writes.now())
    if refused is not None:
        keep_told(refused)
        flash(words_of(refused), "notice")


def _first_of_all(person: StaffPerson) -> str | None:
    """Once a year: whom they are close to."""
    me = writes.database().get_one(StaffMember, person.id)
    return url_for("review.own_relations") if is_due(me.relations_confirmed_at, writes.now()) else None


def _wished(person: StaffPerson) -> str:
    """Where the person was going, within the desk; else the first page that the role has."""
    wish = local_path(request.args.get("next"))
    return wish if wish.startswith("/desk") else first_page(person)


def address_key() -> str:
    """The place in the network, keyed: the count needs to tell places apart, not to know them."""
    return _keyed(place())


def _keyed(where: str) -> str:
    return hmac.new(writes.portal().config.hash_key.encode(), where.encode(), hashlib.sha256).hexdigest()[:32]
