"""What the borrower sees, seen with them: the same reads and the same parts of pages, masked, each look on record."""

from flask import render_template, request

from portal.domain.masking import mask_mobile, mask_name
from portal.domain.permissions import Permission
from portal.domain.proposals import ProposalStatus
from portal.domain.support_calls import Level, SupportPage
from portal.models import Borrower, Loan
from portal.queries.borrower_home import standing_of, standings_of
from portal.queries.loans import get_loan_of
from portal.queries.plans import plan_of
from portal.queries.proposals import (
    find_newest_version,
    find_signed_version,
    get_agreement_of,
    get_proposal_of,
)
from portal.queries.running_plans import plan_under
from portal.services.support_calls import OnSupportCall, look_in_support_call
from portal.web import writes
from portal.web.access import staff_page
from portal.web.labels import PROPOSAL_STATUSES
from portal.web.loan_texts import TEXTS
from portal.web.people import StaffPerson
from portal.web.plan_names import NOTES, name_of
from portal.web.review.blueprint import blueprint
from portal.web.review.support.within import Page, within
from portal.web.review.support_desk.call_card import beside, call_card
from portal.web.review.support_desk.forms import RevealForm


@blueprint.get("/support/<call_id>/situation")
@staff_page(Permission.SUPPORT_CALL, looks=True)
@within("look", least=Level.PROVEN, is_locked=False)
def support_situation(person: StaffPerson, on: OnSupportCall) -> Page:
    """Their first page."""
    session = writes.database()
    look_in_support_call(session, on, page=SupportPage.HOME, now=writes.now())
    standings = standings_of(session, on.borrower_id, on=writes.today())
    borrower = session.get_one(Borrower, on.borrower_id)
    return render_template(
        "review/support/situation.html",
        on=on,
        name=mask_name(borrower.name),
        mobile=mask_mobile(borrower.mobile),
        standings=[standing for standing in standings if not standing.is_closed],
        closed=[standing for standing in standings if standing.is_closed],
        may_draft=Level(on.call.level).reaches(Level.CONSENTED),
        is_draftable=lambda standing: (
            standing.arrears.is_overdue
            and not standing.running
            and (not standing.is_open or standing.proposal_status is ProposalStatus.DRAFT)
        ),
        texts=TEXTS,
        now=writes.now(),
        reveal=RevealForm(formdata=None),
        card=call_card(person, on.call, standings),
        guide_url=request.path,
    )


@blueprint.get("/support/<call_id>/loans/<loan_id>")
@staff_page(Permission.SUPPORT_CALL, looks=True)
@within("look", least=Level.PROVEN, is_locked=False)
def support_loan(person: StaffPerson, on: OnSupportCall, loan_id: str) -> Page:
    """Its schedule and what was paid."""
    session = writes.database()
    loan = get_loan_of(session, on.borrower_id, loan_id)
    look_in_support_call(session, on, page=SupportPage.LOAN, loan_id=loan.id, now=writes.now())
    standing = standing_of(session, loan, on=writes.today())
    return render_template(
        "review/support/loan.html",
        on=on,
        standing=standing,
        late={row.number for row in standing.arrears.installments},
        texts=TEXTS,
        reveal=RevealForm(formdata=None),
        card=call_card(person, on.call, [standing]),
        guide_url=request.path,
    )


@blueprint.get("/support/<call_id>/proposals/<proposal_id>")
@staff_page(Permission.SUPPORT_CALL, looks=True)
@within("look", least=Level.PROVEN, is_locked=False)
def support_proposal(person: StaffPerson, on: OnSupportCall, proposal_id: str) -> Page:
    """Where a proposal is, and its terms as they were signed; a draft shows nothing before it is prepared together."""
    session = writes.database()
    proposal = get_proposal_of(session, on.borrower_id, proposal_id)
    look_in_support_call(session, on, page=SupportPage.PROPOSAL, loan_id=proposal.loan_id, now=writes.now())
    loan = session.get_one(Loan, proposal.loan_id)
    is_draft = proposal.status == ProposalStatus.DRAFT
    version = find_signed_version(session, proposal) or find_newest_version(session, proposal.id)
    plan = plan_of(version) if version and not is_draft else None
    return render_template(
        "review/support/proposal.html",
        on=on,
        proposal=proposal,
        status=PROPOSAL_STATUSES[ProposalStatus(proposal.status)],
        plan=plan,
        name=name_of(plan) if plan else None,
        notes=[NOTES[code] for code in plan.notes] if plan else [],
        loan=loan,
        **beside(person, on.call, loan),
    )


@blueprint.get("/support/<call_id>/agreements/<agreement_id>")
@staff_page(Permission.SUPPORT_CALL, looks=True)
@within("look", least=Level.PROVEN, is_locked=False)
def support_agreement(person: StaffPerson, on: OnSupportCall, agreement_id: str) -> Page:
    """What was agreed, what is paid of it, and what comes next."""
    session = writes.database()
    agreement = get_agreement_of(session, on.borrower_id, agreement_id)
    look_in_support_call(session, on, page=SupportPage.AGREEMENT, loan_id=agreement.loan_id, now=writes.now())
    running = plan_under(session, agreement, on=writes.today())
    return render_template(
        "review/support/agreement.html",
        on=on,
        agreement=agreement,
        proposal=running.proposal,
        plan=running.plan,
        progress=running.progress,
        name=name_of(running.plan),
        notes=[NOTES[code] for code in running.plan.notes],
        **beside(person, on.call, session.get_one(Loan, agreement.loan_id)),
    )
