"""Who is signed in, as the views see them (and as Flask-Login wants them)."""

from dataclasses import dataclass

from flask_login import UserMixin

from portal.domain.permissions import Actor


@dataclass(frozen=True, slots=True)
class BorrowerPerson(UserMixin):
    """A borrower with a full sign-in."""

    id: int
    name: str
    mobile: str
    locale: str
    actor: Actor

    def get_id(self) -> str:
        return f"borrower:{self.id}"


@dataclass(frozen=True, slots=True)
class StaffPerson(UserMixin):
    """Staff with password and TOTP."""

    id: int
    number: str
    name: str
    locale: str
    actor: Actor

    def get_id(self) -> str:
        return f"staff:{self.id}"
