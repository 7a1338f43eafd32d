"""What every page of the journey loads: the proposal through its owner, its loan, the situation, the frozen version."""

from dataclasses import replace

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.domain.errors import Conflict
from portal.domain.journey import Question, next_question
from portal.domain.offers import Offer, choice_of
from portal.domain.policy import asks_for_budget
from portal.models import Proposal, ProposalVersion
from portal.queries.plans import plan_of
from portal.queries.proposals import (
    find_newest_version,
    find_open_counter,
    get_proposal_of,
    get_proposal_to_sign,
)
from portal.queries.situations import situation_for
from portal.services.drafts import refuse_not_editable
from portal.services.freezing import refuse_stale
from portal.services.plan_changes import refuse_ended_base
from portal.web import writes
from portal.web.journeys import Journey
from portal.web.people import BorrowerPerson

STEPS = 7
_PAGES = {
    Question.REASON: "borrower.plan_reason",
    Question.NEED: "borrower.plan_need",
    Question.CHOICE: "borrower.plan_choice",
    Question.BUDGET: "borrower.plan_budget",
}


def load_journey(person: BorrowerPerson, proposal_id: str) -> Journey:
    """Raises ``NotFound`` for strangers and ``Conflict("not_editable")`` once it is signed."""
    session = writes.database()
    proposal = get_proposal_of(session, person.id, proposal_id)
    _refuse_not_on_its_way(proposal)
    return _journey(proposal)


def _refuse_not_on_its_way(proposal: Proposal) -> None:
    refuse_not_editable(proposal)
    _refuse_questions_of_change(proposal)
    refuse_ended_base(writes.database(), proposal)


_ASKED_BY_A_CHANGE = frozenset(
    {"borrower.plan_need", "borrower.plan_choice", "borrower.plan_choose", "borrower.plan_own"}
)


def _refuse_questions_of_change(proposal: Proposal) -> None:
    """A change asks what is to be changed, on a page of its own: raises ``Conflict("change_has_its_page")`` on the pages of a new plan."""
    if proposal.replaces_id is not None and request.endpoint in _ASKED_BY_A_CHANGE:
        raise Conflict("change_has_its_page")


def _journey(proposal: Proposal) -> Journey:
    situation = situation_for(writes.database(), proposal, on=writes.today(), zone=writes.clock().zone)
    return Journey(proposal, situation.loan, situation)


def load_signing(person: BorrowerPerson, proposal_id: str) -> Journey:
    """What the pages of reading and signing load: one's own terms on their way, or the lender's offer while it stands.

    Raises as ``load_journey``.
    """
    session = writes.database()
    # The loan is held here, so that nobody asks for it again.
    proposal, _loan, newest = get_proposal_to_sign(session, person.id, proposal_id)
    if find_open_counter(session, proposal) is None:
        _refuse_not_on_its_way(proposal)
    return replace(_journey(proposal), newest=newest)


def frozen_version(journey: Journey) -> ProposalVersion:
    """The version that is read and signed: the lender's open offer; else what was frozen for the present answers, of today, from the
    loan as it stands.

    Raises ``Conflict``: ``terms_not_frozen``, ``facts_moved``, ``priced_on_another_day``, ``priced_by_another_policy``.
    """
    counter = find_open_counter(writes.database(), journey.proposal)
    if counter is not None:
        refuse_stale(counter, journey.situation)
        return counter
    version = journey.newest or find_newest_version(writes.database(), journey.proposal.id)
    choice = journey.kept(Question.CHOICE)
    if version is None or not choice.items() >= choice_of(plan_of(version).request).items():
        raise Conflict("terms_not_frozen")
    refuse_stale(version, journey.situation)
    if version.signed_at is not None:
        raise Conflict("terms_not_frozen")
    return version


def next_page(proposal: Proposal) -> str:
    """The page of the first question without an answer, else the check page."""
    question = next_question(proposal.answers)
    endpoint = "borrower.plan_check" if question is None else _PAGES[question]
    return url_for(endpoint, proposal_id=proposal.public_id)


def missing_answer(proposal: Proposal) -> str | None:
    """Where to go when a later page is opened before the questions are answered."""
    return None if next_question(proposal.answers) is None else next_page(proposal)


def missing_budget(journey: Journey, offer: Offer) -> str | None:
    """Where to go when policy wants to know the month before this plan goes on."""
    is_asked = asks_for_budget(offer.plan, offer.assessment, journey.situation.policy)
    question = next_question(journey.proposal.answers, is_budget_asked=is_asked)
    return None if question is None else url_for(_PAGES[question], proposal_id=journey.id)


Page = str | Response | tuple[str, int]
