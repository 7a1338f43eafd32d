"""Letting old backups go: an hourly one fills a disk, and keeps people who were erased since."""

import re
import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from portal.commands.backup.manifest import NAME

FORM: Final = "%Y%m%dT%H%M%SZ"
"""How a backup's folder is named, by the moment in UTC."""
_FORM: Final = re.compile(r"\d{8}T\d{6}Z")
GIVEN_UP: Final = timedelta(days=1)
"""A folder without a manifest that is older was left behind by a backup that did not end."""


def prune(folder: Path, *, keep: int, newest: Path) -> Sequence[Path]:
    """Remove all but the ``keep`` newest backups of ``folder``, and what unfinished ones left behind; what was removed, oldest first.

    Only folders that are named as backups are and lie there themselves (what a link leads to is kept elsewhere on purpose), and never
    ``newest``, the one just made. Raises ``OSError``.
    """
    named = (each for each in folder.iterdir() if _FORM.fullmatch(each.name))
    made = sorted(each for each in named if each.is_dir() and not each.is_symlink())
    whole = [each for each in made if (each / NAME).is_file()]
    late = _moment(newest) - GIVEN_UP
    going = [
        each
        for each in made
        if each != newest
        and (each not in whole[-keep:] if each in whole else each.name < late.strftime(FORM))
    ]
    for each in going:
        # Without its manifest it is no backup any more, should this be stopped in the middle.
        (each / NAME).unlink(missing_ok=True)
        shutil.rmtree(each)
    return going


def _moment(made: Path) -> datetime:
    return datetime.strptime(made.name, FORM)  # noqa: DTZ007
