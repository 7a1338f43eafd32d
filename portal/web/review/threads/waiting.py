"""Whose messages wait for an answer, the longest first."""

from flask import render_template, request, url_for

from portal.domain.permissions import Permission
from portal.queries.waiting_threads import WaitingKey, waiting_page
from portal.web import writes
from portal.web.access import staff_page
from portal.web.labels import CASE_KINDS
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint


@blueprint.get("/messages")
@staff_page(Permission.MESSAGE_READ)
def messages(person: StaffPerson) -> str:
    page = waiting_page(writes.database(), person.id, after=WaitingKey.parse(request.args.get("after")))
    return render_template(
        "review/threads/waiting.html",
        page=page,
        is_first="after" not in request.args,
        next_url=url_for("review.messages", after=str(page.after)) if page.after else None,
        kinds=CASE_KINDS,
    )
