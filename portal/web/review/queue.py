"""The queue: what waits, the most urgent first. Filters and places stand in the address, so that a page can be kept or sent."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar

from flask import render_template, request, url_for
from flask_babel import LazyString, lazy_gettext
from wtforms import Form, SelectField

from portal.domain.permissions import Permission
from portal.domain.plans import PlanKind
from portal.queries.reviews import (
    QueueFilter,
    QueueKey,
    QueuePage,
    Stage,
    Whose,
    queue_counts,
    queue_page,
)
from portal.queries.waiting_threads import waiting_among
from portal.web import writes
from portal.web.access import staff_page
from portal.web.labels import PLAN_KINDS, REFERRALS
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint

Choice = TypeVar("Choice", bound=StrEnum)
WHOSE: dict[Whose, LazyString] = {
    Whose.ALL: lazy_gettext("All"),
    Whose.FREE: lazy_gettext("Held by nobody"),
    Whose.MINE: lazy_gettext("Held by me"),
}


class FilterForm(Form):
    """What stands in the address is chosen already."""

    kind = SelectField(
        lazy_gettext("Kind of plan"),
        choices=[("", lazy_gettext("All")), *((kind.value, text) for kind, text in PLAN_KINDS.items())],
    )
    whose = SelectField(
        lazy_gettext("Cases"), choices=[(choice.value, text) for choice, text in WHOSE.items()]
    )


@blueprint.get("", strict_slashes=False)
@staff_page(Permission.QUEUE_SEE)
def queue(person: StaffPerson) -> str:
    wanted = QueueFilter(
        person.id, writes.now(), kind=_choice(PlanKind, "kind"), whose=_choice(Whose, "whose") or Whose.ALL
    )
    page = queue_page(writes.database(), wanted, key=_key(), due_before=_end_of_today())
    return render_template(
        "review/queue.html",
        page=page,
        with_messages=_with_messages(page),
        counts=queue_counts(writes.database(), wanted),
        filters=FilterForm(kind=wanted.kind or "", whose=wanted.whose),
        is_filtered=wanted.kind is not None or wanted.whose is not Whose.ALL,
        previous_url=_address(wanted, before=page.before),
        next_url=_address(wanted, after=page.after),
        plan_kinds=PLAN_KINDS,
        referrals=REFERRALS,
    )


@blueprint.get("/seconds")
@staff_page(Permission.PROPOSAL_DECIDE)
def seconds(person: StaffPerson) -> str:
    """What colleagues decided and what waits for this person to agree."""
    wanted = QueueFilter(person.id, writes.now(), stage=Stage.SECOND)
    page = queue_page(writes.database(), wanted, key=_key(), due_before=_end_of_today())
    return render_template(
        "review/seconds.html",
        page=page,
        with_messages=_with_messages(page),
        previous_url=_address(wanted, before=page.before),
        next_url=_address(wanted, after=page.after),
        plan_kinds=PLAN_KINDS,
        referrals=REFERRALS,
    )


def _with_messages(page: QueuePage) -> frozenset[int]:
    return waiting_among(writes.database(), [row.proposal_id for row in page.rows])


def _choice(choices: type[Choice], name: str) -> Choice | None:
    """What the address asks for; anything unknown is no filter."""
    try:
        return choices(request.args.get(name, ""))
    except ValueError:
        return None


def _key() -> QueueKey | None:
    before = QueueKey.parse(request.args.get("before"), is_backwards=True)
    return before or QueueKey.parse(request.args.get("after"))


def _end_of_today() -> datetime:
    zone = writes.clock().zone
    return datetime.combine(writes.today() + timedelta(days=1), time(), tzinfo=zone)


def _address(
    wanted: QueueFilter, *, before: QueueKey | None = None, after: QueueKey | None = None
) -> str | None:
    """The same filter at another place; None where there is none."""
    if before is None and after is None:
        return None
    return url_for(
        "review.seconds" if wanted.stage is Stage.SECOND else "review.queue",
        kind=wanted.kind.value if wanted.kind else None,
        whose=wanted.whose.value if wanted.whose is not Whose.ALL else None,
        before=str(before) if before else None,
        after=str(after) if after else None,
    )
