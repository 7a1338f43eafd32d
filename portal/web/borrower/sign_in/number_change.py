"""A new mobile number: a code to it, the old number and the ID's ending, then staff. The pages are the same whether anybody fits or not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from flask import redirect, render_template, url_for
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField

from portal.domain.errors import DomainError
from portal.domain.masking import mask_mobile
from portal.domain.mobiles import parse_mobile, refuse_elsewhere
from portal.domain.numbers import refuse_same_number
from portal.domain.one_time_codes import CodePurpose, parse_ending
from portal.i18n import current_locale
from portal.services.number_changes import NumberWish, ask_for_number_change, find_whose_number
from portal.services.one_time_codes import CodeOrder, check_code, send_code
from portal.services.stopped_numbers import Day
from portal.web import sessions, writes
from portal.web.access import public_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.sign_in.code import CodeForm
from portal.web.borrower.sign_in.mobile import Page
from portal.web.dead_ends import CODE_LOCKED
from portal.web.doors import code_door, code_lifetime, code_minutes
from portal.web.form_errors import put_on_form
from portal.web.kept_numbers import open_number, seal_number
from portal.web.signed_in import visitor
from portal.web.typed import shown_again
from portal.web.waiting import come_back_page

_WISH = "number_wish"
_ASKED = "number_asked"


class NumbersForm(FlaskForm):
    """Old number, ending, new number."""

    old = StringField(lazy_gettext("Old mobile number"), filters=[shown_again])
    ending = StringField(lazy_gettext("Last four characters of your ID number"), filters=[shown_again])
    new = StringField(lazy_gettext("New mobile number"), filters=[shown_again])


@dataclass(frozen=True, slots=True)
class Wish:
    """What was given, kept in the server's session until the code is right. The ending itself is not kept."""

    old: str
    new: str
    borrower_id: int | None

    @classmethod
    def find(cls) -> Self | None:
        kept = sessions.current().get(_WISH)
        old, new = (open_number(kept[name]) for name in ("old", "new")) if kept else (None, None)
        return None if kept is None or old is None or new is None else cls(old, new, kept["borrower_id"])

    def keep(self) -> None:
        sessions.current()[_WISH] = {
            "old": seal_number(self.old),
            "new": seal_number(self.new),
            "borrower_id": self.borrower_id,
        }


@blueprint.route("/new-number", methods=["GET", "POST"])
@public_page
def new_number() -> Page:
    form = NumbersForm()
    if form.is_submitted():
        try:
            wish = _parsed(form)
            if wish is not None:
                return _send(wish, form.ending.data or "")
        except DomainError as error:
            put_on_form(form, error)
    return render_template("borrower/sign_in/new_number.html", form=form), 422 if form.errors else 200


@blueprint.route("/new-number/code", methods=["GET", "POST"])
@public_page
def new_number_code() -> Page:
    wish = Wish.find()
    if wish is None:
        done = _ASKED in sessions.current()
        return redirect(url_for("borrower.new_number_asked" if done else "borrower.new_number"), 303)
    form = CodeForm()
    if form.is_submitted():
        verdict = check_code(
            writes.database(),
            visitor(),
            purpose=CodePurpose.NEW_NUMBER,
            target=wish.new,
            typed=form.code.data or "",
            door=code_door(),
            now=writes.now(),
        )
        if verdict.is_right:
            return _ask(wish)
        if verdict.again_at is not None:
            return come_back_page(verdict.again_at, CODE_LOCKED)
        if verdict.error is not None:
            put_on_form(form, verdict.error)
    body = render_template(
        "borrower/sign_in/new_number_code.html",
        form=form,
        mobile=mask_mobile(wish.new),
        code_minutes=code_minutes(),
    )
    return body, 422 if form.errors else 200


@blueprint.get("/new-number/asked")
@public_page
def new_number_asked() -> Page:
    asked = sessions.current().get(_ASKED)
    if asked is None:
        return redirect(url_for("borrower.new_number"), 303)
    return render_template(
        "borrower/sign_in/new_number_asked.html",
        change_reference=asked["reference"],
        not_before=datetime.fromisoformat(asked["not_before"]),
    )


def _parsed(form: NumbersForm) -> Wish | None:
    """Shape and country only; whose number it is, no page tells. None where a field is wrong: each says so, all at once."""
    old = _read(form, parse_mobile, form.old.data, "old")
    _read(form, parse_ending, form.ending.data, "ending")
    new = _read(form, parse_mobile, form.new.data, "new")
    if form.errors:
        return None
    refuse_same_number(old, new)
    refuse_elsewhere(new, writes.portal().config.new_number_prefixes, field="new")
    return Wish(old, new, None)


def _read(form: NumbersForm, parse: Callable[..., str], typed: str | None, field: str) -> str:
    try:
        return parse(typed or "", field=field)
    except DomainError as error:
        put_on_form(form, error)
        return ""


def _send(wish: Wish, ending: str) -> Page:
    """Order a code, whoever it is, that the worker sends to the new number where old number and ending fit somebody. How often a number may
    be asked about is counted for all numbers alike.
    """
    verdict = find_whose_number(
        writes.database(), visitor(), mobile=wish.old, typed=ending, door=code_door(), now=writes.now()
    )
    if verdict.again_at is not None:
        return come_back_page(verdict.again_at)
    order = CodeOrder(
        purpose=CodePurpose.NEW_NUMBER,
        target=wish.new,
        mobile=wish.new,
        locale=current_locale(),
        lifetime=code_lifetime(),
        fits=verdict.borrower_id is not None,
    )
    sent = send_code(writes.database(), visitor(), order=order, door=code_door(), now=writes.now())
    if sent.code_id is None:
        return come_back_page(sent.again_at, CODE_LOCKED)
    Wish(wish.old, wish.new, verdict.borrower_id).keep()
    return redirect(url_for("borrower.new_number_code"), 303)


def _ask(wish: Wish) -> Page:
    change = ask_for_number_change(
        writes.database(),
        visitor(),
        wish=NumberWish(
            old_mobile=wish.old,
            new_mobile=wish.new,
            borrower_id=wish.borrower_id,
            locale=current_locale(),
        ),
        day=Day(today=writes.today(), zone=writes.clock().zone),
        now=writes.now(),
    )
    sessions.current().renew(person_id=None)
    sessions.current()[_ASKED] = {
        "reference": change.reference,
        "not_before": change.not_before.isoformat(),
    }
    return redirect(url_for("borrower.new_number_asked"), 303)
