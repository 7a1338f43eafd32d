"""Who one is at the desk: the first page of those whose role has no queue."""

from flask import render_template, url_for

from portal.domain.permissions import Permission
from portal.role_names import STAFF_ROLES
from portal.services.web_sessions import MOST_SESSIONS
from portal.web.access import staff_page
from portal.web.people import StaffPerson, first_endpoint
from portal.web.review.blueprint import blueprint
from portal.web.review.own_sessions import own_sessions
from portal.web.review.refused_tries import told_at_sign_in, words_of


@blueprint.get("/me")
@staff_page(Permission.DESK_SEE)
def account(person: StaffPerson) -> str:
    roles = [STAFF_ROLES[role] for role in STAFF_ROLES if role in person.actor.roles]
    refused = told_at_sign_in()
    return render_template(
        "review/account.html",
        roles=roles,
        sessions=own_sessions(person),
        most_sessions=MOST_SESSIONS["staff"],
        refused=words_of(refused) if refused else "",
    )


def first_page(person: StaffPerson) -> str:
    return url_for(first_endpoint(person))
