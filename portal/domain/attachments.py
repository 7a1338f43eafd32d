"""Files that come with a message: what is taken, what they are called, how long they are kept (rule P17)."""

import re
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from portal.domain.free_text import visible

CONSENT: Final = "hardship_attachment"
LARGEST_MEGABYTES: Final = 10
MOST_PAGES: Final = 40
KEPT_DAYS: Final = 90
"""After a decision that no plan came of, and after a plan that broke."""
UNSENT_DAYS: Final = 7
LONGEST_STEM: Final = 60

_NOT_IN_NAMES: Final = re.compile(r'[<>:"/\\|?*\n\t]+')


class FileType(StrEnum):
    """What is stored, by media type; always written anew by us, whatever came in."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    PDF = "application/pdf"


ENDINGS: Final = {FileType.JPEG: ".jpg", FileType.PNG: ".png", FileType.PDF: ".pdf"}
_NAMELESS: Final = {FileType.JPEG: "photo", FileType.PNG: "photo", FileType.PDF: "document"}


def shown_name(name: str, kind: FileType) -> str:
    """The name that the file came with, fit to be shown and saved under: no path, nothing unseen, and the ending of what it is now."""
    last = re.split(r"[/\\]", visible(name))[-1]
    stem = last.rpartition(".")[0] or last.lstrip(".")
    kept = _NOT_IN_NAMES.sub(" ", stem).strip(" .")
    return (kept[:LONGEST_STEM].strip() or _NAMELESS[kind]) + ENDINGS[kind]


def kept_until(*, ended_on: date | None, is_signed: bool, may_resume: bool = False) -> date | None:
    """The last day on which it is kept; None while what it came with is open, or a signed plan runs.

    A plan that both signed keeps it until it ends, as the privacy notice says; where it broke and may be taken up again, and where none
    was signed, ``KEPT_DAYS`` longer.
    """
    if ended_on is None:
        return None
    return ended_on if is_signed and not may_resume else ended_on + timedelta(days=KEPT_DAYS)
