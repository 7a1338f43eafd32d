"""Approve: the signed offer is accepted, and the agreement stands from that second."""

from flask_babel import gettext, lazy_gettext
from wtforms import RadioField, StringField
from wtforms.validators import InputRequired

from portal.domain.errors import DomainError
from portal.domain.permissions import Permission
from portal.domain.proposals import Act
from portal.domain.reasons import LONGEST_TEXT, ApproveReason
from portal.models import Decision, Proposal
from portal.queries.review_cases import get_submitted_proposal
from portal.services.decisions import Approval, approve_proposal
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.conflicts import Typed
from portal.web.review.decisions import (
    DecisionForm,
    Page,
    done,
    refuse_page,
    seen_on,
    show_decision,
)
from portal.web.review.guarantors import guarantor_choice
from portal.web.review.labels import APPROVE_REASONS, GUARANTOR_CHOICES
from portal.web.typed import shown_again

TEMPLATE = "review/approve.html"


class ApproveForm(DecisionForm):
    """Why; what the guarantor says where there is one; a note for colleagues."""

    reason = RadioField(
        lazy_gettext("Why is this plan good?"),
        [InputRequired(lazy_gettext("Choose a reason."))],
        choices=[(reason.value, text) for reason, text in APPROVE_REASONS.items()],
    )
    guarantor = RadioField(
        lazy_gettext("What about the guarantor?"),
        choices=[(choice.value, text) for choice, text in GUARANTOR_CHOICES.items()],
        validate_choice=False,
    )
    reason_text = StringField(lazy_gettext("Note for colleagues"), filters=[shown_again])


@blueprint.get("/cases/<public_id>/approve")
@staff_page(Permission.PROPOSAL_DECIDE, looks=True)
def approve(person: StaffPerson, public_id: str) -> Page:
    return show_decision(person, public_id, ApproveForm(), TEMPLATE)


@blueprint.post("/cases/<public_id>/approve")
@staff_page(Permission.PROPOSAL_DECIDE)
def send_approval(person: StaffPerson, public_id: str) -> Page:
    form = ApproveForm()
    if form.validate():
        try:
            with writes.attempt_all():
                proposal = get_submitted_proposal(writes.database(), public_id)
                decision = _approve(person, proposal, form)
        except DomainError as error:
            proposal = get_submitted_proposal(writes.database(), public_id)
            refused = refuse_page(person, proposal, Act.APPROVE, error, form, _typed(form))
            if refused is not None:
                return refused
        else:
            if decision.needs_second:
                return done(proposal, gettext("It waits for a second approver; it is in force only then."))
            return done(proposal, gettext("Approved. The agreement is in force; its document is being made."))
    return show_decision(person, public_id, form, TEMPLATE)


def _approve(person: StaffPerson, proposal: Proposal, form: ApproveForm) -> Decision:
    return approve_proposal(
        writes.database(),
        person.actor,
        seen=seen_on(form, proposal),
        approval=Approval(
            reason=ApproveReason(form.reason.data),
            note=(form.reason_text.data or "")[: LONGEST_TEXT + 1],
            guarantor=guarantor_choice(form.guarantor.data),
        ),
        today=writes.today(),
        now=writes.now(),
    )


def _typed(form: ApproveForm) -> Typed:
    return {
        gettext("Why is this plan good?"): str(APPROVE_REASONS[ApproveReason(form.reason.data)]),
        gettext("Note for colleagues"): form.reason_text.data or "",
    }
