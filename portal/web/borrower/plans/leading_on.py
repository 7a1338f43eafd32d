"""A step that does not fit any more leads to the one that does, with a word about why: an old tab, a second tap, a new day."""

from collections.abc import Callable, Mapping
from functools import wraps
from types import MappingProxyType

from flask import flash, redirect, request, url_for
from flask_babel import LazyString, lazy_gettext

from portal.domain.errors import Conflict, DomainError
from portal.messages import text_of
from portal.queries.proposals import get_proposal_of
from portal.services.moves import record_move_refusal
from portal.web import writes
from portal.web.borrower.plans.loading import Page
from portal.web.people import BorrowerPerson

View = Callable[[BorrowerPerson, str], Page]

_STEPS: Mapping[str, str] = MappingProxyType(
    {
        "not_editable": "borrower.proposal",
        "proposal_moved": "borrower.proposal",
        "move_not_possible": "borrower.proposal",
        "plan_not_in_force": "borrower.proposal",
        "change_has_its_page": "borrower.plan_change",
        "terms_not_frozen": "borrower.plan_check",
        "facts_moved": "borrower.plan_check",
        "priced_on_another_day": "borrower.plan_check",
        "priced_by_another_policy": "borrower.plan_check",
        "upfront_too_large": "borrower.plan_need",
        "first_date_in_past": "borrower.plan_need",
        "first_date_too_early": "borrower.plan_need",
        "upfront_in_past": "borrower.plan_need",
        "upfront_too_early": "borrower.plan_need",
        "promise_in_past": "borrower.plan_need",
        "promise_too_early": "borrower.plan_need",
        "promise_too_late": "borrower.plan_need",
        "disclosure_not_shown": "borrower.plan_disclosure",
        "disclosure_not_read": "borrower.plan_disclosure",
        "terms_not_acknowledged": "borrower.plan_terms",
        "preview_not_ready": "borrower.plan_terms",
        "preview_failed": "borrower.plan_terms",
        "draft_not_handed_over": "borrower.proposal",
        "draft_cooling": "borrower.proposal",
        "signing_on_call": "borrower.proposal",
    }
)
"""Where each refusal leads."""

_WORDS: Mapping[str, LazyString] = MappingProxyType(
    {
        "not_editable": lazy_gettext("You have sent this plan. Here is where it stands."),
        "proposal_moved": lazy_gettext("Here is where your plan stands."),
        "move_not_possible": lazy_gettext("That is not possible any more. Here is where your plan stands."),
        "facts_moved": lazy_gettext(
            "Your loan has changed since, for example because a payment came in. Here are the figures as of now."
        ),
    }
)
"""What is said where the borrower arrives, for refusals that staff meet too and read in other words."""


def leads_on(view: View) -> View:
    """Stands under the access marker. What the view did is undone where it is refused."""

    @wraps(view)
    def led(person: BorrowerPerson, proposal_id: str) -> Page:
        try:
            with writes.attempt_all():
                return view(person, proposal_id)
        except DomainError as error:
            step = _STEPS.get(error.code)
            if step is None:
                raise
            _record(person, proposal_id, error)
            flash(str(_WORDS.get(error.code) or text_of(error)), "warning")
            return redirect(url_for(step, proposal_id=proposal_id), 303)

    return led


def _record(person: BorrowerPerson, proposal_id: str, error: DomainError) -> None:
    """That a step was not possible any more is told too; a page that was only opened changed nothing."""
    if request.method in writes.SAFE_METHODS or not isinstance(error, Conflict):
        return
    session = writes.database()
    found = get_proposal_of(session, person.id, proposal_id)
    step = (request.endpoint or "").rpartition(".")[2]
    record_move_refusal(session, person.actor, proposal=found, step=step, error=error, now=writes.now())
