"""The text for people of every error code. ``%(name)s`` placeholders are filled from the error's details."""

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from portal.domain.errors import DomainError

ERROR_TEXTS: Mapping[str, LazyString] = {
    # general
    "not_found": lazy_gettext("We could not find this page."),
}


def text_of(error: DomainError) -> str:
    """The error in the language of the reader; a code without a text is a programming error (KeyError)."""
    return str(ERROR_TEXTS[error.code]) % dict(error.details)
