"""A loan of the list by its address: nobody opens one of their own, or of somebody close (rule P18)."""

from portal.models import CallItem
from portal.queries.calls import get_call_item
from portal.services.staff_relations import refuse_close
from portal.web import writes
from portal.web.people import StaffPerson


def open_item(person: StaffPerson, public_id: str, *, is_locked: bool = False) -> CallItem:
    """Raises ``NotFound``, and ``AccessRefused("related_case")``."""
    item = get_call_item(writes.database(), public_id, is_locked=is_locked)
    refuse_close(writes.database(), person.actor, borrower_id=item.borrower_id)
    return item
