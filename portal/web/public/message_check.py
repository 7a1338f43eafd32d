"""Is this message from you? Anybody may ask; what is pasted is compared and not kept, and the answer names nobody."""

from datetime import timedelta

from flask import render_template
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import TextAreaField

from portal.domain.errors import DomainError
from portal.domain.message_checks import read_message
from portal.queries.messages import check_message
from portal.services.rate_limits import Limit, bucket_of, count_tries
from portal.services.shared_limits import MESSAGE_CHECKS, shared
from portal.web import writes
from portal.web.access import public_page
from portal.web.doors import code_door
from portal.web.form_errors import put_on_form
from portal.web.public.blueprint import blueprint
from portal.web.typed import shown_again
from portal.web.waiting import come_back_page

Page = str | tuple[str, int]
_HOUR = timedelta(hours=1)


class MessageForm(FlaskForm):
    """A whole message, or the number at its end."""

    message = TextAreaField(lazy_gettext("The message, or its check number"), filters=[shown_again])


@blueprint.route("/message-check", methods=["GET", "POST"])
@public_page
def message_check() -> Page:
    form = MessageForm()
    if form.is_submitted():
        door = code_door()
        limits = (
            Limit(f"message:address:{bucket_of(door.address, door.hash_key)}", 300, _HOUR),
            *shared(MESSAGE_CHECKS, door.address, door.hash_key),
        )
        full = count_tries(writes.database(), limits, now=writes.now())
        if full is not None:
            return come_back_page(full.again_at)
        try:
            verdict = check_message(writes.database(), read_message(form.message.data or ""))
            return render_template("public/message_result.html", verdict=verdict)
        except DomainError as error:
            put_on_form(form, error)
    return render_template("public/message_check.html", form=form), 422 if form.errors else 200
