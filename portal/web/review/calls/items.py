"""A loan of the list by its address: nobody opens one of their own, or of somebody close (rule P18), and an agency's staff only its own."""

from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement

from portal.models import CallItem
from portal.queries.calls import get_call_item
from portal.queries.placements import has_placed, is_open_to
from portal.services.staff_relations import refuse_close
from portal.web import writes
from portal.web.people import StaffPerson

OPEN_FOR: Final = timedelta(minutes=15)
"""So long after an outcome was noted its next steps are offered."""


def open_item(person: StaffPerson, public_id: str, *, is_locked: bool = False) -> CallItem:
    """Raises ``NotFound``, also for what does not stand with the person's agency, and ``AccessRefused("related_case")``.

    What has left an agency stays open to whoever called about it, until the outcome is noted and a moment longer.
    """
    item = get_call_item(writes.database(), public_id, within=_within(person), is_locked=is_locked)
    refuse_close(writes.database(), person.actor, borrower_id=item.borrower_id)
    return item


def may_see(person: StaffPerson, item: CallItem) -> bool:
    """Whether a loan may be shown: to staff of an agency while it stands with it."""
    if not person.actor.is_agencys:
        return True
    return has_placed(writes.database(), person.id, item.loan_id, now=writes.business_now())


def _within(person: StaffPerson) -> ColumnElement[bool] | None:
    if not person.actor.is_agencys:
        return None
    return is_open_to(person.id, now=writes.business_now(), noted_since=writes.now() - OPEN_FOR)
