"""How far somebody has come with signing in: kept in the server's session, and gone with it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from portal.web import sessions, writes
from portal.web.elder_view import with_patience
from portal.web.kept_numbers import open_number, seal_number

PROVEN_FOR = timedelta(minutes=10)
_NAME = "sign_in"


@dataclass(frozen=True, slots=True)
class Progress:
    """``again_at``: when another code may be asked for. ``proven_at``: when the code was right (None: not yet)."""

    mobile: str
    next: str
    again_at: datetime
    proven_at: datetime | None = None

    @classmethod
    def find(cls) -> Self | None:
        kept = sessions.current().get(_NAME)
        if kept is None:
            return None
        mobile = open_number(kept["mobile"])
        if mobile is None:
            return None
        proven_at = datetime.fromisoformat(kept["proven_at"]) if kept["proven_at"] else None
        return cls(mobile, kept["next"], datetime.fromisoformat(kept["again_at"]), proven_at)

    def keep(self) -> None:
        sessions.current()[_NAME] = {
            "mobile": seal_number(self.mobile),
            "next": self.next,
            "again_at": self.again_at.isoformat(),
            "proven_at": self.proven_at.isoformat() if self.proven_at else "",
        }

    def prove(self) -> None:
        """The code was right: more rights, so a new session."""
        sessions.current().renew(person_id=None)
        replace(self, proven_at=writes.now()).keep()

    @property
    def is_proven(self) -> bool:
        return self.proven_at is not None and self.proven_at + with_patience(PROVEN_FOR) > writes.now()

    @property
    def may_ask_again(self) -> bool:
        return self.again_at <= writes.now()
