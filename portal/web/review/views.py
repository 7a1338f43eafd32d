"""Saved views of the queue: kept from its filters, renamed, deleted, opened by default."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import StringField

from portal.domain.errors import DomainError
from portal.domain.permissions import Permission
from portal.models import SavedView
from portal.queries.saved_views import views_of
from portal.services.saved_views import delete_view, keep_view, open_view_by_default, rename_view
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.queue_address import address_of, filter_of, values_of
from portal.web.typed import shown_again

Page = str | Response | tuple[str, int]


class ViewForm(FlaskForm):
    """The name is all that is asked; what it shows comes from the queue's address."""

    name = StringField(lazy_gettext("Name of the view"), filters=[shown_again])


@dataclass(frozen=True, slots=True)
class ShownView:
    """A saved view with its address; what an older version kept and none knows any more is left out."""

    id: int
    name: str
    url: str
    is_default: bool
    form: ViewForm


def shown_views(
    person: StaffPerson, form: ViewForm | None = None, form_of: int | None = None
) -> Sequence[ShownView]:
    """``form`` is that of the view ``form_of`` where a new name was refused."""
    return [
        ShownView(
            id=view.id,
            name=view.name,
            url=view_address(person, view),
            is_default=view.is_default,
            form=form if form is not None and view.id == form_of else _form(f"view-{view.id}", view.name),
        )
        for view in views_of(writes.database(), person.id)
    ]


def view_address(person: StaffPerson, view: SavedView) -> str:
    return address_of(filter_of(person.id, {name: str(value) for name, value in view.choices.items()}))


@blueprint.get("/views")
@staff_page(Permission.QUEUE_SEE)
def views(person: StaffPerson) -> str:
    return render_template("review/views.html", views=shown_views(person))


@blueprint.post("/views")
@staff_page(Permission.QUEUE_SEE)
def keep(person: StaffPerson) -> Page:
    """Keep what the queue shows under a name."""
    form, choices = ViewForm(), values_of(filter_of(person.id, request.form))
    try:
        with writes.attempt():
            view = keep_view(
                writes.database(), person.actor, name=form.name.data or "", choices=choices, now=writes.now()
            )
    except DomainError as error:
        put_on_form(form, error)
        body = render_template("review/views.html", views=shown_views(person), form=form, choices=choices)
        return body, 422
    flash(gettext("The view is kept."), "success")
    return redirect(view_address(person, view), 303)


@blueprint.post("/views/rename")
@staff_page(Permission.QUEUE_SEE)
def rename(person: StaffPerson) -> Page:
    view_id = _view_id()
    form = _form(f"view-{view_id}")
    try:
        with writes.attempt():
            rename_view(
                writes.database(), person.actor, view_id=view_id, name=form.name.data or "", now=writes.now()
            )
    except DomainError as error:
        if error.code == "not_found":
            return _to_views()
        put_on_form(form, error)
        shown = shown_views(person, form, view_id)
        return render_template("review/views.html", views=shown, form=form), 422
    return _to_views()


@blueprint.post("/views/delete")
@staff_page(Permission.QUEUE_SEE)
def delete(person: StaffPerson) -> Page:
    """Deleting what is gone already is nothing."""
    try:
        with writes.attempt():
            delete_view(writes.database(), person.actor, view_id=_view_id(), now=writes.now())
    except DomainError:
        return _to_views()
    flash(gettext("The view is deleted."), "success")
    return _to_views()


@blueprint.post("/views/default")
@staff_page(Permission.QUEUE_SEE)
def default(person: StaffPerson) -> Page:
    """The queue opens with it; without one, with everything."""
    view_id = _view_id() or None
    try:
        with writes.attempt():
            open_view_by_default(writes.database(), person.actor, view_id=view_id, now=writes.now())
    except DomainError:
        return _to_views()
    return _to_views()


def _form(prefix: str, name: str | None = None) -> ViewForm:
    if name is None:
        return ViewForm(prefix=prefix)
    return ViewForm(formdata=None, prefix=prefix, data={"name": name})


def _view_id() -> int:
    """0 is nobody's."""
    text = request.form.get("view", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _to_views() -> Response:
    return redirect(url_for("review.views"), 303)
