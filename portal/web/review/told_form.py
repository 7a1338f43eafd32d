"""What a notice of assignment needs to be written down."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField

from portal.web.review import labels
from portal.web.typed import shown_again


class ToldForm(FlaskForm):
    told_on = StringField(lazy_gettext("When was the borrower told?"), filters=[shown_again])
    told_by = SelectField(
        lazy_gettext("How was the borrower told?"),
        choices=[
            ("", lazy_gettext("Choose…")),
            *((each.value, text) for each, text in labels.TOLD_BY_HAND.items()),
        ],
        validate_choice=False,
    )
    named = StringField(lazy_gettext("Whom does it name as the new creditor?"), filters=[shown_again])
    proof = StringField(lazy_gettext("Number of the proof"), filters=[shown_again])
