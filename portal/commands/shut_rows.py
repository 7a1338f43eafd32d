"""Rows whose keys are not here, in sentences."""

from collections.abc import Iterator, Sequence

from flask_babel import gettext

from portal.i18n import format_count
from portal.queries.key_uses import KeyUse


def lines_of_shut(shut: Sequence[KeyUse], unfindable: Sequence[KeyUse]) -> Iterator[str]:
    """Who cannot be read, and who can be read and is not found. Changing keys helps the second only while the first are none."""
    for use in shut:
        yield _unreadable(use)
    for use in unfindable if not shut else ():
        yield gettext(
            "%(count)s rows of %(table)s are found by the index key %(key)s, which is not the present one: nobody finds them by number"
            " or name until that key is back, or %(command)s has run while the portal is shut.",
            count=format_count(use.rows),
            table=use.table,
            key=use.name,
            command="portal keys rotate",
        )


def _unreadable(use: KeyUse) -> str:
    said: str
    if use.is_of_secret:
        said = gettext(
            "%(count)s rows of %(table)s stand under %(key)s, the key made of another PORTAL_SECRET_KEY: put that one back, for nobody"
            " can read them.",
            count=format_count(use.rows),
            table=use.table,
            key=use.name,
        )
    else:
        said = gettext(
            "%(count)s rows of %(table)s stand under the key %(key)s, which is not here: nobody can read them.",
            count=format_count(use.rows),
            table=use.table,
            key=use.name,
        )
    return said
