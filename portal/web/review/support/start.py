"""Starting a support call: a number that is looked for exactly, who called and why. What it led to is told to nobody."""

from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectField, StringField

from portal.domain.errors import Conflict, DomainError
from portal.domain.permissions import Permission
from portal.domain.support_calls import Direction, Reason
from portal.messages import text_of
from portal.queries.support_calls import calls_of_agent, find_open_of_agent
from portal.queries.support_desk import find_unwrapped
from portal.services.support_calls import CallWish, count_search, record_refused_start
from portal.services.support_starts import start_support_call
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.labels import SUPPORT_ENDS, SUPPORT_LEVELS, SUPPORT_REASONS
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.typed import shown_again

Page = str | Response | tuple[str, int]


class StartForm(FlaskForm):
    """All as text; the rules parse it."""

    number = StringField(
        lazy_gettext("Mobile, loan or reference number that the caller tells"), filters=[shown_again]
    )
    direction = RadioField(
        lazy_gettext("Who called?"),
        choices=[
            (Direction.IN.value, lazy_gettext("The caller called us")),
            (Direction.OUT.value, lazy_gettext("I call back, as they wished")),
        ],
        default=Direction.IN.value,
        validate_choice=False,
    )
    reason = SelectField(
        lazy_gettext("Why?"),
        choices=[
            ("", lazy_gettext("Choose…")),
            *SUPPORT_REASONS.items(),
        ],
        validate_choice=False,
    )

    def wish(self) -> CallWish:
        """Raises ``support_reason_missing``, ``support_direction_missing``."""
        if self.reason.data not in set(Reason):
            raise DomainError("support_reason_missing", field="reason")
        if self.direction.data not in set(Direction):
            raise DomainError("support_direction_missing", field="direction")
        return CallWish(
            typed=self.number.data or "",
            direction=Direction(self.direction.data),
            reason=Reason(self.reason.data),
        )


@blueprint.get("/support")
@staff_page(Permission.SUPPORT_CALL)
def support(person: StaffPerson) -> str:
    return _page(person, StartForm())


@blueprint.post("/support")
@staff_page(Permission.SUPPORT_CALL)
def support_start(person: StaffPerson) -> Page:
    form = StartForm()
    try:
        wish = form.wish()
        count_search(writes.database(), person.actor, now=writes.now())
        with writes.attempt():
            call = start_support_call(
                writes.database(),
                person.actor,
                wish=wish,
                key=writes.portal().config.secret_key,
                hash_key=writes.portal().config.hash_key,
                now=writes.business_now(),
            )
        return redirect(url_for("review.support_call", call_id=call.public_id), 303)
    except DomainError as error:
        record_refused_start(
            writes.database(),
            person.actor,
            typed=form.number.data or "",
            code=error.code,
            now=writes.now(),
        )
        if error.code == "support_wrap_up_missing":
            flash(text_of(error), "warning")
            return redirect(url_for("review.support_wrap_up", call_id=error.details["call"]), 303)
        shown = DomainError(error.code, field=error.field)
        shown.details = {"which": error.rule, **error.details}
        put_on_form(form, shown)
        return _page(person, form), 409 if isinstance(error, Conflict) else error.status


def _page(person: StaffPerson, form: StartForm) -> str:
    session = writes.database()
    return render_template(
        "review/support/start.html",
        form=form,
        unwrapped=find_unwrapped(session, person.id, now=writes.now()),
        open_call=find_open_of_agent(session, person.id, now=writes.now()),
        calls=calls_of_agent(session, person.id),
        reasons=SUPPORT_REASONS,
        levels=SUPPORT_LEVELS,
        ends=SUPPORT_ENDS,
        now=writes.now(),
    )
