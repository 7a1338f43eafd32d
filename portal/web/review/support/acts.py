"""What a borrower's own pages offer and the desk does not: each has an address here that refuses, so that an attempt is on record."""

from portal.domain.permissions import Permission
from portal.domain.support_calls import OnlyBorrower
from portal.services.support_calls import OnSupportCall
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.support.within import Page, only_borrower, within

_ACTS = ", ".join(f"'{act.value}'" for act in OnlyBorrower)


@blueprint.route(f"/support/<call_id>/only-borrower/<any({_ACTS}):act>", methods=["GET", "POST"])
@staff_page(Permission.SUPPORT_CALL, looks=True)
@within("only_borrower")
def support_only_borrower(person: StaffPerson, on: OnSupportCall, act: str) -> Page:
    """Always refused: sign, tick, consent, enter or see a code, change a number, answer for somebody."""
    del person, on
    raise only_borrower(OnlyBorrower(act))
