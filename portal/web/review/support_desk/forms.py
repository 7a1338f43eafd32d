"""The forms around support calls."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField

from portal.domain.errors import DomainError
from portal.domain.support_wrap_ups import NEEDS, Follow, SupportOutcome
from portal.models import Loan
from portal.services.references import new_public_id
from portal.services.support_follow_ups import WrapUp
from portal.web import writes
from portal.web.review.noted_already import CALL_BACK, PROMISE
from portal.web.review.service.caller import about_choices
from portal.web.review.support_desk.words import FOLLOWS, OUTCOMES, VERDICT_CHOICES
from portal.web.support_labels import ESCALATIONS, SUPPORT_FIELDS, SUPPORT_FLAGS, SUPPORT_REVEALS
from portal.web.typed import shown_again

_READ: Mapping[Follow, Sequence[str]] = {
    Follow.PROMISE: PROMISE,
    Follow.CALL_BACK: CALL_BACK,
    Follow.ORAL: ("recording",),
    Follow.CASE: ("text",),
    Follow.ESCALATE: ("explanation",),
}
"""Fields by what follows."""


class WrapUpForm(FlaskForm):
    """What came of a call; of the fields below only those are read that belong to what follows."""

    outcome = RadioField(
        lazy_gettext("What came of the call?"),
        choices=[(outcome.value, text) for outcome, text in OUTCOMES.items()],
        validate_choice=False,
    )
    follows = SelectMultipleField(
        lazy_gettext("What follows besides?"),
        choices=[(follow.value, text) for follow, text in FOLLOWS.items()],
        validate_choice=False,
    )
    loan = SelectField(lazy_gettext("Which loan is it about?"), choices=[], validate_choice=False)
    amount = StringField(lazy_gettext("Sum promised"), filters=[shown_again])
    due_on = StringField(lazy_gettext("To be paid until"), filters=[shown_again])
    call_back_at = StringField(lazy_gettext("Day of the call back"), filters=[shown_again])
    call_back_time = StringField(lazy_gettext("Time of the call back"), filters=[shown_again])
    recording = StringField(lazy_gettext("Reference of the recording"), filters=[shown_again])
    flag = RadioField(
        lazy_gettext("What was said about the person?"),
        choices=list(SUPPORT_FLAGS.items()),
        validate_choice=False,
    )
    about = SelectField(lazy_gettext("What is it about?"), choices=[], validate_choice=False)
    form_key = HiddenField(filters=[shown_again])
    text = StringField(lazy_gettext("What did the borrower say?"), filters=[shown_again])
    escalation = RadioField(
        lazy_gettext("Why is a supervisor needed?"), choices=list(ESCALATIONS.items()), validate_choice=False
    )
    explanation = StringField(lazy_gettext("What should the supervisor know?"), filters=[shown_again])
    note = StringField(lazy_gettext("Note"), filters=[shown_again])
    keeps_note = BooleanField(lazy_gettext("It has to stay in the note"))

    def said(self) -> WrapUp:
        """Raises ``support_outcome_missing``. What the outcome itself says follows, follows."""
        try:
            outcome = SupportOutcome(self.outcome.data or "")
        except ValueError:
            raise DomainError("support_outcome_missing", field="outcome") from None
        ticked = {Follow(code) for code in self.follows.data or () if code in set(Follow)}
        return WrapUp(
            outcome=outcome,
            follows=frozenset(ticked | ({NEEDS[outcome]} if outcome in NEEDS else set())),
            note=self.note.data or "",
            keeps_note=bool(self.keeps_note.data),
            loan_id=self.loan.data or "",
            amount=self.amount.data or "",
            due_on=_day(self.due_on.data),
            call_back_at=_moment(self.call_back_at.data, self.call_back_time.data),
            recording=self.recording.data or "",
            flag=self.flag.data or "",
            about=self.about.data or "",
            text=self.text.data or "",
            form_key=self.form_key.data or "",
            escalation=self.escalation.data or "",
            explanation=self.explanation.data or "",
        )

    def read(self) -> Sequence[str]:
        """The names of the fields that belong to what is chosen."""
        chosen = {*(self.follows.data or ()), NEEDS.get(self.outcome.data)}
        return ["note", *(name for follow, names in _READ.items() if follow in chosen for name in names)]

    def with_loans(self, loans: Sequence[Loan]) -> "WrapUpForm":
        self.loan.choices = [(loan.public_id, loan.loan_ref) for loan in loans]
        self.about.choices = about_choices()
        if not self.form_key.data:
            self.form_key.data = new_public_id()
        return self


class RevealForm(FlaskForm):
    """One field, and why."""

    field = SelectField(
        lazy_gettext("What is to be shown?"), choices=list(SUPPORT_FIELDS.items()), validate_choice=False
    )
    reason = SelectField(
        lazy_gettext("What for?"), choices=list(SUPPORT_REVEALS.items()), validate_choice=False
    )


class ReadingForm(FlaskForm):
    """A supervisor's verdict on a call."""

    verdict = RadioField(
        lazy_gettext("Your verdict"),
        choices=[(verdict.value, text) for verdict, text in VERDICT_CHOICES.items()],
        validate_choice=False,
    )
    remark = StringField(lazy_gettext("Remark for the agent"), filters=[shown_again])


class AnswerForm(FlaskForm):
    """What is done about something that was handed on."""

    answer = StringField(lazy_gettext("What is done about it?"), filters=[shown_again])


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _moment(day: str | None, at: str | None) -> datetime | None:
    on = _day(day)
    try:
        return None if on is None else datetime.combine(on, time.fromisoformat(at or ""), writes.clock().zone)
    except ValueError:
        return None
