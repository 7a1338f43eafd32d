"""The form of an incident: one text an item and language, for a notice in each."""

from datetime import date, datetime, time

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Field, SelectMultipleField, StringField, TextAreaField

from portal.domain.errors import DomainError
from portal.domain.incidents import TEXTS, DataKind, IncidentFacts
from portal.models import Incident
from portal.web import writes
from portal.web.review.incidents.words import ITEMS, KINDS, LANGUAGES
from portal.web.typed import shown_again, typed_day


class IncidentForm(FlaskForm):
    happened_on = StringField(lazy_gettext("Happened on"), filters=[shown_again])
    found_on = StringField(lazy_gettext("Found on"), filters=[shown_again])
    found_time = StringField(lazy_gettext("Found at (hour and minute)"), filters=[shown_again])
    kinds = SelectMultipleField(
        lazy_gettext("What kinds of information?"),
        choices=lambda: [(kind.value, text) for kind, text in KINDS.items()],
        validate_choice=False,
    )
    people = StringField(lazy_gettext("How many people?"), filters=[shown_again])

    def of(self, item: str, locale: str) -> Field:
        """The text of one item in one language."""
        return self[f"{item}_{locale}"]

    def facts(self) -> IncidentFacts:
        """Raises ``date_missing``, ``date_unclear``, ``time_unclear``, ``incident_people_unclear``, ``incident_kinds_missing``."""
        return IncidentFacts(
            found_at=datetime.combine(
                _day(self.found_on), _time(self.found_time), tzinfo=writes.clock().zone
            ),
            happened_on=_day(self.happened_on),
            kinds=_kinds(self.kinds.data or ()),
            people=_count(self.people.data or ""),
            texts={
                locale: {item.value: self.of(item.value, locale).data or "" for item in TEXTS}
                for locale in LANGUAGES
            },
        )


for _locale in LANGUAGES:
    for _item in TEXTS:
        setattr(IncidentForm, f"{_item.value}_{_locale}", TextAreaField(ITEMS[_item], filters=[shown_again]))


class SilenceForm(FlaskForm):
    reason = TextAreaField(lazy_gettext("Why people are not told"), filters=[shown_again])


def filled_form(incident: Incident) -> IncidentForm:
    """As it is kept."""
    found = incident.found_at.astimezone(writes.clock().zone)
    texts = {
        f"{item}_{locale}": text
        for locale, written in incident.texts.items()
        for item, text in written.items()
    }
    return IncidentForm(
        formdata=None,
        happened_on=incident.happened_on.isoformat(),
        found_on=found.date().isoformat(),
        found_time=f"{found:%H:%M}",
        kinds=list(incident.kinds),
        people=str(incident.people),
        **texts,
    )


def _day(field: StringField) -> date:
    return typed_day(field.data, field=field.short_name)


def _time(field: StringField) -> time:
    try:
        return time.fromisoformat((field.data or "").strip()).replace(tzinfo=None)
    except ValueError:
        raise DomainError("time_unclear", field=field.short_name) from None


def _kinds(typed: object) -> frozenset[DataKind]:
    try:
        return frozenset(DataKind(value) for value in typed)  # type: ignore[attr-defined]
    except ValueError:
        raise DomainError("incident_kinds_missing", field="kinds") from None


def _count(typed: str) -> int:
    plain = typed.strip().replace(",", "")
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 10):
        raise DomainError("incident_people_unclear", field="people")
    return int(plain)
