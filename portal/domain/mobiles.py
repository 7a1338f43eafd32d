"""Mobile numbers as people type them, kept as E.164."""

import re
import unicodedata
from collections.abc import Collection
from typing import Final

from portal.domain.errors import DomainError

_LONGEST: Final = 40
_CHINESE: Final = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})", re.ASCII)
_INTERNATIONAL: Final = re.compile(r"(?:\+|00)([1-9]\d{6,14})", re.ASCII)


def parse_mobile(text: str, *, field: str | None = "mobile") -> str:
    """E.164: ``138 0013 8001`` is ``+8613800138001``; other countries are written with + or 00.

    Full-width digits, spaces, hyphens and brackets are forgiven. Raises ``mobile_missing`` or ``mobile_unclear``.
    """
    plain = re.sub(r"[\s\-‐-―()·.]", "", unicodedata.normalize("NFKC", text[:_LONGEST]))
    if not plain:
        raise DomainError("mobile_missing", field=field)
    if len(text) <= _LONGEST:
        if chinese := _CHINESE.fullmatch(plain):
            return f"+86{chinese[1]}"
        if international := _INTERNATIONAL.fullmatch(plain):
            return f"+{international[1]}"
    raise DomainError("mobile_unclear", field=field)


def refuse_elsewhere(mobile: str, prefixes: Collection[str], *, field: str | None = "mobile") -> None:
    """Raises ``mobile_elsewhere`` where the number (E.164) begins with none of them: anybody could have codes sent there, at our cost."""
    if not mobile.startswith(tuple(prefixes)):
        raise DomainError("mobile_elsewhere", field=field, prefixes=" / ".join(prefixes))
