"""What every view of a support call begins with: the call read anew, and a refusal that leaves its trace."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from portal.domain.errors import AccessRefused, DomainError
from portal.domain.support_calls import Level, OnlyBorrower
from portal.messages import text_of
from portal.services.support_calls import (
    OnSupportCall,
    end_lapsed_support_calls,
    on_support_call,
    record_refused_act,
)
from portal.web import writes
from portal.web.errors import error_page
from portal.web.people import StaffPerson

Page = str | Response | tuple[str, int]
View = Callable[..., Page]

ONLY_BORROWERS_FIELDS: Final[Mapping[str, OnlyBorrower]] = {
    "code": OnlyBorrower.ENTER_SIGNING_CODE,
    "reading": OnlyBorrower.CONFIRM_DISCLOSURE,
    "terms": OnlyBorrower.TICK_TERMS,
    "consents": OnlyBorrower.GIVE_CONSENT,
    "knows_limitation": OnlyBorrower.SIGN,
    "old": OnlyBorrower.CHANGE_NUMBER,
    "mobile": OnlyBorrower.ACT_AS_THEM,
    "level": OnlyBorrower.ALLOW_CALL,
}
"""Fields that only a borrower's own forms have: one that comes from the desk was put there."""


def within(act: str, *, least: Level = Level.NONE, is_locked: bool = True) -> Callable[[View], View]:
    """Stands under the access marker: the view gets the call, as it is now and with an actor whose events name it.

    What is refused is undone, told to the borrower, and answered with a page; a call that is over has its own.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def run(person: StaffPerson, call_id: str, **values: Any) -> Page:
            try:
                with writes.attempt():
                    _refuse_borrowers_fields()
                    on = on_support_call(
                        writes.database(),
                        person.actor,
                        public_id=call_id,
                        least=least,
                        is_locked=is_locked,
                        now=writes.now(),
                    )
                    return view(person, on, **values)
            except DomainError as error:
                return refused(person, call_id, str(values.get("act", act)), error)

        return run

    return decorate


def refused(person: StaffPerson, call_id: str, act: str, error: DomainError) -> Page:
    """After what was done is undone: the event, and what has ended meanwhile; of a page that only reads, too."""
    writes.open_for_writing()
    session = writes.database()
    named = str(error.details.get("act", act))
    record_refused_act(session, person.actor, public_id=call_id, act=named, code=error.code, now=writes.now())
    end_lapsed_support_calls(session, now=writes.now())
    if error.code == "support_call_over":
        return redirect(url_for("review.support_call", call_id=call_id), 303)
    return error_page(error.status, text_of(error), error)


def only_borrower(act: OnlyBorrower) -> AccessRefused:
    is_code = act in {OnlyBorrower.ENTER_SIGNING_CODE, OnlyBorrower.SEE_CODE, OnlyBorrower.ASK_SIGNING_CODE}
    code = "no_code_for_staff" if is_code else "only_the_borrower"
    return AccessRefused(code, rule="D04", act=act.value)


def on_of(on: OnSupportCall) -> str:
    """The call in an address."""
    return on.call.public_id


def _refuse_borrowers_fields() -> None:
    found = next((act for name, act in ONLY_BORROWERS_FIELDS.items() if name in request.form), None)
    if found is not None:
        raise only_borrower(found)
