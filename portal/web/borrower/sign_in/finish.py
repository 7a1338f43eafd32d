"""The end of signing in: a new session, and a device that is known from now on."""

from flask import Request, make_response, redirect, request
from werkzeug.wrappers import Response

from portal.queries.sign_in import REVERIFY_AFTER
from portal.services.sign_in import remember_device, start_session
from portal.services.stopped_numbers import lift_stop
from portal.services.web_sessions import make_room
from portal.web import sessions, writes
from portal.web.borrower.sign_in.progress import Progress
from portal.web.cookies import set_cookie
from portal.web.signed_in import sign_in_borrower


def device_cookie() -> str:
    return "__Host-device" if writes.portal().config.secure_cookies else "device"


def device_token(request: Request) -> str | None:
    return request.cookies.get(device_cookie())


def finish_sign_in(borrower_id: int, progress: Progress, *, is_device_known: bool) -> Response:
    """Sign in and go where the visitor was going."""
    person = sign_in_borrower(borrower_id)
    make_room(
        writes.database(),
        person.actor,
        now=writes.now(),
        idle=sessions.idle_times("borrower"),
        replaced=sessions.replaced_id(),
    )
    start_session(
        writes.database(),
        person.actor,
        borrower_id=borrower_id,
        is_device_known=is_device_known,
        now=writes.now(),
    )
    sessions.current()["signed_in_at"] = writes.now().isoformat()
    response = make_response(redirect(progress.next, 303))
    if not is_device_known:
        lift_stop(
            writes.database(),
            person.actor,
            mobile=progress.mobile,
            borrower_id=borrower_id,
            key=writes.portal().config.hash_key,
            now=writes.now(),
        )
        token = remember_device(
            writes.database(), borrower_id=borrower_id, old_token=device_token(request), now=writes.now()
        )
        set_cookie(response, device_cookie(), token, max_age=int(REVERIFY_AFTER.total_seconds()))
    return response
