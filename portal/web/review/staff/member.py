"""One account: its roles, its sessions, ending it, and a new password and second factor."""

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.permissions import Permission
from portal.domain.staff_relations import is_due
from portal.messages import text_of
from portal.models import Agency, StaffMember
from portal.queries.absences import find_absence
from portal.queries.staff_accounts import find_open_change, get_account
from portal.queries.staff_work import held_work
from portal.queries.web_sessions import live_sessions
from portal.role_names import STAFF_ROLES
from portal.services.staff import disable_staff_member
from portal.services.staff_changes import change_roles, enable_staff_member, end_sessions
from portal.services.staff_invitations import ask_for_reset
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.staff.acting import carried_out, note_refusal
from portal.web.review.staff.forms import RolesForm
from portal.web.review.staff.words import CHANGES, ROLE_HINTS
from portal.web.sessions import idle_times

Page = str | Response | tuple[str, int]


@blueprint.get("/staff/<number>")
@staff_page(Permission.STAFF_SEE)
def staff_member(person: StaffPerson, number: str) -> str:
    member = get_account(writes.database(), number)
    return _page(person, member, RolesForm(formdata=None, roles=list(member.roles)))


@blueprint.post("/staff/<number>/roles")
@staff_page(Permission.STAFF_MANAGE, proven=True)
def set_staff_roles(person: StaffPerson, number: str) -> Page:
    form, member = RolesForm(), get_account(writes.database(), number, is_locked=True)
    try:
        with writes.attempt():
            change = change_roles(
                writes.database(), person.actor, member=member, roles=form.chosen(), now=writes.now()
            )
    except (AccessRefused, Conflict) as error:
        note_refusal(person, "roles", error)
        flash(text_of(error), "problem")
        return _back(number)
    except DomainError as error:
        put_on_form(form, error)
        return _page(person, member, form), 422
    said = (
        gettext("The roles hold from the next request on.")
        if change is None
        else gettext("Asked. The roles change once a second person agrees.")
    )
    flash(said, "success")
    return _back(number)


@blueprint.post("/staff/<number>/disable")
@staff_page(Permission.STAFF_MANAGE, proven=True)
def disable_staff(person: StaffPerson, number: str) -> Response:
    """Now: whoever is signed in there is a stranger with the next request."""
    member = get_account(writes.database(), number)

    def disable() -> None:
        disable_staff_member(writes.database(), person.actor, login=member.login, now=writes.now())

    return _acted(
        person, number, "disable", disable, gettext("The account has ended. What it held is free for others.")
    )


@blueprint.post("/staff/<number>/enable")
@staff_page(Permission.STAFF_MANAGE, proven=True)
def enable_staff(person: StaffPerson, number: str) -> Response:
    member = get_account(writes.database(), number, is_locked=True)

    def enable() -> None:
        enable_staff_member(writes.database(), person.actor, member=member, now=writes.now())

    return _acted(
        person,
        number,
        "enable",
        enable,
        gettext("The account is in use again, without the roles that need a second person."),
    )


@blueprint.post("/staff/<number>/sessions")
@staff_page(Permission.STAFF_MANAGE, proven=True)
def end_staff_sessions(person: StaffPerson, number: str) -> Response:
    member = get_account(writes.database(), number)

    def end() -> None:
        end_sessions(writes.database(), person.actor, member=member, now=writes.now())

    return _acted(person, number, "sessions", end, gettext("Signed out everywhere."))


@blueprint.post("/staff/<number>/reset")
@staff_page(Permission.STAFF_MANAGE, proven=True)
def reset_staff(person: StaffPerson, number: str) -> Response:
    member = get_account(writes.database(), number, is_locked=True)

    def ask() -> None:
        ask_for_reset(writes.database(), person.actor, member=member, now=writes.now())

    return _acted(
        person,
        number,
        "reset",
        ask,
        gettext("Asked. Once a second person agrees, they get a link to pass on."),
    )


def _acted(person: StaffPerson, number: str, act: str, verb: Callable[[], object], said: str) -> Response:
    if carried_out(person, act, verb):
        flash(said, "success")
    return _back(number)


def _back(number: str) -> Response:
    return redirect(url_for("review.staff_member", number=number), 303)


def _page(person: StaffPerson, member: StaffMember, form: RolesForm) -> str:
    session, now = writes.database(), writes.now()
    agency = session.get(Agency, member.agency_id) if member.agency_id is not None else None
    return render_template(
        "review/staff/member.html",
        member=member,
        agency=agency,
        absence=find_absence(session, member.id, now=now),
        sessions=live_sessions(session, "staff", member.id, now=now, idle=idle_times("staff")),
        held=held_work(session, member.id, now=now),
        waiting=find_open_change(session, member.id),
        is_declaration_due=is_due(member.relations_confirmed_at, now),
        is_oneself=member.id == person.id,
        roles=STAFF_ROLES,
        role_hints={role.value: text for role, text in ROLE_HINTS.items()},
        changes=CHANGES,
        roles_form=form,
        **({"form": form} if form.errors or form.form_errors else {}),
    )
