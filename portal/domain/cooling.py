"""The pause between being handed a draft that an agent prepared and signing it: nobody signs while somebody talks to them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.domain.errors import Conflict


@dataclass(frozen=True, slots=True)
class Cooling:
    """``handed_over_at`` None: the agent still works on it. ``is_on_call``: a support call with the borrower is going on."""

    handed_over_at: datetime | None
    signable_at: datetime | None
    is_on_call: bool

    def is_over(self, now: datetime) -> bool:
        return self.signable_at is not None and now >= self.signable_at and not self.is_on_call


def signable_from(handed_over_at: datetime, minutes: int) -> datetime:
    """``minutes`` is the policy's."""
    return handed_over_at + timedelta(minutes=minutes)


def refuse_cooling(cooling: Cooling | None, *, now: datetime) -> None:
    """None where nobody but the borrower filled it in.

    Raises ``Conflict``: ``draft_not_handed_over``, ``signing_on_call``, ``draft_cooling`` with ``from_at`` (ISO).
    """
    if cooling is None or cooling.is_over(now):
        return
    if cooling.signable_at is None:
        raise Conflict("draft_not_handed_over", rule="D04")
    if now < cooling.signable_at:
        raise Conflict("draft_cooling", rule="D04", from_at=cooling.signable_at.isoformat())
    raise Conflict("signing_on_call", rule="D04")
