"""Ask the borrower before deciding: what, and in which words. The promised time stands still until the answer."""

from flask_babel import gettext, lazy_gettext
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired

from portal.domain.decisions import DecisionKind
from portal.domain.errors import DomainError
from portal.domain.permissions import Permission
from portal.domain.proposals import Act
from portal.domain.reasons import LONGEST_TEXT, AskReason
from portal.models import Proposal
from portal.queries.review_cases import get_submitted_proposal
from portal.services.questions import Ask, ask_borrower
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.conflicts import Typed
from portal.web.review.decisions import DecisionForm, Page, done, refuse_page, seen_on, show_decision
from portal.web.review.labels import ASK_REASONS
from portal.web.review.letters import drafted, drafts_asked_for, letter_or_draft
from portal.web.typed import shown_again

TEMPLATE = "review/ask.html"


class AskForm(DecisionForm):
    """The borrower reads the words; the code is for the desk."""

    reason = SelectField(
        lazy_gettext("What do you need to know?"),
        [InputRequired(lazy_gettext("Choose what you need to know."))],
        choices=[
            ("", lazy_gettext("Choose…")),
            *((reason.value, text) for reason, text in ASK_REASONS.items()),
        ],
    )
    letter = StringField(lazy_gettext("What you ask the borrower"), filters=[shown_again])


@blueprint.get("/cases/<public_id>/ask")
@staff_page(Permission.PROPOSAL_DECIDE, looks=True)
def ask(person: StaffPerson, public_id: str) -> Page:
    return show_decision(person, public_id, AskForm(), TEMPLATE)


@blueprint.post("/cases/<public_id>/ask")
@staff_page(Permission.PROPOSAL_DECIDE)
def send_question(person: StaffPerson, public_id: str) -> Page:
    proposal, form = get_submitted_proposal(writes.database(), public_id), AskForm()
    if not form.validate():
        return show_decision(person, public_id, form, TEMPLATE)
    if drafts_asked_for():
        form.letter.data = drafted(proposal, DecisionKind.ASK, form.reason.data)
        return show_decision(person, public_id, form, TEMPLATE)
    try:
        with writes.attempt():
            _ask(person, proposal, form)
    except DomainError as error:
        refused = refuse_page(person, proposal, Act.ASK, error, form, _typed(form))
        return refused or show_decision(person, public_id, form, TEMPLATE)
    return done(proposal, gettext("Your question goes out in a minute. Until then you can undo it."))


def _ask(person: StaffPerson, proposal: Proposal, form: AskForm) -> None:
    reason = AskReason(form.reason.data)
    letter = letter_or_draft(form.letter.data, proposal, DecisionKind.ASK, reason)
    ask_borrower(
        writes.database(),
        person.actor,
        seen=seen_on(form, proposal),
        ask=Ask(reason=reason, letter=letter[: LONGEST_TEXT + 1]),
        now=writes.now(),
    )


def _typed(form: AskForm) -> Typed:
    return {
        gettext("What do you need to know?"): str(ASK_REASONS[AskReason(form.reason.data)]),
        gettext("What you ask the borrower"): form.letter.data or "",
    }
