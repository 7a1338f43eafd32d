"""Who is away and who holds what: for supervisors; and for each approver their own absence."""

from collections.abc import Callable
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField

from portal.adapters.record_standing import current_standing
from portal.domain.absences import absence_of
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.permissions import Permission
from portal.domain.reasons import TakeOverReason
from portal.messages import text_of
from portal.models import StaffMember
from portal.queries.absences import find_absence, get_member, team
from portal.queries.promises import promises_at_risk
from portal.queries.review_cases import get_submitted_proposal
from portal.queries.service_cases import get_service_case
from portal.services.absences import free_claims, hand_on_case, mark_away, mark_back
from portal.services.case_handling import hand_over_service_case, record_case_refusal
from portal.services.handing_on import WHY_HANDED_OVER, hand_on_all
from portal.services.record import record_about
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.message_budget import budget_alarms
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.labels import TAKE_OVER_REASONS
from portal.web.typed import shown_again

Page = str | Response | tuple[str, int]


class AwayForm(FlaskForm):
    """Two days, both of them away."""

    first_on = StringField(lazy_gettext("First day away"), filters=[shown_again])
    last_on = StringField(lazy_gettext("Last day away"), filters=[shown_again])


class ReasonForm(FlaskForm):
    """Why cases leave whoever holds them."""

    reason = SelectField(
        lazy_gettext("Why?"),
        choices=[(reason.value, text) for reason, text in TAKE_OVER_REASONS.items()],
        validate_choice=False,
    )


@blueprint.get("/me/away")
@staff_page(Permission.LEAVE_TAKE)
def away(person: StaffPerson) -> str:
    """One's own days away."""
    return _own_page(person, AwayForm())


@blueprint.post("/me/away")
@staff_page(Permission.LEAVE_TAKE)
def send_away(person: StaffPerson) -> Page:
    form = AwayForm()
    me = writes.database().get_one(StaffMember, person.id)
    if not _is_marked(person, me, form):
        return _own_page(person, form), 422
    flash(gettext("Noted. Nothing is given to you meanwhile; what you held is free."), "success")
    return redirect(url_for("review.away"), 303)


@blueprint.post("/me/back")
@staff_page(Permission.LEAVE_TAKE)
def back(person: StaffPerson) -> Response:
    me = writes.database().get_one(StaffMember, person.id)
    if mark_back(writes.database(), person.actor, member=me, now=writes.now()):
        flash(gettext("You are back: cases are given to you again."), "success")
    return redirect(url_for("review.away"), 303)


@blueprint.get("/team")
@staff_page(Permission.TEAM_SEE)
def team_page(person: StaffPerson) -> str:
    return _team(person)


@blueprint.post("/team/away")
@staff_page(Permission.TEAM_MANAGE)
def team_away(person: StaffPerson) -> Page:
    form = AwayForm(prefix=_number())
    return _acted(
        person, lambda: _is_marked(person, get_member(writes.database(), _number()), form), form=form
    )


@blueprint.post("/team/back")
@staff_page(Permission.TEAM_MANAGE)
def team_back(person: StaffPerson) -> Page:
    return _acted(
        person,
        lambda: (
            mark_back(
                writes.database(),
                person.actor,
                member=get_member(writes.database(), _number()),
                now=writes.now(),
            )
            or True
        ),
    )


@blueprint.post("/team/free")
@staff_page(Permission.TEAM_MANAGE)
def team_free(person: StaffPerson) -> Page:
    """Give back all that somebody holds."""

    def act() -> bool:
        member = get_member(writes.database(), _number())
        count = free_claims(
            writes.database(), person.actor, member=member, reason=_reason(), now=writes.now()
        )
        flash(gettext("Given back: %(count)s.", count=count), "success")
        return True

    return _acted(person, act)


@blueprint.post("/team/hand-on")
@staff_page(Permission.TEAM_MANAGE)
def hand_on(person: StaffPerson) -> Page:
    """Give one case to somebody else; what a rule refuses is on record."""

    def act() -> bool:
        session = writes.database()
        if request.form.get("kind") == "case":
            return _handed_over(person)
        proposal = get_submitted_proposal(session, request.form.get("case", "")[:32])
        to = get_member(session, request.form.get("to", "")[:16])
        try:
            with writes.attempt():
                hand_on_case(
                    session, person.actor, proposal=proposal, to=to, reason=_reason(), now=writes.now()
                )
        except AccessRefused as error:
            now = writes.now()
            record_about(session, person.actor, proposal, "case:claim_refused", now=now, code=error.code)
            raise DomainError("colleague_cannot_decide", field="to") from error
        flash(gettext("Handed to staff member %(number)s.", number=to.number), "success")
        return True

    return _acted(person, act)


def _handed_over(person: StaffPerson) -> bool:
    """A case that a borrower brought up."""
    session = writes.database()
    case = get_service_case(session, person.actor, request.form.get("case", "")[:32])
    to, why = get_member(session, request.form.get("to", "")[:16]), WHY_HANDED_OVER[_reason()]
    try:
        with writes.attempt():
            hand_over_service_case(session, person.actor, case=case, to=to, reason=why, now=writes.now())
    except AccessRefused as error:
        record_case_refusal(session, person.actor, case=case, act="hand_over", error=error, now=writes.now())
        raise DomainError("colleague_cannot_handle", field="to") from error
    flash(gettext("Handed to staff member %(number)s.", number=to.number), "success")
    return True


@blueprint.post("/team/hand-on-all")
@staff_page(Permission.TEAM_MANAGE)
def hand_all_on(person: StaffPerson) -> Page:
    """All that somebody holds to one colleague; what a rule keeps from them is free for others."""

    def act() -> bool:
        session = writes.database()
        member, to = get_member(session, _number()), get_member(session, request.form.get("to", "")[:16])
        done = hand_on_all(session, person.actor, member=member, to=to, reason=_reason(), now=writes.now())
        said = gettext(
            "Handed to staff member %(number)s: %(handed)s. Free for others: %(freed)s.",
            number=to.number,
            handed=done.handed,
            freed=done.freed,
        )
        flash(said, "success")
        return True

    return _acted(person, act)


def _acted(person: StaffPerson, act: Callable[[], bool], form: AwayForm | None = None) -> Page:
    """Back to the page; with a word where it could not be done."""
    try:
        is_done = act()
    except Conflict as error:
        flash(text_of(error), "problem")
        is_done = True
    except DomainError as error:
        if error.code == "not_found":
            return redirect(url_for("review.team_page"), 303)
        flash(text_of(error), "problem")
        is_done = True
    if not is_done:
        return _team(person, form), 422
    return redirect(url_for("review.team_page"), 303)


def _team(person: StaffPerson, failed: AwayForm | None = None) -> str:
    now = writes.now()
    lines = team(writes.database(), now=now)
    forms = {line.member.number: AwayForm(formdata=None, prefix=line.member.number) for line in lines}
    if failed is not None:
        forms[_number()] = failed
    return render_template(
        "review/team.html",
        lines=lines,
        at_risk=promises_at_risk(writes.database(), staff_id=person.id, now=now),
        forms=forms,
        reason=ReasonForm(formdata=None).reason,
        today=writes.today(),
        budget=budget_alarms(),
        record=current_standing(writes.database(), writes.portal().config, writes.now()),
        **({"form": failed} if failed is not None else {}),
    )


def _own_page(person: StaffPerson, form: AwayForm) -> str:
    now = writes.now()
    absence = find_absence(writes.database(), person.id, now=now)
    return render_template("review/away.html", form=form, absence=absence, today=writes.today(), now=now)


def _is_marked(person: StaffPerson, member: StaffMember, form: AwayForm) -> bool:
    """False where the form says what is missing."""
    first, last = _day(form.first_on), _day(form.last_on)
    if first is None or last is None:
        return False
    try:
        begins, ends = absence_of(
            first, last, today=writes.today(), zone=writes.clock().zone, now=writes.now()
        )
    except DomainError as error:
        put_on_form(form, error)
        return False
    mark_away(writes.database(), person.actor, member=member, from_at=begins, until_at=ends, now=writes.now())
    return True


def _day(field: StringField) -> date | None:
    try:
        return date.fromisoformat(field.data or "")
    except ValueError:
        field.errors = [*field.errors, gettext("Enter a day.")]
        return None


def _number() -> str:
    return request.form.get("member", "")[:16]


def _reason() -> TakeOverReason:
    try:
        return TakeOverReason(request.form.get("reason", ""))
    except ValueError:
        raise DomainError("reason_missing", field="reason") from None
