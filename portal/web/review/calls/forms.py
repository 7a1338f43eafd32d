"""The forms of a call: what became of it, and the wish to set a rule aside."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField, StringField

from portal.domain.call_outcomes import GOES_ON, CallOutcome
from portal.domain.cases import TOPICS, CaseKind, CaseTopic
from portal.domain.contact_overrides import OverrideReason
from portal.domain.errors import DomainError
from portal.models import Call
from portal.services.call_outcomes import Said
from portal.web import writes
from portal.web.labels import CASE_TOPICS
from portal.web.review.calls.words import OUTCOMES, OVERRIDE_REASONS
from portal.web.review.noted_already import CALL_BACK, PROMISE
from portal.web.typed import shown_again

_READ: Mapping[str, Sequence[str]] = {
    CallOutcome.PROMISE: PROMISE,
    CallOutcome.CALL_BACK: CALL_BACK,
    CallOutcome.DISPUTE: ("told",),
    CallOutcome.REPRESENTED: ("speaker_name", "speaker_contact"),
}
"""Fields by the outcome."""


class OutcomeForm(FlaskForm):
    """What became of a call; of the fields below the choice only those are read that belong to it."""

    outcome = RadioField(
        lazy_gettext("What became of the call?"),
        choices=[(outcome.value, text) for outcome, text in OUTCOMES.items()],
        validate_choice=False,
    )
    amount = StringField(lazy_gettext("Sum promised"), filters=[shown_again])
    due_on = StringField(lazy_gettext("To be paid until"), filters=[shown_again])
    call_back_at = StringField(lazy_gettext("Day of the call back"), filters=[shown_again])
    call_back_time = StringField(lazy_gettext("Time of the call back"), filters=[shown_again])
    topic = SelectField(
        lazy_gettext("What is disputed?"),
        choices=[(topic.value, CASE_TOPICS[topic]) for topic in TOPICS[CaseKind.DISPUTE]],
        validate_choice=False,
    )
    told = StringField(lazy_gettext("What did the borrower say?"), filters=[shown_again])
    speaker_kind = SelectField(
        lazy_gettext("Who is it?"),
        choices=[(topic.value, CASE_TOPICS[topic]) for topic in TOPICS[CaseKind.REPRESENTED]],
        default=CaseTopic.HELPER.value,
        validate_choice=False,
    )
    speaker_name = StringField(lazy_gettext("Who speaks for the borrower"), filters=[shown_again])
    speaker_contact = StringField(lazy_gettext("How they are reached"), filters=[shown_again])
    note = StringField(lazy_gettext("Note"), filters=[shown_again])
    keeps_note = BooleanField(lazy_gettext("It has to stay in the note"))

    def read(self) -> Sequence[str]:
        """The names of the fields that belong to what is chosen."""
        return ["note", *_READ.get(self.outcome.data or "", ())]

    def said(self) -> Said:
        """Raises ``call_outcome_missing``."""
        try:
            outcome = CallOutcome(self.outcome.data or "")
        except ValueError:
            raise DomainError("call_outcome_missing", field="outcome") from None
        return Said(
            outcome=outcome,
            note=self.note.data or "",
            keeps_note=bool(self.keeps_note.data),
            amount=self.amount.data or "",
            due_on=_day(self.due_on.data),
            call_back_at=_moment(self.call_back_at.data, self.call_back_time.data),
            topic=self.topic.data or "",
            told=self.told.data or "",
            speaker_kind=self.speaker_kind.data or CaseTopic.HELPER,
            speaker_name=self.speaker_name.data or "",
            speaker_contact=self.speaker_contact.data or "",
        )


class OverrideForm(FlaskForm):
    """Why a rule is to be set aside, for the colleague who has to agree."""

    reason = RadioField(
        lazy_gettext("Why should this call be made all the same?"),
        choices=[(reason.value, text) for reason, text in OVERRIDE_REASONS.items()],
        validate_choice=False,
    )
    explanation = StringField(lazy_gettext("In a sentence, for the colleague"), filters=[shown_again])

    def chosen(self) -> OverrideReason:
        """Raises ``reason_missing``."""
        try:
            return OverrideReason(self.reason.data or "")
        except ValueError:
            raise DomainError("reason_missing", field="reason") from None


def empty_outcome_form() -> OutcomeForm:
    return OutcomeForm(formdata=None)


def with_choices(form: OutcomeForm, call: Call | None, *, goes_on: bool) -> OutcomeForm:
    """That it cannot be said any more is a choice only where the call ended without its page; what would go on with the loan, only where
    whoever called has it still.
    """
    is_over = call is not None and (call.ended_at is not None or call.lapses_at <= writes.now())
    form.outcome.choices = [
        (outcome.value, text)
        for outcome, text in OUTCOMES.items()
        if (is_over or outcome is not CallOutcome.NOT_KNOWN) and (goes_on or outcome not in GOES_ON)
    ]
    return form


def override_form() -> OverrideForm:
    return OverrideForm(formdata=None)


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
