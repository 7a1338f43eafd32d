"""What an open page of the queue asks every half minute: the counts, how its rows stand, how many are new. It keeps no session alive."""

from datetime import UTC, datetime, timedelta

from flask import render_template, request
from flask_babel import gettext, ngettext

from portal.domain.permissions import Permission
from portal.queries.reviews import COUNTED, PAGE, QueueRow, count_since, queue_counts, rows_now
from portal.web import sessions, writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.queue_address import filter_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def mark_of(now: datetime) -> str:
    """An instant as the page carries it."""
    return str((now - _EPOCH) // timedelta(microseconds=1))


@blueprint.get("/now")
@staff_page(Permission.QUEUE_SEE)
def queue_now(person: StaffPerson) -> dict[str, object]:
    """``counts``: a part of the page; ``new``: a sentence or nothing; ``rows``: by id, state and the words of the last column."""
    sessions.mark_background()
    session = writes.database()
    wanted = filter_of(person.id, request.args)
    asked = [each for each in request.args.get("ids", "").split(",") if each][:PAGE]
    found = rows_now(session, wanted, asked) if asked else {}
    return {
        "counts": render_template("review/queue_counts.html", counts=queue_counts(session, wanted)),
        "new": _new(count_since(session, wanted, _since())),
        "rows": {each: _state(found.get(each)) for each in asked},
    }


def _state(row: QueueRow | None) -> dict[str, str]:
    if row is None:
        return {"state": "gone", "words": gettext("Dealt with")}
    if row.is_mine:
        return {"state": "mine", "words": gettext("Me")}
    return {"state": "other" if row.holder else "free", "words": row.holder or gettext("Nobody")}


def _new(count: int) -> str:
    if not count:
        return ""
    if count > COUNTED:
        return str(gettext("More than 100 new cases – show"))
    return str(ngettext("%(num)s new case – show", "%(num)s new cases – show", count))


def _since() -> datetime:
    """When the page was drawn; now, where it does not say."""
    text = request.args.get("since", "")
    if text.isascii() and text.isdigit() and len(text) <= 17:
        return _EPOCH + timedelta(microseconds=int(text))
    return writes.now()
