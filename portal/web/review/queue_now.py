"""What an open page of the queue asks every half minute: the counts, how its rows stand, how many are new. It keeps no session alive."""

from datetime import datetime, timedelta

from flask import render_template, request
from flask_babel import gettext, ngettext

from portal.domain.permissions import Permission
from portal.domain.queue_choices import Stage
from portal.i18n import InstantFormats
from portal.queries.queue_filters import QueueFilter
from portal.queries.reviews import COUNTED, PAGE, QueueCounts, QueueRow, count_since, queue_counts, rows_now
from portal.web import sessions, writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.queue_address import EPOCH, filter_of


@blueprint.get("/now")
@staff_page(Permission.QUEUE_SEE)
def queue_now(person: StaffPerson) -> dict[str, object]:
    return _now(filter_of(person.id, request.args))


@blueprint.get("/seconds/now")
@staff_page(Permission.SECOND_SEE)
def seconds_now(person: StaffPerson) -> dict[str, object]:
    return _now(filter_of(person.id, request.args, stage=Stage.SECOND))


def _now(wanted: QueueFilter) -> dict[str, object]:
    """``counts`` and ``alarm``: parts of the page; ``new``: a sentence or nothing; ``rows``: by id, state and the words of the last
    column.
    """
    sessions.mark_background()
    session = writes.database()
    counts = queue_counts(session, wanted)
    asked = [each for each in request.args.get("ids", "").split(",") if each][:PAGE]
    found = rows_now(session, wanted, asked) if asked else {}
    return {
        "counts": render_template("review/queue_counts.html", counts=counts, wanted=wanted),
        "alarm": alarm_of(counts),
        "new": _new(count_since(session, wanted, _since())),
        "rows": {each: _state(found.get(each)) for each in asked},
    }


def alarm_of(counts: QueueCounts) -> str:
    """A sentence where a promised time is about to pass, or nothing."""
    if counts.nearest is None:
        return ""
    count = f"{COUNTED}+" if counts.near > COUNTED else str(counts.near)
    return str(
        gettext(
            "Promised within two hours and not decided yet: %(count)s. The first is due at %(time)s.",
            count=count,
            time=InstantFormats(writes.clock().zone).time(counts.nearest),
        )
    )


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
        return EPOCH + timedelta(microseconds=int(text))
    return writes.now()
