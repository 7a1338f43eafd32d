"""The list of accounts, narrowed by role and state; invitations and what waits for a second person above it."""

from flask import render_template, request

from portal.domain.permissions import Permission, Role
from portal.queries.staff_accounts import (
    STATES as STATE_NAMES,
)
from portal.queries.staff_accounts import (
    AccountFilter,
    accounts,
    open_invitations,
    waiting_changes,
)
from portal.role_names import STAFF_ROLES
from portal.services.refused_tries import accounts_tried_hard
from portal.services.staff_invitations import invitation_state
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.staff.forms import AccountFilterForm
from portal.web.review.staff.words import CHANGES, INVITATIONS, STATES


@blueprint.get("/staff")
@staff_page(Permission.STAFF_SEE)
def staff(person: StaffPerson) -> str:
    session, now, wanted = writes.database(), writes.now(), _wanted()
    form = AccountFilterForm(formdata=request.args)
    form.offer()
    return render_template(
        "review/staff/list.html",
        lines=accounts(session, wanted, now=now),
        wanted=wanted,
        filters=form,
        waiting=waiting_changes(session),
        invitations=[(each, invitation_state(each, now)) for each in open_invitations(session)],
        states=STATES,
        changes=CHANGES,
        invitation_states=INVITATIONS,
        roles=STAFF_ROLES,
        own_id=person.id,
        tried_hard=accounts_tried_hard(session, now=now),
    )


def _wanted() -> AccountFilter:
    """Unknown values are no filter."""
    role, state = request.args.get("role", ""), request.args.get("state", "")
    return AccountFilter(
        role=Role(role) if role in set(Role) else None,
        state=state if state in STATE_NAMES else None,
        words=request.args.get("words", "")[:60].strip(),
    )
