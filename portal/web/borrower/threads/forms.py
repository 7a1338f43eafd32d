"""The form under a thread."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, FileField, HiddenField, TextAreaField

from portal.domain.threads import MessageKind
from portal.services.references import new_public_id
from portal.services.threads import WrittenMessage
from portal.web.typed import shown_again


class MessageForm(FlaskForm):
    """Words, one file at a time, and what is said about both. ``form_key`` makes the same form, sent twice, one message."""

    form_key = HiddenField(filters=[shown_again])
    body = TextAreaField(lazy_gettext("Your message"), filters=[shown_again])
    asks_for_time = BooleanField(lazy_gettext("This message is a request for more time to pay"))
    knows_limitation = BooleanField(lazy_gettext("I have read the note about the limitation period"))
    file = FileField(lazy_gettext("Add a photo or PDF"))
    consents = BooleanField()

    def begin(self, key: str | None = None, body: str = "") -> "MessageForm":
        """Empty, or as far as it was written."""
        self.form_key.data = key or new_public_id()
        self.body.data = body
        return self

    @property
    def written(self) -> WrittenMessage:
        kind = MessageKind.REQUEST_FOR_TIME if self.asks_for_time.data else MessageKind.MESSAGE
        return WrittenMessage(
            form_key=self.form_key.data or "",
            body=self.body.data or "",
            kind=kind,
            knows_limitation=bool(self.knows_limitation.data),
        )
