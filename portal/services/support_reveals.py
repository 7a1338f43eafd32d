"""Showing one masked field in a support call in full, for half a minute, with a reason (rule D03)."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from portal.domain.errors import AccessRefused, DomainError
from portal.domain.support_calls import Level
from portal.models import SupportReveal
from portal.queries.support_desk import is_call_back_due
from portal.services.support_calls import OnSupportCall, record_on_call

UNCOVERED_FOR: Final = timedelta(seconds=30)


class RevealField(StrEnum):
    """What can be shown in full; the ID's last four are all that is kept of an ID, and no card's number is."""

    NAME = "name"
    MOBILE = "mobile"
    EMAIL = "email"


class SupportRevealReason(StrEnum):
    """Why it is shown."""

    ADDRESS = "address"
    """To address the person by name."""
    CALL_BACK = "call_back"
    CORRECT_DATA = "correct_data"
    MESSAGE_MISSING = "message_missing"
    """A message does not arrive, and number or address are compared with what the borrower says."""


def reveal_in_support_call(
    session: Session, on: OnSupportCall, *, field: str, reason: str, now: datetime
) -> SupportReveal:
    """Raises ``AccessRefused("support_not_allowed")``, ``statement_missing``, ``reveal_field_missing``, ``reason_missing``."""
    _refuse_beyond(session, on, field, now)
    if field not in set(RevealField):
        raise DomainError("reveal_field_missing", field="field")
    if reason not in set(SupportRevealReason):
        raise DomainError("reason_missing", field="reason")
    reveal = SupportReveal(call_id=on.call.id, field=field, reason=reason, at=now, until=now + UNCOVERED_FOR)
    session.add(reveal)
    session.flush()
    record_on_call(
        session,
        on.actor,
        on.call,
        "support:revealed",
        now=now,
        field=field,
        reason=reason,
        until=reveal.until.isoformat(),
    )
    return reveal


def _refuse_beyond(session: Session, on: OnSupportCall, field: str, now: datetime) -> None:
    """What the borrower let the agent see; and, to call back as promised, the number that is dialled."""
    if Level(on.call.level).reaches(Level.PROVEN):
        if not on.call.is_explained:
            raise DomainError("statement_missing", field="statements", rule="C14")
        return
    if field != RevealField.MOBILE or not is_call_back_due(session, on.call, now=now):
        raise AccessRefused("support_not_allowed", rule="D04", least=Level.PROVEN.value)
