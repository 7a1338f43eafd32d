"""The answer to a question, as a form."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField

from portal.web.typed import shown_again


class ReplyForm(FlaskForm):
    """A few words are enough."""

    reply = StringField(lazy_gettext("Your answer"), filters=[shown_again])
