"""A file of one's own, as it was kept: to be saved, never drawn inside our pages."""

from flask import Response

from portal.queries.threads import get_attachment_of
from portal.services.attachments import open_attachment
from portal.web import writes
from portal.web.access import borrower_look
from portal.web.borrower.blueprint import blueprint
from portal.web.downloads import stranger_file_response
from portal.web.people import BorrowerPerson


@blueprint.get("/attachments/<attachment_id>")
@borrower_look
def attachment(person: BorrowerPerson, attachment_id: str) -> Response:
    session = writes.database()
    found = get_attachment_of(session, person.id, attachment_id)
    body = open_attachment(session, person.actor, attachment=found, now=writes.now())
    return stranger_file_response(body, found.media_type, found.name)
