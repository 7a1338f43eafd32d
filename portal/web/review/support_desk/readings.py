"""The share of support calls that was drawn to be read again: what the record holds of each, and a supervisor's verdict."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.permissions import Permission
from portal.messages import text_of
from portal.queries.policies import policy_on
from portal.queries.support_desk import ShownReading, events_of_call, find_wrap_up, get_reading, readings
from portal.services.support_supervision import open_reading, read_again
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.labels import SUPPORT_ENDS, SUPPORT_LEVELS, SUPPORT_REASONS
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.support_desk.event_lines import event_lines
from portal.web.review.support_desk.forms import ReadingForm
from portal.web.review.support_desk.words import OUTCOMES
from portal.web.support_labels import VERDICTS
from portal.web.unsent import Onward, is_all_there, typed_in, unsent_page

Page = str | Response | tuple[str, int]


@blueprint.get("/support/readings")
@staff_page(Permission.SUPPORT_WATCH)
def support_readings(person: StaffPerson) -> str:
    session, now = writes.database(), writes.now()
    return render_template(
        "review/support_desk/readings.html",
        waiting=readings(session, staff_id=person.id, is_open=True, now=now),
        read=readings(session, staff_id=person.id, is_open=False, now=now, most=20),
        rules=policy_on(session, writes.today()).support,
        reasons=SUPPORT_REASONS,
        verdicts=VERDICTS,
    )


@blueprint.get("/support/readings/<public_id>")
@staff_page(Permission.SUPPORT_WATCH, looks=True)
def support_reading(person: StaffPerson, public_id: str) -> str:
    """The borrower reads that it was looked at."""
    shown = get_reading(writes.database(), public_id)
    open_reading(writes.database(), person.actor, call=shown.call, now=writes.now())
    return _page(shown, ReadingForm(formdata=None))


@blueprint.post("/support/readings/<public_id>")
@staff_page(Permission.SUPPORT_SUPERVISE)
def send_support_reading(person: StaffPerson, public_id: str) -> Page:
    form, shown = ReadingForm(), get_reading(writes.database(), public_id)
    try:
        with writes.attempt():
            read_again(
                writes.database(),
                person.actor,
                call=shown.call,
                verdict=form.verdict.data or "",
                remark=form.remark.data or "",
                now=writes.now(),
            )
    except AccessRefused:
        raise
    except Conflict as error:
        return _read(error, shown, form)
    except DomainError as error:
        put_on_form(form, error)
        return _page(shown, form), 422
    flash(gettext("Your verdict is kept."), "success")
    return redirect(url_for("review.support_readings"), 303)


def _read(error: Conflict, shown: ShownReading, form: ReadingForm) -> Page:
    """The same words once more lead on; others are given back, beside those that stand."""
    typed, remark = typed_in(form), shown.reading.remark or ""
    if is_all_there(typed, [remark]):
        flash(text_of(error), "notice")
        return redirect(url_for("review.support_readings"), 303)
    onward = Onward(gettext("Calls to read again"), url_for("review.support_readings"))
    return unsent_page(text_of(error), typed, stands={gettext("Remark for the agent"): remark}, onward=onward)


def _page(shown: ShownReading, form: ReadingForm) -> str:
    session = writes.database()
    return render_template(
        "review/support_desk/reading.html",
        shown=shown,
        lines=event_lines(events_of_call(session, shown.call)),
        wrap_up=find_wrap_up(session, shown.call.id),
        outcomes={outcome.value: text for outcome, text in OUTCOMES.items()},
        reasons=SUPPORT_REASONS,
        levels=SUPPORT_LEVELS,
        ends=SUPPORT_ENDS,
        verdicts=VERDICTS,
        reading=form,
        **({"form": form} if form.errors or form.form_errors else {}),
    )
