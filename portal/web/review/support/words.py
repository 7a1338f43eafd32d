"""What a support call is in, in words."""

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from portal.domain.call_outcomes import Statement

STATEMENTS: Mapping[str, LazyString] = {
    Statement.IDENTITY.value: lazy_gettext("I said who is speaking: my staff number and the lender"),
    Statement.RECORDING.value: lazy_gettext("I said that the call is recorded"),
    Statement.PURPOSE.value: lazy_gettext(
        "I said what the call is for, and that talking to us is not used against anybody"
    ),
}
