"""Who is signed in, as the views see them (and as Flask-Login wants them)."""

from dataclasses import dataclass

from flask_login import UserMixin

from portal.domain.permissions import Actor, Permission


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


def first_endpoint(person: StaffPerson) -> str:
    """The first page that the person's roles have."""
    if person.actor.may(Permission.QUEUE_SEE):
        return "review.queue"
    if person.actor.may(Permission.CALL_MAKE):
        return "review.calls"
    return "review.service_queue" if person.actor.may(Permission.SERVICE_SEE) else "review.account"
