"""Server-side sessions, one cookie an audience; a new id at every change of rights; only the token's hash is kept.

Idle and absolute limits: borrower 10 and 60 minutes (twice that in the elder view), staff 15 minutes and 10 hours.
Visitors have no row: see `portal.web.visitors`.
"""

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final

from flask import Flask, Request, Response, g, request, session
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import Row, Select, bindparam, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.datastructures import CallbackDict

from portal.db import transaction
from portal.models import Borrower, StaffMember, WebSession
from portal.queries.operations import read_only_reason
from portal.queries.web_sessions import IS_PATIENT, IdleTimes
from portal.web import visitors, writes
from portal.web.cookies import drop_cookie, set_cookie
from portal.web.elder_view import is_elder_view, longest, with_patience

TOUCH_EVERY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lives."""

    idle: timedelta
    absolute: timedelta


_SESSION = WebSession.__table__.c


_OWN: Final = ("id", "person_id", "data", "created_at", "seen_at", "expires_at")
_NAMES: Final[Mapping[str, Sequence[str]]] = {
    "borrower": ("id", "public_id", "data_key", "name_sealed", "mobile_sealed", "locale"),
    "staff": ("id", "number", "name", "locale", "roles", "disabled_at"),
}
"""What of a person is read with their session."""


def _with_person(audience: str, person: type[Borrower] | type[StaffMember]) -> Select[*tuple[Any, ...]]:
    """A session by its hash, with who is signed in: the columns of both in one reading."""
    columns = person.__table__.c
    return (
        select(
            *(_SESSION[name] for name in _OWN),
            *(columns[name].label(f"of_{name}") for name in _NAMES[audience]),
            read_only_reason().label("read_only_reason"),
        )
        .outerjoin(person.__table__, columns.id == _SESSION.person_id)
        .where(_SESSION.token_hash == bindparam("token_hash"), _SESSION.audience == audience)
    )


_SESSIONS: Final = {
    "borrower": _with_person("borrower", Borrower),
    "staff": _with_person("staff", StaffMember),
}

LIMITS: Mapping[str, Limits] = {
    "borrower": Limits(timedelta(minutes=10), timedelta(minutes=60)),
    "staff": Limits(timedelta(minutes=15), timedelta(hours=10)),
}


def limits_for(audience: str) -> Limits:
    """The limits for this reader: a borrower in the elder view has twice the time."""
    limits = LIMITS[audience]
    if audience != "borrower":
        return limits
    return Limits(with_patience(limits.idle), with_patience(limits.absolute))


def idle_times(audience: str) -> IdleTimes:
    """For how long sessions of this audience may be left alone."""
    idle = LIMITS[audience].idle
    return IdleTimes(idle, longest(idle) if audience == "borrower" else idle)


def replaced_id() -> int | None:
    """The row of the session that was renewed in this request: it goes when the new one is written."""
    kept = current()
    return kept.row.id if kept.row is not None and kept.is_renewed else None


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class KeptSession:
    """A session's row as it was read."""

    id: int
    person_id: int | None
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    person: "KeptPerson | None"
    """Who is signed in, as read with the session; None where nobody is."""


def _mark_modified(changed: Any) -> None:
    changed.modified = True


class KeptPerson(SimpleNamespace):
    """The columns of a person that ``_NAMES`` has."""


class ServerSession(CallbackDict[str, Any], SessionMixin):
    """The session's data, with where it is kept. ``renew`` gives it a new id; ``forget`` ends it."""

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        audience: str,
        token: str | None = None,
        row: KeptSession | None = None,
        is_fresh: bool = True,
    ) -> None:
        super().__init__(dict(data), on_update=_mark_modified)
        self.modified = False
        self.audience = audience
        self.token = token
        self.row = row
        self.is_fresh = is_fresh
        self.person_id: int | None = row.person_id if row else None
        self.is_renewed = False
        self.is_ended = False

    @property
    def is_visitors(self) -> bool:
        """Nobody began to sign in and nothing is remembered but the form token: a cookie is enough."""
        return self.row is None and self.token is None and set(self) <= visitors.NAMES

    @property
    def key(self) -> str:
        """What codes are bound to: the hash of the token."""
        if self.token is None:
            self.token = secrets.token_urlsafe(32)
            self.modified = True
        return token_hash(self.token)

    def renew(self, *, person_id: int | None, keep: frozenset[str] = frozenset()) -> None:
        """A new id and, but for ``keep``, new contents."""
        for name in set(self) - keep - {"csrf_token"}:
            del self[name]
        self.pop("csrf_token", None)
        self.token = secrets.token_urlsafe(32)
        self.person_id = person_id
        self.is_renewed = True
        self.modified = True

    def forget(self) -> None:
        self.clear()
        self.is_ended = True


class DatabaseSessions(SessionInterface):
    """Reads the session at the start of a request; ``finish`` writes it at the end, before the commit."""

    def open_session(self, app: Flask, request: Request) -> ServerSession | None:
        audience = "staff" if request.path.startswith("/desk") else "borrower"
        nobody = ServerSession({}, audience=audience)
        value = request.cookies.get(cookie_name(audience))
        if value is None or request.path.startswith(f"{app.static_url_path}/"):
            return nobody
        if visitors.is_visitors(value):
            said = visitors.read_visitor(value, audience)
            return ServerSession(said.data, audience=audience, is_fresh=said.is_fresh) if said else nobody
        try:
            return _find_live(value, audience) or nobody
        except SQLAlchemyError as error:
            # Raised here, no page could be drawn; `refuse_unread` raises it once one can.
            g.unread = error
            return nobody

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Nothing: ``finish`` did it, in time for the commit."""


def refuse_unread() -> None:
    """Raises what kept the session from being read: somebody signed in is not to be taken for a stranger."""
    if "unread" in g:
        raise g.unread


def _find_live(token: str, audience: str) -> ServerSession | None:
    with _reading() as own:
        found = own.execute(_SESSIONS[audience], {"token_hash": token_hash(token)}).one_or_none()
    if found is not None:
        g.read_only_reason = found.read_only_reason
    now = writes.now()
    limits = limits_for(audience)
    if found is None or found.created_at + limits.absolute <= now or found.seen_at + limits.idle <= now:
        return None
    row = KeptSession(
        found.id, found.person_id, found.created_at, found.seen_at, found.expires_at, _person(found, audience)
    )
    return ServerSession(found.data, audience=audience, token=token, row=row)


def _person(found: Row[Any], audience: str) -> KeptPerson | None:
    if found.of_id is None:
        return None
    return KeptPerson(**{name: getattr(found, f"of_{name}") for name in _NAMES[audience]})


@contextmanager
def _reading() -> Iterator[Session]:
    """The transaction of the request where it only reads; else one apart, for a slow sender must not hold the one writer of SQLite before
    its form is in.
    """
    if request.method in writes.SAFE_METHODS:
        yield writes.database()
        return
    with transaction(writes.portal().engine, writes=False) as own:
        yield own


def desk_beside() -> int | None:
    """Who is signed in at the desk in the browser that asks for a borrower's page; None where nobody is."""
    token = request.cookies.get(cookie_name("staff"))
    if token is None or visitors.is_visitors(token) or current().audience == "staff":
        return None
    kept = _find_live(token, "staff")
    return kept.person_id if kept else None


def has_ended() -> bool:
    """This browser brought a session that is over: by itself, by its limits, or because it was ended elsewhere."""
    kept = current()
    value = request.cookies.get(cookie_name(kept.audience), "")
    return value != "" and kept.row is None and not visitors.is_visitors(value)


def cookie_name(audience: str) -> str:
    name = "desk" if audience == "staff" else "portal"
    return f"__Host-{name}" if writes.portal().config.secure_cookies else name


def current() -> ServerSession:
    return session._get_current_object()  # type: ignore[attr-defined,no-any-return]  # noqa: SLF001


def mark_background() -> None:
    """This request came from an open page and from no person: it does not keep the session alive."""
    g.is_background = True


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """Whole seconds until the session ends if nothing more is done, and until it ends whatever is done."""

    seconds: int
    at_most: int


def time_left() -> TimeLeft | None:
    """As this request will leave it; None where nobody is signed in."""
    kept, now = current(), writes.now()
    if kept.row is None or kept.person_id is None:
        return None
    seen = now if kept.modified or _is_stale(kept) else kept.row.seen_at
    at_most = kept.row.expires_at - now
    idle = seen + limits_for(kept.audience).idle - now
    return TimeLeft(max(0, int(min(idle, at_most).total_seconds())), max(0, int(at_most.total_seconds())))


def is_over() -> bool:
    """This visitor was signed in here, and the sitting has ended."""
    value = request.cookies.get(cookie_name(current().audience))
    return value is not None and not visitors.is_visitors(value) and current().row is None


def touch() -> None:
    """Somebody is there: seen now, though they were seen within the minute."""
    current().modified = True


def finish(response: Response) -> Response:
    """Write the session where it changed or was not seen for a minute, then end the transaction."""
    if request.endpoint != "static":
        _keep(current(), response)
    return writes.end_transaction(response)


def _keep(kept: ServerSession, response: Response) -> None:
    if response.status_code >= 500:
        return
    if kept.is_visitors and not kept.is_ended:
        _keep_visitor(kept, response)
    elif kept.modified or kept.is_ended or _is_stale(kept) or _is_of_other_view(kept):
        _keep_row(kept, response)


def _keep_visitor(kept: ServerSession, response: Response) -> None:
    if kept and (kept.modified or not kept.is_fresh):
        set_cookie(response, cookie_name(kept.audience), visitors.visitors_value(kept, kept.audience))


def _is_stale(kept: ServerSession) -> bool:
    return kept.row is not None and kept.row.seen_at + TOUCH_EVERY < writes.now() and "is_background" not in g


def _is_patient(kept: ServerSession) -> bool:
    return kept.audience == "borrower" and is_elder_view()


def _is_of_other_view(kept: ServerSession) -> bool:
    """Its reader chose the other view since it was written: it ends sooner or later than it says."""
    return kept.row is not None and bool(kept.get(IS_PATIENT)) != _is_patient(kept)


def _keep_row(kept: ServerSession, response: Response) -> None:
    if "tx" in g and writes.opened().writes:
        _write(writes.database(), kept, writes.now())
    else:
        if "tx" in g:
            g.pop("tx").rollback()
        with transaction(writes.portal().engine) as own:
            _write(own, kept, writes.now())
    if kept.is_ended:
        drop_cookie(response, cookie_name(kept.audience))
    elif kept.token is not None and (kept.row is None or kept.is_renewed):
        set_cookie(response, cookie_name(kept.audience), kept.token)


def _write(database: Session, kept: ServerSession, now: datetime) -> None:
    limits = limits_for(kept.audience)
    is_replaced = kept.row is not None and (kept.is_renewed or kept.is_ended)
    if is_replaced and kept.row is not None:
        database.execute(delete(WebSession).where(WebSession.id == kept.row.id))
    if kept.is_ended:
        return
    data = {name: value for name, value in kept.items() if name != IS_PATIENT}
    if _is_patient(kept):
        data[IS_PATIENT] = True
    if kept.row is not None and not kept.is_renewed:
        database.execute(
            update(WebSession).where(WebSession.id == kept.row.id).values(data=data, seen_at=now)
        )
        return
    database.execute(
        insert(WebSession).values(
            token_hash=kept.key,
            audience=kept.audience,
            person_id=kept.person_id,
            data=data,
            created_at=now,
            seen_at=now,
            expires_at=now + limits.absolute,
        )
    )
