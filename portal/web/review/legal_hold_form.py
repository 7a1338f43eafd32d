"""What a legal hold needs to be set."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField

from portal.web.review import labels
from portal.web.typed import shown_again


class LegalHoldForm(FlaskForm):
    about = RadioField(
        lazy_gettext("What is the matter about?"),
        choices=[
            ("loan", lazy_gettext("This loan")),
            ("borrower", lazy_gettext("All that this borrower has")),
        ],
        default="loan",
        validate_choice=False,
    )
    because = SelectField(
        lazy_gettext("Why must it be kept?"),
        choices=[
            ("", lazy_gettext("Choose…")),
            *((each.value, text) for each, text in labels.LEGAL_HOLDS.items()),
        ],
        validate_choice=False,
    )
    matter = StringField(lazy_gettext("Which matter"), filters=[shown_again])
