"""The page for what was tried too often: when it can be tried again."""

from datetime import datetime, timedelta

from flask_babel import gettext

from portal.i18n import InstantFormats
from portal.web import writes
from portal.web.dead_ends import LOCKS, TRIED_OFTEN
from portal.web.errors import dead_end_page


def come_back_page(again_at: datetime, lock: str = TRIED_OFTEN) -> tuple[str, int]:
    """429: what is locked, and the moment from which there is room again, on the next full minute."""
    return dead_end_page(429, LOCKS[lock], _said(again_at))


def come_back_words(again_at: datetime) -> tuple[dict[str, str], int]:
    """The same for a script, which shows it."""
    return {"message": gettext("Please wait a little. %(when)s", when=_said(again_at))}, 429


def _said(again_at: datetime) -> str:
    full = (again_at + timedelta(seconds=59)).replace(second=0, microsecond=0)
    moment = InstantFormats(writes.clock().zone).deadline(full)
    said: str = gettext("You can try again from %(moment)s on.", moment=moment)
    return said
