"""The queue: the earliest promise first; what it is narrowed to stands in its address."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from flask import flash, redirect, render_template, request, url_for
from flask_babel import LazyString, gettext, lazy_gettext
from werkzeug.wrappers import Response
from wtforms import Form, SelectField

from portal.domain.case_handling import Work
from portal.domain.errors import DomainError
from portal.domain.permissions import Permission
from portal.domain.queue_choices import Due, Whose
from portal.domain.service_choices import Standing, Turn
from portal.messages import text_of
from portal.queries.service_queue import ServiceFilter, ServiceKey, service_counts, service_page
from portal.services.next_service_cases import take_next_service_case
from portal.web import writes
from portal.web.access import staff_page
from portal.web.labels import CASE_TOPICS
from portal.web.people import StaffPerson
from portal.web.review import labels
from portal.web.review.blueprint import blueprint
from portal.web.review.queue_form import DUE, WHOSE

Choice = TypeVar("Choice", bound=StrEnum)
Choices = list[tuple[str, str | LazyString]]
TURNS: Mapping[Turn, LazyString] = {
    Turn.UNACKNOWLEDGED: lazy_gettext("Not confirmed to the borrower yet"),
    Turn.US: lazy_gettext("Our turn"),
    Turn.BORROWER: lazy_gettext("Waits for the borrower"),
    Turn.LENDER: lazy_gettext("Waits for the lender"),
}
STANDINGS: Mapping[Standing, LazyString] = {
    Standing.OPEN: lazy_gettext("Open"),
    Standing.CLOSED: lazy_gettext("Decided"),
}


def _all(texts: Mapping[Any, LazyString]) -> Choices:
    return [("", lazy_gettext("All")), *((str(value), text) for value, text in texts.items())]


class ServiceFilterForm(Form):
    """The filters by their names in the address."""

    work = SelectField(lazy_gettext("Kind"), choices=_all(labels.WORKS))
    due = SelectField(lazy_gettext("Answer promised"), choices=_all(DUE))
    whose = SelectField(
        lazy_gettext("Handled by"), choices=[(choice.value, text) for choice, text in WHOSE.items()]
    )
    turn = SelectField(lazy_gettext("Whose turn"), choices=_all(TURNS))
    standing = SelectField(
        lazy_gettext("State"), choices=[(choice.value, text) for choice, text in STANDINGS.items()]
    )


@blueprint.get("/service")
@staff_page(Permission.SERVICE_SEE)
def service_queue(person: StaffPerson) -> str:
    wanted = filter_of(person, request.args)
    page = service_page(writes.database(), wanted, key=_place(request.args))
    return render_template(
        "review/service/queue.html",
        page=page,
        wanted=wanted,
        counts=service_counts(writes.database(), wanted),
        filters=ServiceFilterForm(
            data={**values_of(wanted), "whose": wanted.whose.value, "standing": wanted.standing.value}
        ),
        works=labels.WORKS,
        topics=CASE_TOPICS,
        waits_for=labels.WAITS_FOR,
        previous_url=address_of(wanted, before=page.before) if page.before else None,
        next_url=address_of(wanted, after=page.after) if page.after else None,
    )


@blueprint.post("/service/next")
@staff_page(Permission.SERVICE_HANDLE)
def next_service_case(person: StaffPerson) -> Response:
    try:
        found = take_next_service_case(writes.database(), person.actor, now=writes.now())
    except DomainError as error:
        if error.code != "staff_away":
            raise
        flash(text_of(error), "warning")
        return redirect(url_for("review.service_queue"), 303)
    if found is not None:
        return redirect(url_for("review.service_case", public_id=found.public_id), 303)
    flash(gettext("Nothing here waits for you right now."), "notice")
    return redirect(url_for("review.service_queue"), 303)


def filter_of(person: StaffPerson, said: Mapping[str, str]) -> ServiceFilter:
    """Unknown values are no filter."""
    return ServiceFilter(
        actor=person.actor,
        now=writes.now(),
        today_ends=datetime.combine(writes.today() + timedelta(days=1), time(), tzinfo=writes.clock().zone),
        work=_choice(Work, said, "work"),
        due=_choice(Due, said, "due"),
        whose=_choice(Whose, said, "whose") or Whose.ALL,
        turn=_choice(Turn, said, "turn"),
        standing=_choice(Standing, said, "standing") or Standing.OPEN,
    )


def values_of(wanted: ServiceFilter) -> dict[str, str]:
    """As the address carries it: only what is not as usual."""
    names = ("work", "due", "whose", "turn", "standing")
    usual = {"whose": Whose.ALL, "standing": Standing.OPEN}
    values = {name: getattr(wanted, name) for name in names}
    return {
        name: str(value) for name, value in values.items() if value is not None and value != usual.get(name)
    }


def address_of(
    wanted: ServiceFilter, *, before: ServiceKey | None = None, after: ServiceKey | None = None
) -> str:
    places: dict[str, Any] = {"before": before and str(before), "after": after and str(after)}
    values: dict[str, Any] = {**values_of(wanted), **places}
    return url_for("review.service_queue", **values)


def _place(said: Mapping[str, str]) -> ServiceKey | None:
    return ServiceKey.parse(said.get("before"), is_backwards=True) or ServiceKey.parse(said.get("after"))


def _choice(choices: type[Choice], said: Mapping[str, str], name: str) -> Choice | None:
    try:
        return choices(said.get(name, ""))
    except ValueError:
        return None
