"""Access markers: every view carries one or the app does not start. The guard hands the person to the view.

A refusal undoes what the view did, and the refusal's own event is kept (`portal.web.errors`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from types import MappingProxyType
from typing import Any

from flask import Flask, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.domain.errors import AccessRefused
from portal.domain.permissions import Permission
from portal.web import writes
from portal.web.people import BorrowerPerson, StaffPerson
from portal.web.proof import demand_proof

View = Callable[..., Any]


class Audience(StrEnum):
    """Who a view is for."""

    PUBLIC = "public"
    BORROWER = "borrower"
    STAFF = "staff"
    DEMO = "demo"


_PEOPLE: Mapping[Audience, type] = MappingProxyType(
    {Audience.BORROWER: BorrowerPerson, Audience.STAFF: StaffPerson}
)


@dataclass(frozen=True, slots=True)
class Marker:
    """What a view asks of its visitor.

    ``looks`` says that even a GET writes a look event; ``reads`` that nothing is written, whatever the method; ``proven`` that who is
    signed in must have shown it lately (`portal.web.proof`).
    """

    audience: Audience
    permission: Permission | None = None
    looks: bool = False
    reads: bool = False
    proven: bool = False


class UnmarkedViewError(Exception):
    """A view without an access marker."""


def public_page(view: View) -> View:
    """Anybody may open it; the view gets no person."""
    return _marked(view, Marker(Audience.PUBLIC), lambda: None)


def public_check(view: View) -> View:
    """Anybody may open it and send to it; at most a count is written, in a moment of its own, so that strangers do not hold up those who
    write.
    """
    return _marked(view, Marker(Audience.PUBLIC, reads=True), lambda: None)


def public_door(view: View) -> View:
    """Anybody may open it and send to it; it begins by reading, and opens for writing itself once the slow part is done."""
    return _marked(view, Marker(Audience.PUBLIC, reads=True), lambda: None)


def demo_page(view: View) -> View:
    """Anybody, but only where the deployment is a demo."""
    return _marked(view, Marker(Audience.DEMO), lambda: None)


def borrower_page(view: View) -> View:
    """A signed-in borrower: the view's first argument."""
    return _marked(view, Marker(Audience.BORROWER), _borrower)


def borrower_look(view: View) -> View:
    """A borrower's page whose GET leaves a trace: what was shown or downloaded."""
    return _marked(view, Marker(Audience.BORROWER, looks=True), _borrower)


def borrower_upload(view: View) -> View:
    """A borrower's page that takes files: it begins by reading, and opens for writing itself once the slow part is done."""
    return _marked(view, Marker(Audience.BORROWER, reads=True), _borrower)


def staff_page(
    permission: Permission, *, looks: bool = False, reads: bool = False, proven: bool = False
) -> Callable[[View], View]:
    """Signed-in staff with a permission: the view's first argument. ``reads`` as for ``borrower_upload``.

    ``proven``: an act that gives power or sets rules, by a form without files.
    """

    def mark(view: View) -> View:
        marker = Marker(Audience.STAFF, permission, looks, reads, proven)
        return _marked(view, marker, lambda: _staff(permission, is_proof_wanted=proven))

    return mark


def marker_of(view: View) -> Marker | None:
    return getattr(view, "access_marker", None)


def refuse_unmarked_views(app: Flask) -> None:
    """Raises ``UnmarkedViewError`` naming every endpoint whose view carries no marker."""
    unmarked = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if endpoint != "static" and marker_of(view) is None
    ]
    if unmarked:
        raise UnmarkedViewError(f"views without an access marker: {', '.join(sorted(unmarked))}")


class SignInNeeded(Exception):
    """Nobody is signed in for this audience. ``is_unsent``: a form was sent all the same, and the sign-in says that it was not taken."""

    def __init__(self, audience: Audience, *, is_unsent: bool = False) -> None:
        super().__init__(audience)
        self.audience = audience
        self.is_unsent = is_unsent


def audience_missing(view: View | None) -> Audience | None:
    """Whom the view is for, where nobody of them is signed in; None where somebody is, or where anybody may come."""
    marker = marker_of(view) if view is not None else None
    person = None if marker is None else _PEOPLE.get(marker.audience)
    if marker is None or person is None or isinstance(current_user._get_current_object(), person):  # noqa: SLF001
        return None
    return marker.audience


def to_sign_in(needed: SignInNeeded) -> Response:
    """Send the visitor to the audience's sign-in, and back afterwards where there is a page to come back to."""
    endpoint = "review.sign_in" if needed.audience is Audience.STAFF else "borrower.sign_in"
    back = request.full_path if request.query_string else request.path
    # A page and its form may be two views at one address.
    is_page = current_app.create_url_adapter(request).test(method="GET")  # type: ignore[union-attr]
    # What is None is left out.
    target = url_for(
        endpoint,
        next=back if is_page and back != "/" else None,
        unsent="1" if needed.is_unsent else None,
    )
    return redirect(target, 303)


def _marked(view: View, marker: Marker, guard: Callable[[], object | None]) -> View:
    @wraps(view)
    def guarded(**values: Any) -> Any:
        if marker.reads:
            writes.only_read()
        person = guard()
        if marker.looks:
            # Only now: a stranger must not hold the one writer of SQLite up.
            writes.open_for_writing()
        people = () if person is None else (person,)
        # A proof that the guard has taken stays used up, and on record, whatever becomes of the act.
        with writes.attempt() if marker.proven else writes.attempt_all():
            return view(*people, **values)

    guarded.access_marker = marker  # type: ignore[attr-defined]
    return guarded


def _borrower() -> BorrowerPerson:
    person = current_user._get_current_object()  # noqa: SLF001 - Flask-Login offers no other way past its proxy
    if not isinstance(person, BorrowerPerson):
        raise SignInNeeded(Audience.BORROWER)
    return person


def _staff(permission: Permission, *, is_proof_wanted: bool) -> StaffPerson:
    person = current_user._get_current_object()  # noqa: SLF001
    if not isinstance(person, StaffPerson):
        raise SignInNeeded(Audience.STAFF)
    if not person.actor.may(permission):
        raise AccessRefused("permission_missing", permission=permission.value)
    if is_proof_wanted:
        demand_proof(person)
    return person
