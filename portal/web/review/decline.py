"""Decline: why, and what could be accepted instead. The borrower may ask another person to look."""

from flask_babel import gettext, lazy_gettext
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired

from portal.domain.decisions import DecisionKind
from portal.domain.errors import DomainError
from portal.domain.permissions import Permission
from portal.domain.proposals import Act
from portal.domain.reasons import LONGEST_TEXT, DeclineReason
from portal.models import Proposal
from portal.queries.review_cases import get_submitted_proposal
from portal.services.decisions import Refusal, decline_proposal
from portal.web import writes
from portal.web.access import staff_page
from portal.web.labels import DECLINE_REASONS
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
from portal.web.review.letters import drafted, drafts_asked_for, letter_or_draft
from portal.web.typed import shown_again

TEMPLATE = "review/decline.html"


class DeclineForm(DecisionForm):
    """All of it is read by the borrower."""

    reason = SelectField(
        lazy_gettext("Why can it not be accepted as it stands?"),
        [InputRequired(lazy_gettext("Choose a reason."))],
        choices=[
            ("", lazy_gettext("Choose…")),
            *((reason.value, text) for reason, text in DECLINE_REASONS.items()),
        ],
    )
    reason_text = StringField(lazy_gettext("Letter to the borrower"), filters=[shown_again])
    would_accept = StringField(lazy_gettext("What could be accepted instead?"), filters=[shown_again])


@blueprint.get("/cases/<public_id>/decline")
@staff_page(Permission.PROPOSAL_DECIDE, looks=True)
def decline(person: StaffPerson, public_id: str) -> Page:
    return show_decision(person, public_id, DeclineForm(), TEMPLATE)


@blueprint.post("/cases/<public_id>/decline")
@staff_page(Permission.PROPOSAL_DECIDE)
def send_decline(person: StaffPerson, public_id: str) -> Page:
    proposal, form = get_submitted_proposal(writes.database(), public_id), DeclineForm()
    if form.validate() and drafts_asked_for():
        form.reason_text.data = drafted(proposal, DecisionKind.DECLINE, form.reason.data)
    elif form.validate():
        try:
            with writes.attempt():
                _decline(person, proposal, form)
        except DomainError as error:
            refused = refuse_page(person, proposal, Act.DECLINE, error, form, _typed(form))
            if refused is not None:
                return refused
        else:
            return done(proposal, gettext("Declined. It goes out in a minute. Until then you can undo it."))
    return show_decision(person, public_id, form, TEMPLATE)


def _decline(person: StaffPerson, proposal: Proposal, form: DeclineForm) -> None:
    decline_proposal(
        writes.database(),
        person.actor,
        seen=seen_on(form, proposal),
        refusal=Refusal(
            reason=DeclineReason(form.reason.data),
            text=letter_or_draft(form.reason_text.data, proposal, DecisionKind.DECLINE, form.reason.data)[
                : LONGEST_TEXT + 1
            ],
            would_accept=(form.would_accept.data or "")[: LONGEST_TEXT + 1],
        ),
        now=writes.now(),
    )


def _typed(form: DeclineForm) -> Typed:
    return {
        gettext("Why can it not be accepted as it stands?"): str(
            DECLINE_REASONS[DeclineReason(form.reason.data)]
        ),
        gettext("What could be accepted instead?"): form.would_accept.data or "",
        gettext("Letter to the borrower"): form.reason_text.data or "",
    }
