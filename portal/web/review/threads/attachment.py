"""A borrower's file, for who decides about it: each opening is on record, and the borrower reads who it was."""

from flask import Response

from portal.domain.permissions import Permission
from portal.queries.threads import get_sent_attachment
from portal.services.attachments import open_attachment
from portal.web import writes
from portal.web.access import staff_page
from portal.web.downloads import stranger_file_response
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint


@blueprint.get("/attachments/<attachment_id>")
@staff_page(Permission.ATTACHMENT_OPEN, looks=True)
def attachment(person: StaffPerson, attachment_id: str) -> Response:
    session = writes.database()
    found = get_sent_attachment(session, attachment_id)
    body = open_attachment(session, person.actor, attachment=found, now=writes.now())
    return stranger_file_response(body, found.media_type, found.name)
