"""What the reading of a note found, in words for whoever wrote it."""

from collections.abc import Mapping, Sequence

from flask_babel import LazyString, gettext, lazy_gettext

from portal.domain.call_notes import Found, Sensitive

SENSITIVE: Mapping[Sensitive, LazyString] = {
    Sensitive.ID_NUMBER: lazy_gettext("a number of an ID"),
    Sensitive.BANK_CARD: lazy_gettext("a number of a bank card"),
    Sensitive.PHONE: lazy_gettext("a telephone number"),
    Sensitive.EMAIL: lazy_gettext("an e-mail address"),
    Sensitive.SECRET: lazy_gettext("a password or code"),
    Sensitive.HEALTH: lazy_gettext("words about health"),
    Sensitive.BELIEF: lazy_gettext("words about belief, origin or private life"),
}


def found_words(found: Sequence[Found]) -> str:
    """``Found: a number of an ID (…002X), words about health (住院).``"""
    named = [gettext("%(kind)s (%(shown)s)", kind=SENSITIVE[each.kind], shown=each.shown) for each in found]
    return str(gettext("Found: %(kinds)s.", kinds=gettext(", ").join(named)))
