"""Flask-Login's part: who the session says is signed in. The guard in ``access`` decides what they may open."""

from flask import Flask, g, request
from flask_login import LoginManager, login_user, logout_user
from sqlalchemy.orm import Session

from portal.domain.permissions import Actor, ActorKind, Role
from portal.models import Borrower, StaffMember
from portal.web import sessions, writes
from portal.web.browsers import browser_words
from portal.web.people import BorrowerPerson, StaffPerson
from portal.web.proof import note_proof


def init_signed_in(app: Flask) -> None:
    manager = LoginManager()
    manager.session_protection = None  # "basic" signs people out whenever a phone changes its network
    manager.init_app(app, add_context_processor=False)

    @manager.user_loader
    def _load(person_id: str) -> BorrowerPerson | StaffPerson | None:
        kind, _, number = person_id.partition(":")
        kept = sessions.current()
        if kind != kept.audience or kept.person_id != int(number):
            return None
        if kept.row is None:
            if kind == "staff":
                return _walled(load_staff(writes.database(), int(number)))
            return load_borrower(writes.database(), int(number))
        if kind == "borrower":
            return _borrower(kept.row.person)
        # What staff change is asked within its own transaction: an account may have been disabled meanwhile.
        return _walled(
            _staff(kept.row.person)
            if request.method in writes.SAFE_METHODS
            else load_staff(writes.database(), int(number))
        )


def load_borrower(database: Session, borrower_id: int) -> BorrowerPerson | None:
    return _borrower(database.get(Borrower, borrower_id))


def load_staff(database: Session, staff_id: int) -> StaffPerson | None:
    """Roles are read here, at each request; a disabled account is nobody."""
    return _staff(database.get(StaffMember, staff_id))


def _borrower(row: Borrower | sessions.KeptPerson | None) -> BorrowerPerson | None:
    if row is None:
        return None
    name, mobile = Borrower.name.of(row, Borrower), Borrower.mobile.of(row, Borrower)
    return BorrowerPerson(row.id, name, mobile, row.locale, _actor(ActorKind.BORROWER, row.id))


def _staff(row: StaffMember | sessions.KeptPerson | None) -> StaffPerson | None:
    if row is None or row.disabled_at is not None:
        return None
    roles = frozenset(Role(role) for role in row.roles)
    return StaffPerson(row.id, row.number, row.name, row.locale, _actor(ActorKind.STAFF, row.id, roles))


def sign_in_borrower(borrower_id: int) -> BorrowerPerson:
    """A full sign-in: a new session id, and nothing of the old session's contents but in which browser."""
    kept = sessions.current()
    kept.renew(person_id=borrower_id)
    kept["browser"] = browser_words(request.user_agent.string)
    person = load_borrower(writes.database(), borrower_id)
    if person is None:
        raise LookupError(borrower_id)
    login_user(person)
    return person


def sign_in_staff(staff_id: int) -> StaffPerson:
    """A new session id; it keeps in which browser, so that its owner knows it in their list."""
    kept = sessions.current()
    kept.renew(person_id=staff_id)
    kept["browser"] = browser_words(request.user_agent.string)
    note_proof()
    person = load_staff(writes.database(), staff_id)
    if person is None:
        raise LookupError(staff_id)
    login_user(person)
    _walled(person)
    return person


def _walled(person: StaffPerson | None) -> StaffPerson | None:
    """Whose request it is: staff of agencies have the rights of theirs (decision 0286)."""
    if person is not None and Role.COLLECTOR in person.actor.roles:
        writes.wall_in(person.id)
    return person


def sign_out() -> None:
    logout_user()
    sessions.current().forget()


def visitor() -> Actor:
    """The actor of somebody who is not signed in."""
    return _actor(ActorKind.PUBLIC, None)


def _actor(kind: ActorKind, person_id: int | None, roles: frozenset[Role] = frozenset()) -> Actor:
    return Actor(kind, person_id, roles, request_id=g.request_id, session_key=sessions.current().key)
