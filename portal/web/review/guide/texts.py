"""The packaged guide of today, in each language."""

from portal.i18n import LOCALES
from portal.queries.guides import Texts
from portal.web import writes

NAME = "guide"


def packaged_guides() -> Texts:
    return {locale: writes.portal().texts.load(NAME, locale, writes.today()) for locale in LOCALES}
