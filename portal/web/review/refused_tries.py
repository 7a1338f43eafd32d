"""In words: refused sign-ins with one's own login, and accounts that somebody tries hard."""

from datetime import datetime

from flask_babel import gettext

from portal.i18n import InstantFormats
from portal.services.refused_tries import RefusedTries
from portal.web import sessions, writes

_KEPT = "refused_tries"


def words_of(refused: RefusedTries) -> str:
    said: str = gettext(
        "Refused sign-ins with your login since %(since)s: %(tries)s, from %(places)s places. Your own slips count too. If they were "
        "not yours, change your password and tell an administrator.",
        since=InstantFormats(writes.clock().zone).moment(refused.since),
        tries=refused.tries,
        places=refused.places,
    )
    return said


def keep_told(refused: RefusedTries) -> None:
    """For as long as the sitting lasts."""
    sessions.current()[_KEPT] = [refused.tries, refused.places, refused.since.isoformat()]


def told_at_sign_in() -> RefusedTries | None:
    """What stood before this sitting; None where nothing was refused."""
    kept = sessions.current().get(_KEPT)
    return RefusedTries(kept[0], kept[1], datetime.fromisoformat(kept[2])) if kept else None
