"""The text for people of every error code. ``%(name)s`` placeholders are filled from the error's details."""

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from portal.domain.errors import DomainError

ERROR_TEXTS: Mapping[str, LazyString] = {
    # general
    "not_found": lazy_gettext("We could not find this page."),
    # money
    "amount_missing": lazy_gettext("Enter an amount."),
    "amount_negative": lazy_gettext("The amount cannot be below zero."),
    "amount_not_a_number": lazy_gettext("Enter the amount in plain digits, for example 1200 or 1200.50."),
    "amount_too_precise": lazy_gettext("The amount can have at most %(decimals)s decimal places."),
    "amount_too_large": lazy_gettext("The amount can be at most %(maximum)s."),
    "currency_mixed": lazy_gettext("Sums in %(mine)s and %(theirs)s cannot be put together."),
    "currency_unknown": lazy_gettext("This currency is not known here."),
    "parts_too_few": lazy_gettext("There must be at least %(minimum)s payment."),
}


def text_of(error: DomainError) -> str:
    """The error in the language of the reader; a code without a text is a programming error (KeyError)."""
    return str(ERROR_TEXTS[error.code]) % dict(error.details)
