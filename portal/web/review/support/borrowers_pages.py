"""A borrower's own page in the browser of an agent who is on a support call: refused, whoever is signed in, and the borrower reads of it.

So nobody signs "just quickly" at the desk (rule D04). Without a call a borrower's page is open to its borrower as everywhere.
"""

from collections.abc import Mapping
from typing import Final

from flask import current_app, request

from portal.domain.errors import AccessRefused
from portal.domain.support_calls import OnlyBorrower
from portal.queries.support_calls import find_open_of_agent
from portal.web import sessions, writes
from portal.web.access import Audience, marker_of
from portal.web.review.blueprint import blueprint
from portal.web.review.support.within import Page, refused
from portal.web.signed_in import load_staff

ACTS_OF_PAGES: Final[Mapping[str, OnlyBorrower]] = {
    "borrower.plan_sign": OnlyBorrower.SIGN,
    "borrower.plan_sign_code": OnlyBorrower.ASK_SIGNING_CODE,
    "borrower.record_messages": OnlyBorrower.SEE_CODE,
    "borrower.plan_disclosure": OnlyBorrower.CONFIRM_DISCLOSURE,
    "borrower.plan_terms": OnlyBorrower.TICK_TERMS,
    "borrower.plan_explain": OnlyBorrower.TICK_TERMS,
    "borrower.plan_reason": OnlyBorrower.GIVE_CONSENT,
    "borrower.record_wishes": OnlyBorrower.GIVE_CONSENT,
    "borrower.record_consents": OnlyBorrower.WITHDRAW_CONSENT,
    "borrower.record_withdraw": OnlyBorrower.WITHDRAW_CONSENT,
    "borrower.new_number": OnlyBorrower.CHANGE_NUMBER,
    "borrower.new_number_code": OnlyBorrower.CHANGE_NUMBER,
    "borrower.counter_refuse": OnlyBorrower.ANSWER_COUNTER,
    "borrower.proposal_withdraw": OnlyBorrower.WITHDRAW_PLAN,
    "borrower.support_call": OnlyBorrower.ALLOW_CALL,
    "borrower.support_enter": OnlyBorrower.ALLOW_CALL,
    "borrower.support_allow": OnlyBorrower.ALLOW_CALL,
}
"""Which of the borrower's acts a page of theirs is for; every other page of theirs is acting as them."""


@blueprint.before_app_request
def refuse_to_act_as_the_borrower() -> Page | None:
    """Nothing of the page is reached; the answer and the event are those of any other refused act of the call."""
    act = _act_of_page()
    if act is None:
        return None
    staff_id = sessions.desk_beside()
    person = load_staff(writes.database(), staff_id) if staff_id is not None else None
    if person is None:
        return None
    call = find_open_of_agent(writes.database(), person.id, now=writes.now())
    if call is None:
        return None
    error = AccessRefused("borrowers_page_on_call", rule="D04")
    return refused(person, call.public_id, act.value, error)


def _act_of_page() -> OnlyBorrower | None:
    """None where the page is nobody's own: one for everybody may be read by the desk, only not sent."""
    endpoint = request.endpoint or ""
    marker = marker_of(current_app.view_functions.get(endpoint, _nothing))
    if marker is None or request.blueprint != "borrower":
        return None
    if marker.audience is not Audience.BORROWER and request.method in writes.SAFE_METHODS:
        return None
    if endpoint == "borrower.plan_sign" and "code" in request.form:
        return OnlyBorrower.ENTER_SIGNING_CODE
    return ACTS_OF_PAGES.get(endpoint, OnlyBorrower.ACT_AS_THEM)


def _nothing() -> None:
    """No view."""
