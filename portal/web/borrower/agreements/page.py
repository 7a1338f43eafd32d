"""An agreement's page: the next payment, what was paid and kept, the document, what happens if one is missed, what was agreed."""

from datetime import date

from flask import render_template
from sqlalchemy.orm import Session

from portal.domain.agreements import AgreementContent
from portal.domain.arrears import arrears_of
from portal.domain.broken_plans import may_end_from
from portal.domain.proposals import ProposalStatus
from portal.models import Agreement, Loan
from portal.queries.loans import loan_facts
from portal.queries.plan_changes import find_changes
from portal.queries.proposals import document_sha256, get_agreement_of
from portal.queries.running_plans import RunningPlan, plan_under
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.agreements.picture import plan_picture
from portal.web.borrower.agreements.words import PARTS, ROW_STATES, ROW_TONES, kept_so_far, tag_of
from portal.web.borrower.blueprint import blueprint
from portal.web.people import BorrowerPerson
from portal.web.plan_names import NOTES, name_of


@blueprint.get("/agreements/<agreement_id>")
@borrower_page
def agreement(person: BorrowerPerson, agreement_id: str) -> str:
    session = writes.database()
    found = get_agreement_of(session, person.id, agreement_id)
    running = plan_under(session, found, on=writes.today())
    content = AgreementContent.from_data(running.version.content)
    return render_template(
        "borrower/agreement.html",
        agreement=found,
        proposal=running.proposal,
        loan=session.get_one(Loan, found.loan_id),
        plan=running.plan,
        progress=running.progress,
        picture=plan_picture(running.progress),
        kept=kept_so_far(running.progress),
        status=running.status.value,
        tag=tag_of(running.status, running.progress),
        part=f"borrower/agreements/{PARTS[running.status]}.html",
        row_states=ROW_STATES,
        row_tones=ROW_TONES,
        changes=find_changes(session, running.proposal),
        name=name_of(running.plan),
        notes=[NOTES[code] for code in running.plan.notes],
        breach=next(clause for clause in content.clauses if clause.code == "breach"),
        text_lang=running.version.locale.replace("_", "-"),
        sha256=_sha256(session, found),
        overdue=_overdue(session, running),
        may_end_from=_may_end_from(running),
    )


def _sha256(session: Session, found: Agreement) -> str | None:
    return document_sha256(session, found.document_id) if found.document_id else None


def _overdue(session: Session, running: RunningPlan) -> int:
    """By the original contract, which holds again once a person ended the plan."""
    if running.status is not ProposalStatus.TERMINATED:
        return 0
    return arrears_of(loan_facts(session, running.proposal.loan_id), on=writes.today()).total


def _may_end_from(running: RunningPlan) -> date | None:
    told_on = running.proposal.end_told_on
    return None if told_on is None else may_end_from(told_on)


def is_in_force(running: RunningPlan) -> bool:
    return PARTS[running.status] == "in_force"
