"""One's own security keys: what there is, a new one, and one that is lost."""

from contextlib import suppress

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField

from portal.domain.errors import DomainError, NotFound
from portal.domain.permissions import Permission
from portal.queries.staff_keys import keys_of
from portal.services.staff_keys import add_key, ask_new_key, remove_key
from portal.web import asked_keys, writes
from portal.web.access import staff_page
from portal.web.asked_keys import Purpose
from portal.web.form_errors import put_on_form
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.typed import shown_again

Page = str | Response | tuple[str, int]


class KeyForm(FlaskForm):
    name = StringField(lazy_gettext("What you call it"), filters=[shown_again])
    answer = HiddenField()


@blueprint.get("/me/keys")
@staff_page(Permission.DESK_SEE)
def own_keys(person: StaffPerson) -> str:
    return _page(person, KeyForm(formdata=None))


@blueprint.post("/me/keys/ask")
@staff_page(Permission.DESK_SEE)
def ask_own_key(person: StaffPerson) -> Response:
    key, handle = ask_new_key(
        writes.database(), person.actor, keys=writes.portal().security_keys, site=asked_keys.site()
    )
    return asked_keys.asked(key, Purpose.ADD, handle=handle)


@blueprint.post("/me/keys")
@staff_page(Permission.DESK_SEE, proven=True)
def add_own_key(person: StaffPerson) -> Page:
    form = KeyForm()
    try:
        with writes.attempt():
            add_key(
                writes.database(),
                person.actor,
                keys=writes.portal().security_keys,
                answer=asked_keys.answer(form.answer.data or "", Purpose.ADD),
                handle=asked_keys.kept_handle(),
                name=form.name.data or "",
                now=writes.now(),
            )
    except DomainError as error:
        put_on_form(form, error)
        return _page(person, form), 422
    flash(gettext("Added. From now on it signs you in."), "success")
    return redirect(url_for("review.own_keys"), 303)


@blueprint.post("/me/keys/remove")
@staff_page(Permission.DESK_SEE, proven=True)
def remove_own_key(person: StaffPerson) -> Response:
    """The same answer for one that is removed already and for somebody else's."""
    with suppress(NotFound), writes.attempt():
        remove_key(writes.database(), person.actor, public_id=request.form.get("key", ""), now=writes.now())
    flash(gettext("Removed. It opens nothing any more."), "success")
    return redirect(url_for("review.own_keys"), 303)


@blueprint.post("/me/proof/ask")
@staff_page(Permission.DESK_SEE)
def ask_key_as_proof(_person: StaffPerson) -> Response:
    """Whoever is signed in shows a key of their own, before an act that gives power (`portal.web.proof`)."""
    return asked_keys.asked(writes.portal().security_keys.ask_shown(asked_keys.site()), Purpose.PROVE)


def _page(person: StaffPerson, form: KeyForm) -> str:
    return render_template(
        "review/own_keys.html",
        form=form,
        keys=keys_of(writes.database(), person.id),
        can_be_asked=asked_keys.can_be_asked(),
    )
