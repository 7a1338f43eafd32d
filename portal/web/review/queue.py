"""The queue: what waits, the most urgent first."""

from collections.abc import Sequence
from dataclasses import replace

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.domain.permissions import Permission
from portal.domain.queue_choices import Sort, Stage
from portal.queries.creditors import currencies_in_use
from portal.queries.queue_filters import QueueFilter
from portal.queries.reviews import QueuePage, queue_counts, queue_page
from portal.queries.waiting_threads import waiting_among
from portal.web import writes
from portal.web.access import staff_page
from portal.web.labels import PLAN_KINDS, REFERRALS
from portal.web.people import StaffPerson
from portal.web.review import labels
from portal.web.review.account import first_page
from portal.web.review.blueprint import blueprint
from portal.web.review.next_case import still_undoable
from portal.web.review.queue_address import (
    address_of,
    everything,
    filter_of,
    now_address,
    page_address,
    page_of,
    place_of,
    values_of,
)
from portal.web.review.queue_form import SELDOM, SORTS, filter_form
from portal.web.review.queue_now import alarm_of
from portal.web.review.views import ViewForm, shown_views

Column = tuple[Sort, Sort]
SORTED_BY: dict[str, Column] = {
    "deadline": (Sort.DEADLINE, Sort.DEADLINE),
    "sum": (Sort.SUM, Sort.SUM_UP),
    "dpd": (Sort.DPD, Sort.DPD_UP),
}


@blueprint.get("", strict_slashes=False)
@staff_page(Permission.DESK_SEE)
def queue(person: StaffPerson) -> str | Response:
    """The desk's own address: whose role has no queue is led to their first page."""
    if not person.actor.may(Permission.QUEUE_SEE):
        return redirect(first_page(person), 303)
    views = shown_views(person)
    opened = next((view for view in views if view.is_default), None)
    if opened is not None and not request.args:
        return redirect(opened.url, 303)
    wanted = filter_of(person.id, request.args)
    return render_template(
        "review/queue.html",
        undoable=still_undoable(person),
        views=views,
        choices=values_of(wanted),
        view_form=ViewForm(formdata=None),
        labels=labels,
        **_page(wanted),
    )


@blueprint.get("/seconds")
@staff_page(Permission.SECOND_SEE)
def seconds(person: StaffPerson) -> str:
    """What colleagues decided and what waits for this person to agree."""
    return render_template(
        "review/seconds.html", **_page(filter_of(person.id, request.args, stage=Stage.SECOND))
    )


def _page(wanted: QueueFilter) -> dict[str, object]:
    """What both queues show: rows, counts, filters, and the address that keeps them up to date."""
    page, values = queue_page(writes.database(), wanted, key=place_of(request.args)), values_of(wanted)
    counts = queue_counts(writes.database(), wanted)
    return {
        "page": page,
        "wanted": wanted,
        "counts": counts,
        "alarm": alarm_of(counts),
        "filters": filter_form(wanted, currencies_in_use(writes.database())),
        "has_seldom": any(name in values for name in SELDOM),
        "page_url": url_for(page_of(wanted)),
        "all_url": address_of(everything(wanted)),
        "here_url": address_of(wanted),
        "now_url": now_address(wanted),
        "now": wanted.now,
        "sorts": SORTS,
        "sort": wanted.sort,
        "headings": {name: _heading(wanted, by) for name, by in SORTED_BY.items()},
        "with_messages": _with_messages(page),
        "previous_url": page_address(wanted, before=page.before),
        "next_url": page_address(wanted, after=page.after),
        "plan_kinds": PLAN_KINDS,
        "referrals": REFERRALS,
    }


def _heading(wanted: QueueFilter, by: Column) -> dict[str, str]:
    """Where a column's heading leads, and how the column is sorted: once more turns it round."""
    first, other = by
    is_sorted = wanted.sort in by
    url = address_of(replace(wanted, sort=other if wanted.sort is first else first))
    if not is_sorted:
        return {"url": url}
    return {"url": url, "sorted": "descending" if wanted.sort.is_descending else "ascending"}


def _with_messages(page: QueuePage) -> frozenset[int]:
    rows: Sequence[int] = [row.proposal_id for row in page.rows]
    return waiting_among(writes.database(), rows)
