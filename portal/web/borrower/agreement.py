"""An agreement's page, with its document."""

from flask import Response, render_template
from flask_wtf import FlaskForm

from portal.domain.agreements import AgreementContent
from portal.domain.errors import NotFound
from portal.domain.plan_progress import next_payment
from portal.models import Loan, Proposal
from portal.queries.plans import plan_of
from portal.queries.proposals import document_body, document_sha256, get_agreement_of, get_signed_version
from portal.services.agreements import record_download
from portal.web import writes
from portal.web.access import borrower_look, borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.plans.names import NOTES, name_of
from portal.web.downloads import pdf_response
from portal.web.people import BorrowerPerson


@blueprint.get("/agreements/<agreement_id>")
@borrower_page
def agreement(person: BorrowerPerson, agreement_id: str) -> str:
    session = writes.database()
    found = get_agreement_of(session, person.id, agreement_id)
    proposal = session.get_one(Proposal, found.proposal_id)
    version = get_signed_version(session, proposal)
    plan, content = plan_of(version), AgreementContent.from_data(version.content)
    return render_template(
        "borrower/agreement.html",
        form=FlaskForm(),
        agreement=found,
        proposal=proposal,
        loan=session.get_one(Loan, found.loan_id),
        plan=plan,
        name=name_of(plan),
        notes=[NOTES[code] for code in plan.notes],
        breach=next(clause for clause in content.clauses if clause.code == "breach"),
        text_lang=version.locale.replace("_", "-"),
        sha256=document_sha256(session, found.document_id) if found.document_id else None,
        next_row=next_payment(plan, on=writes.today()),
    )


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
