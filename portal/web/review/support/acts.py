"""What a borrower's own pages offer and the desk does not: each has an address here that refuses, so that an attempt is on record."""

from portal.domain.errors import DomainError
from portal.domain.permissions import Permission
from portal.domain.support_calls import OnlyBorrower
from portal.queries.support_calls import find_support_call
from portal.services.support_calls import not_your_call
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.support.within import Page, only_borrower, refused

_ACTS = ", ".join(f"'{act.value}'" for act in OnlyBorrower)


@blueprint.post(f"/support/<call_id>/only-borrower/<any({_ACTS}):act>")
@staff_page(Permission.SUPPORT_CALL)
def support_only_borrower(person: StaffPerson, call_id: str, act: str) -> Page:
    """Always refused, in a call that is over too: sign, tick, consent, enter or see a code, change a number, answer for somebody."""
    call = find_support_call(writes.database(), call_id)
    is_own = call is not None and call.staff_id == person.id
    error: DomainError = only_borrower(OnlyBorrower(act)) if is_own else not_your_call()
    return refused(person, call_id, act, error)
