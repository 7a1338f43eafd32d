"""One transaction a request, ended in one place.

Unsafe methods, and views that record a look, hold a write transaction; other GETs read. A refusal inside ``attempt`` rolls back to a
savepoint; what is recorded after it (the refusal's event, a counter) then commits with the request.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from flask import Flask, Response, current_app, g, request
from sqlalchemy.orm import Session

from portal.adapters.database_rights import wall_off
from portal.clock import Clock
from portal.db import OpenTransaction
from portal.web.wiring import Portal

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def portal() -> Portal:
    """What the app was wired with: config, clock, engine, adapters."""
    wired: Portal = current_app.extensions["portal"]
    return wired


def clock() -> Clock:
    return portal().clock


def now() -> datetime:
    """The instant of this request: one reading for all that it does."""
    if "now" not in g:
        g.now = clock().now()
    instant: datetime = g.now
    return instant


def business_now() -> datetime:
    """This request's instant in the lender's zone, for what depends on the lender's day."""
    return now().astimezone(clock().zone)


def today() -> date:
    return clock().today()


def database() -> Session:
    """The session of this request's transaction."""
    return opened().session


def opened() -> OpenTransaction:
    if "tx" not in g:
        _open(writes=request.method not in SAFE_METHODS)
    tx: OpenTransaction = g.tx
    return tx


def _open(*, writes: bool) -> None:
    g.tx = OpenTransaction(portal().engine, writes=writes)
    if is_walled():
        _wall_off()


def wall_in(staff_id: int) -> None:
    """Who asks works for an agency: from here all transactions of the request have the rights of agencies' staff, this one too, and of
    loans the rows that stand with the agency of this one.
    """
    g.walled_for = staff_id
    if "tx" in g:
        _wall_off()


def _wall_off() -> None:
    wall_off(opened().session, g.walled_for, at=business_now())


def is_walled() -> bool:
    return "walled_for" in g


def look_over_the_wall() -> None:
    """This request needs to compare with what its reader may not see, and shows nothing of it: before anything was written."""
    if g.pop("walled_for", None) is not None:
        let_go()


def only_read() -> None:
    """Read only from here, though the method is unsafe, and let the next writer go on; before anything was written."""
    if "tx" not in g or opened().writes:
        let_go()
        _open(writes=False)


def open_for_writing() -> None:
    """Turn a GET's transaction into one that may write; to be called before anything was written."""
    if "tx" not in g or not opened().writes:
        let_go()
        _open(writes=True)


def let_go() -> None:
    """Hold no transaction and no connection while something slow is done; what was read is anybody's from here."""
    tx: OpenTransaction | None = g.pop("tx", None)
    if tx is not None:
        tx.rollback()


def keep() -> None:
    """Commit what was written so far, whatever the answer will be."""
    tx: OpenTransaction | None = g.pop("tx", None)
    if tx is not None:
        tx.commit()


@contextmanager
def attempt() -> Iterator[None]:
    """A savepoint around what may refuse; nothing of it stays where an exception leaves it. Reading needs none."""
    if "tx" not in g and request.method in SAFE_METHODS:
        yield
        return
    tx = opened()
    if not tx.writes:
        yield
        return
    with tx.session.begin_nested():
        yield


@contextmanager
def attempt_all() -> Iterator[None]:
    """As ``attempt``, around the first that is done in a transaction: an exception takes all of it back, and whoever goes on begins
    another. Where nothing is refused it costs nothing, as a savepoint does.
    """
    try:
        yield
    except Exception:
        let_go()
        raise


def end_transaction(response: Response) -> Response:
    """Commit, or roll back where the answer is a server error. Runs last of all."""
    tx: OpenTransaction | None = g.pop("tx", None)
    if tx is None:
        return response
    if response.status_code >= 500 or not tx.writes:
        tx.rollback()
    else:
        tx.commit()
    return response


def init_writes(app: Flask) -> None:
    @app.teardown_request
    def _abandon(_error: BaseException | None) -> None:
        tx: OpenTransaction | None = g.pop("tx", None)
        if tx is not None:
            tx.rollback()
