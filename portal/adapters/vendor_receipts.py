"""What the vendor of text messages pushes to us: ``SmsReport`` and ``SmsUp`` of Alibaba Cloud's short message service, as JSON lists."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from portal.domain.errors import DomainError
from portal.domain.mobiles import parse_mobile
from portal.services.receipts import Receipt

LARGEST: Final = 1 << 20
"""Bytes of one push."""
ANSWER: Final[Mapping[str, object]] = {"code": 0, "msg": "OK"}
"""What tells the vendor not to push it again."""
_ZONE: Final = ZoneInfo("Asia/Shanghai")
_STOP_WORDS: Final = frozenset({"td", "t", "r", "退订", "拒收", "停止", "stop", "unsubscribe"})


@dataclass(frozen=True, slots=True)
class Pushed:
    """``stops`` are the mobiles that answered with a word for stopping; ``unread`` counts entries that could not be read."""

    receipts: list[Receipt] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)
    unread: int = 0


def read_pushed(body: bytes) -> Pushed:
    """``ValueError`` where it is no list of entries; an entry that makes no sense harms none of the others."""
    try:
        entries: Any = json.loads(body)
    except RecursionError as error:
        raise ValueError("too deep") from error
    if not isinstance(entries, list):
        raise ValueError("no list")  # noqa: TRY004 - to the caller it is one more body that is none
    found = [_read(entry) for entry in entries]
    return Pushed(
        receipts=[each for each in found if isinstance(each, Receipt)],
        stops=list(_stops(entries)),
        unread=sum(each is None for each in found),
    )


def _read(entry: object) -> Receipt | bool | None:
    """A receipt; True for what somebody answered; None where it is neither."""
    if not isinstance(entry, dict):
        return None
    if "content" in entry:
        return True
    key, success = entry.get("out_id"), entry.get("success")
    error = str(entry.get("err_code", ""))[:60]
    if not isinstance(key, str) or not key or not isinstance(success, bool):
        return None
    if not (key + error).isprintable():  # no database takes half a character, and PostgreSQL no null
        return None
    return Receipt(key=key, has_arrived=success, at=_moment(entry.get("report_time")), error=error)


def _stops(entries: list[Any]) -> Iterator[str]:
    for entry in entries:
        if not isinstance(entry, dict) or str(entry.get("content", "")).strip().casefold() not in _STOP_WORDS:
            continue
        try:
            yield parse_mobile(str(entry.get("phone_number", "")))
        except DomainError:
            continue


def _moment(text: object) -> datetime | None:
    try:
        return datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=_ZONE)
    except ValueError:
        return None
