"""Whom one is close to: declared by each member of staff themselves, and confirmed every year (rule P18)."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.domain.errors import DomainError
from portal.domain.permissions import Permission
from portal.domain.staff_relations import CONFIRM_EVERY, Closeness, is_due
from portal.models import StaffMember
from portal.queries.staff_accounts import declarations
from portal.services.staff_relations import HashKeys, confirm_relations, declare_loan, declare_person
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.staff.forms import RelationForm
from portal.web.review.staff.words import CLOSENESS, DECLARED_BY

Page = str | Response | tuple[str, int]


@blueprint.get("/me/relations")
@staff_page(Permission.DESK_SEE)
def own_relations(person: StaffPerson) -> str:
    return _page(person, RelationForm(formdata=None))


@blueprint.post("/me/relations")
@staff_page(Permission.DESK_SEE)
def declare_relation(person: StaffPerson) -> Page:
    """The same answer whether they owe anything or not: nobody finds out here who is a borrower."""
    form = RelationForm()
    writes.look_over_the_wall()
    try:
        with writes.attempt():
            _declare(person, form)
    except DomainError as error:
        put_on_form(form, error)
        return _page(person, form), 422
    flash(gettext("Noted. Where they have a loan here, you will never handle it."), "success")
    return redirect(url_for("review.own_relations"), 303)


@blueprint.post("/me/relations/confirm")
@staff_page(Permission.DESK_SEE)
def confirm_own_relations(person: StaffPerson) -> Response:
    me = writes.database().get_one(StaffMember, person.id)
    confirm_relations(writes.database(), person.actor, member=me, now=writes.now())
    flash(gettext("Confirmed. You are asked again in a year."), "success")
    return redirect(url_for("review.account"), 303)


def hash_keys() -> HashKeys:
    config = writes.portal().config
    return HashKeys(own=config.hash_key, lenders=config.id_hash_key)


def _declare(person: StaffPerson, form: RelationForm) -> None:
    kind, me, session = form.chosen(), writes.database().get_one(StaffMember, person.id), writes.database()
    typed, number = (form.id_number.data or "").strip(), (form.number.data or "").strip()
    if number and not typed:
        declare_loan(
            session, person.actor, member=me, kind=kind, number=number, keys=hash_keys(), now=writes.now()
        )
        return
    declare_person(
        session, person.actor, member=me, kind=kind, id_number=typed, keys=hash_keys(), now=writes.now()
    )
    if number:
        declare_loan(
            session, person.actor, member=me, kind=kind, number=number, keys=hash_keys(), now=writes.now()
        )


def _page(person: StaffPerson, form: RelationForm) -> str:
    me, now = writes.database().get_one(StaffMember, person.id), writes.now()
    declared = declarations(writes.database(), person.id)
    return render_template(
        "review/staff/relations.html",
        declared=declared,
        has_oneself=any(each.kind == Closeness.ONESELF.value for each in declared),
        is_due=is_due(me.relations_confirmed_at, now),
        again_on=me.relations_confirmed_at + CONFIRM_EVERY if me.relations_confirmed_at else None,
        kinds=CLOSENESS,
        ways=DECLARED_BY,
        form=form,
    )
