"""The sealed document of an agreement, and the picture that leads to its check."""

from flask import Response

from portal.adapters.qr_codes import qr_svg
from portal.domain.errors import NotFound
from portal.queries.proposals import document_body, document_sha256, get_agreement_of
from portal.services.agreements import record_download
from portal.web import writes
from portal.web.access import borrower_look, borrower_page
from portal.web.addresses import outside_address
from portal.web.borrower.blueprint import blueprint
from portal.web.downloads import pdf_response
from portal.web.people import BorrowerPerson


@blueprint.get("/agreements/<agreement_id>/agreement.pdf")
@borrower_look
def agreement_document(person: BorrowerPerson, agreement_id: str) -> Response:
    """The sealed bytes, exactly as they were stored; each download is an event."""
    session = writes.database()
    found = get_agreement_of(session, person.id, agreement_id)
    if found.document_id is None:
        raise NotFound("document_not_ready")
    body = document_body(session, found.document_id)
    record_download(
        session,
        person.actor,
        agreement=found,
        sha256=document_sha256(session, found.document_id),
        now=writes.now(),
    )
    return pdf_response(body, f"{found.check_code}.pdf")


@blueprint.get("/agreements/<agreement_id>/check.svg")
@borrower_page
def agreement_check_code(person: BorrowerPerson, agreement_id: str) -> Response:
    """The address of the check page with this agreement's code, for somebody else's camera."""
    found = get_agreement_of(writes.database(), person.id, agreement_id)
    address = outside_address("public.check", code=found.check_code)
    return Response(qr_svg(address), mimetype="image/svg+xml")
