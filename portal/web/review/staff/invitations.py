"""Inviting somebody: the link is shown once, to whoever made it."""

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from portal.domain.errors import DomainError
from portal.domain.permissions import Permission
from portal.models import Agency
from portal.queries.agencies import agencies_under_contract
from portal.queries.staff_accounts import get_invitation
from portal.services.staff_invitations import Invited, Wish, invite, make_link, withdraw_invitation
from portal.web import writes
from portal.web.access import staff_page
from portal.web.addresses import outside_address
from portal.web.form_errors import put_on_form
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.staff.acting import carried_out
from portal.web.review.staff.forms import InviteForm
from portal.web.review.staff.words import ROLE_HINTS

Page = str | Response | tuple[str, int]


@blueprint.get("/staff/invite")
@staff_page(Permission.STAFF_MANAGE)
def invite_staff(_person: StaffPerson) -> str:
    return _page(InviteForm(formdata=None))


@blueprint.post("/staff/invite")
@staff_page(Permission.STAFF_MANAGE, proven=True)
def send_invitation(person: StaffPerson) -> Page:
    form = InviteForm()
    try:
        with writes.attempt():
            invited = invite(
                writes.database(),
                person.actor,
                wish=_wish(form),
                time_codes=writes.portal().time_codes,
                now=writes.now(),
            )
    except DomainError as error:
        put_on_form(form, error)
        return _page(form), 422
    if invited.token is None:
        flash(gettext("Asked. Once a second person agrees, they get a link to pass on."), "success")
        return redirect(url_for("review.staff"), 303)
    return link_page(invited)


@blueprint.post("/staff/invitations/<public_id>/link")
@staff_page(Permission.STAFF_MANAGE, proven=True)
def renew_invitation(person: StaffPerson, public_id: str) -> Page:
    """The link before is dead with it."""
    invitation, made = get_invitation(writes.database(), public_id), list[Invited]()

    def renew() -> None:
        made.append(make_link(writes.database(), person.actor, invitation=invitation, now=writes.now()))

    if not carried_out(person, "link", renew):
        return redirect(url_for("review.staff"), 303)
    return link_page(made[0])


@blueprint.post("/staff/invitations/<public_id>/withdraw")
@staff_page(Permission.STAFF_MANAGE)
def take_invitation_back(person: StaffPerson, public_id: str) -> Response:
    invitation = get_invitation(writes.database(), public_id)

    def withdraw() -> None:
        withdraw_invitation(writes.database(), person.actor, invitation=invitation, now=writes.now())

    if carried_out(person, "withdraw", withdraw):
        flash(gettext("Withdrawn. The link opens nothing any more."), "success")
    return redirect(url_for("review.staff"), 303)


def link_page(invited: Invited) -> Response:
    """Shown once: only the token's hash is kept, and the page in no cache."""
    link = outside_address("review.join", token=invited.token)
    body = render_template("review/staff/link.html", invitation=invited.invitation, link=link)
    response = make_response(body)
    response.headers["Cache-Control"] = "no-store"
    return response


def _wish(form: InviteForm) -> Wish:
    return Wish(
        login=form.login.data or "",
        name=form.name.data or "",
        number=form.number.data or "",
        roles=form.chosen(),
        agency_id=_agency_id(request.form.get("agency", "")),
    )


def _agency_id(public_id: str) -> int | None:
    if not public_id:
        return None
    found = writes.database().scalar(select(Agency.id).where(Agency.public_id == public_id[:32]))
    if found is None:
        raise DomainError("agency_unknown", field="agency")
    return found


def _page(form: InviteForm) -> str:
    form.offer(
        [
            (each.public_id, each.name)
            for each in agencies_under_contract(writes.database(), on=writes.today())
        ]
    )
    return render_template(
        "review/staff/invite.html",
        form=form,
        role_hints={role.value: text for role, text in ROLE_HINTS.items()},
    )
