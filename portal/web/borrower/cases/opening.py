"""What the three forms share: sending one opens a case."""

from datetime import timedelta

from flask import redirect, url_for
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, RadioField, TextAreaField

from portal.domain.cases import TOPICS, CaseKind
from portal.domain.errors import DomainError
from portal.queries.cases import find_case_of
from portal.services.cases import CaseForm, open_case
from portal.services.rate_limits import Full, Limit, count_form
from portal.services.references import new_public_id
from portal.web import writes
from portal.web.form_errors import put_on_form
from portal.web.labels import CASE_TOPICS
from portal.web.people import BorrowerPerson
from portal.web.typed import shown_again
from portal.web.waiting import come_back_page

Page = str | tuple[str, int] | Response
A_DAY = timedelta(hours=24)
MOST_A_DAY = 30


class WrittenForm(FlaskForm):
    """Topic and words. ``form_key`` makes the same form, sent twice, one case."""

    form_key = HiddenField(filters=[shown_again])
    topic = RadioField(lazy_gettext("What is it about?"), validate_choice=False)
    body = TextAreaField(lazy_gettext("Tell us in your own words"), filters=[shown_again])

    def for_kind(self, kind: CaseKind) -> "WrittenForm":
        self.topic.choices = [(topic.value, CASE_TOPICS[topic]) for topic in TOPICS[kind]]
        if not self.is_submitted():
            self.form_key.data = new_public_id()
        return self


def count_case(person: BorrowerPerson, form_key: str) -> Full | None:
    """Of so many forms a day, whatever they are about; None where there is room, or where this one's case is there already."""
    session = writes.database()
    return count_form(
        session,
        Limit(f"case:{person.id}", MOST_A_DAY, A_DAY),
        was_taken=lambda: find_case_of(session, person.id, form_key) is not None,
        now=writes.now(),
    )


def try_to_open(person: BorrowerPerson, form: FlaskForm, case: CaseForm) -> Page | None:
    """On to the case's page; None where the form shows a refusal."""
    full = count_case(person, case.form_key)
    if full is not None:
        return come_back_page(full.again_at)
    try:
        with writes.attempt():
            opened = open_case(
                writes.database(),
                person.actor,
                form=case,
                today=writes.today(),
                zone=writes.clock().zone,
                now=writes.now(),
            )
    except DomainError as error:
        put_on_form(form, error)
        return None
    return redirect(url_for("borrower.case", case_id=opened.public_id), 303)
