"""An act on an account: done, or refused in words and on the record."""

from collections.abc import Callable

from flask import flash

from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.messages import text_of
from portal.services.staff_changes import record_staff_refusal
from portal.web import writes
from portal.web.people import StaffPerson


def carried_out(person: StaffPerson, act: str, verb: Callable[[], object]) -> bool:
    """False where it was refused: the page says why, and the record has it. What belongs on a form goes on to the caller."""
    try:
        with writes.attempt():
            verb()
    except (AccessRefused, Conflict) as error:
        note_refusal(person, act, error)
        flash(text_of(error), "problem")
        return False
    return True


def note_refusal(person: StaffPerson, act: str, error: DomainError) -> None:
    record_staff_refusal(writes.database(), person.actor, act=act, error=error, now=writes.now())
