"""What waits for a second person: agreed to, refused, or taken back by who asked."""

from flask import flash, redirect, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.domain.permissions import Permission
from portal.queries.staff_accounts import get_change
from portal.services.staff_changes import withdraw_change
from portal.services.staff_invitations import Invited, answer_change
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.staff.acting import carried_out
from portal.web.review.staff.invitations import link_page


@blueprint.post("/staff/changes/<public_id>/agree")
@staff_page(Permission.STAFF_CONFIRM, proven=True)
def agree_staff_change(person: StaffPerson, public_id: str) -> Response:
    """Where a link follows, it is shown to whoever agreed: they pass it on, and so two know of it."""
    return _answered(person, public_id, is_agreed=True)


@blueprint.post("/staff/changes/<public_id>/refuse")
@staff_page(Permission.STAFF_CONFIRM)
def refuse_staff_change(person: StaffPerson, public_id: str) -> Response:
    return _answered(person, public_id, is_agreed=False)


@blueprint.post("/staff/changes/<public_id>/withdraw")
@staff_page(Permission.STAFF_MANAGE)
def take_staff_change_back(person: StaffPerson, public_id: str) -> Response:
    change = get_change(writes.database(), public_id)

    def withdraw() -> None:
        withdraw_change(writes.database(), person.actor, change=change, now=writes.now())

    if carried_out(person, "withdraw", withdraw):
        flash(gettext("Withdrawn. Nothing changes."), "success")
    return redirect(url_for("review.staff"), 303)


def _answered(person: StaffPerson, public_id: str, *, is_agreed: bool) -> Response:
    change, made = get_change(writes.database(), public_id), list[Invited | None]()

    def answer() -> None:
        made.append(
            answer_change(
                writes.database(),
                person.actor,
                change=change,
                is_agreed=is_agreed,
                time_codes=writes.portal().time_codes,
                now=writes.now(),
            )
        )

    if not carried_out(person, "answer", answer):
        return redirect(url_for("review.staff"), 303)
    if made[0] is not None:
        return link_page(made[0])
    flash(
        gettext("Agreed. It holds from the next request on.") if is_agreed else gettext("Not agreed to."),
        "success",
    )
    return redirect(url_for("review.staff"), 303)
