"""The page for what was tried too often: when it can be tried again."""

from datetime import datetime, timedelta

from flask_babel import gettext

from portal.i18n import InstantFormats
from portal.web import writes
from portal.web.dead_ends import LOCKS, TRIED_OFTEN
from portal.web.errors import dead_end_page


def come_back_page(again_at: datetime, lock: str = TRIED_OFTEN) -> tuple[str, int]:
    """429: what is locked, and the moment from which there is room again, on the next full minute."""
    full = (again_at + timedelta(seconds=59)).replace(second=0, microsecond=0)
    moment = InstantFormats(writes.clock().zone).deadline(full)
    return dead_end_page(429, LOCKS[lock], gettext("You can try again from %(moment)s on.", moment=moment))
