"""Rule packs for contact: the numbers of a country's rules, as data with the day from which they hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from portal.domain.contact_requests import Purpose

_ALL_BUT_ASKED: Final = [purpose for purpose in Purpose if purpose is not Purpose.ASKED_FOR]
_PRESSING: Final = [Purpose.COLLECTION, Purpose.PLAN_REMINDER]
_USUAL_SCOPES: Final[Mapping[str, Sequence[Purpose]]] = {
    "C01": _ALL_BUT_ASKED,
    "C02": _ALL_BUT_ASKED,
    "C03": [Purpose.COLLECTION, Purpose.PLAN_REMINDER, Purpose.NOTICE],
    "C04": _ALL_BUT_ASKED,
    "C05": [Purpose.COLLECTION],
    "C06": _PRESSING,
    "C07": _PRESSING,
    "C08": [Purpose.COLLECTION],
    "C09": _ALL_BUT_ASKED,
    "C10": _ALL_BUT_ASKED,
    "C11": list(Purpose),
    "C21": _PRESSING,
    "L02": [Purpose.COLLECTION],
}
_OWN_RULES: Final[Mapping[str, str]] = {
    "channel_not_wanted": "call:override",
    "own_hours": "call:override",
    "messages_a_day": "call:override",
    "messages_a_week": "call:override",
}
"""What may be set aside, and the permission of the second person that it takes: the borrower's own wishes and our own caps. What is not
here cannot be: hours and frequencies by law, holds, refusals of third persons, a plan that is kept.
"""
DEFAULT_PACK: Final = "CN"
HOME_ZONE: Final = ZoneInfo("Asia/Shanghai")
"""Where the default pack counts its hours (rule C01)."""
PACKS: Final[Sequence[Mapping[str, Any]]] = (
    {
        "code": "CN",
        "version": "CN-2026-01",
        "effective_on": "2024-01-01",
        "opens": "08:00",
        "closes": "22:00",
        "closes_after": False,
        "conversations_a_day": 3,
        "unanswered_a_day": 6,
        "messages_a_day": 1,
        "messages_a_week": 3,
        "reminder_day": 3,
        "cure_days": 10,
        "scopes": _USUAL_SCOPES,
        "overrides": _OWN_RULES,
    },
    {
        "code": "US",
        "version": "US-2021-11",
        "effective_on": "2021-11-30",
        "opens": "08:00",
        "closes": "21:00",
        "closes_after": True,
        "calls_in_seven_days": 7,
        "days_after_conversation": 7,
        "messages_a_day": 1,
        "messages_a_week": 3,
        "reminder_day": 3,
        "cure_days": 10,
        "scopes": _USUAL_SCOPES,
        "overrides": _OWN_RULES,
    },
    {
        "code": "UK",
        "version": "UK-2021-05",
        "effective_on": "2021-05-04",
        "opens": "08:00",
        "closes": "21:00",
        "closes_after": True,
        "messages_a_day": 1,
        "messages_a_week": 3,
        "reminder_day": 3,
        "cure_days": 10,
        "moratorium_days": 60,
        "days_after_treatment": 30,
        "scopes": _USUAL_SCOPES,
        "overrides": _OWN_RULES,
    },
)
"""CN: GB/T 45251-2025 and the bankers' association's guideline of 2026. US: 12 CFR 1006.6 and 1006.14. UK: the Debt Respite Scheme
Regulations 2020; its hours are our own. Message caps are our own everywhere (rule C06).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPack:
    """Contact is quiet from ``closes`` to ``opens``; with ``closes_after`` the closing moment itself is still open.

    A limit that is None does not exist in this country. ``scopes``: the purposes each rule holds for; ``overrides``: what may be
    set aside, and the permission of whoever agrees to it.
    """

    code: str
    version: str
    opens: time
    closes: time
    closes_after: bool
    conversations_a_day: int | None
    unanswered_a_day: int | None
    calls_in_seven_days: int | None
    days_after_conversation: int | None
    messages_a_day: int
    messages_a_week: int
    reminder_day: int
    cure_days: int
    moratorium_days: int | None
    days_after_treatment: int | None
    scopes: Mapping[str, frozenset[Purpose]]
    overrides: Mapping[str, str]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "ContactPack":
        """KeyError or ValueError where it is not such a pack."""
        if never := data["overrides"].keys() - _OWN_RULES.keys():
            raise ValueError(f"cannot be set aside in any country: {', '.join(sorted(never))}")
        return cls(
            code=str(data["code"]),
            version=str(data["version"]),
            opens=time.fromisoformat(data["opens"]),
            closes=time.fromisoformat(data["closes"]),
            closes_after=bool(data["closes_after"]),
            conversations_a_day=data.get("conversations_a_day"),
            unanswered_a_day=data.get("unanswered_a_day"),
            calls_in_seven_days=data.get("calls_in_seven_days"),
            days_after_conversation=data.get("days_after_conversation"),
            messages_a_day=int(data["messages_a_day"]),
            messages_a_week=int(data["messages_a_week"]),
            reminder_day=int(data["reminder_day"]),
            cure_days=int(data["cure_days"]),
            moratorium_days=data.get("moratorium_days"),
            days_after_treatment=data.get("days_after_treatment"),
            scopes={rule: frozenset(map(Purpose, purposes)) for rule, purposes in data["scopes"].items()},
            overrides=dict(data["overrides"]),
        )

    def moratorium_ends(self, started_on: date, *, treatment_ended_on: date | None = None) -> date | None:
        """The last day of a breathing space, or of one for a mental-health crisis; None where the country knows none or it is open."""
        if treatment_ended_on is not None and self.days_after_treatment is not None:
            return treatment_ended_on + timedelta(days=self.days_after_treatment)
        if self.moratorium_days is None:
            return None
        return started_on + timedelta(days=self.moratorium_days)


def pack_on(code: str, day: date) -> ContactPack:
    """The pack of a country that holds on a day; LookupError where there is none."""
    known = [
        data for data in PACKS if data["code"] == code and date.fromisoformat(data["effective_on"]) <= day
    ]
    if not known:
        raise LookupError(f"no rules for contact in {code} on {day}")
    return ContactPack.from_data(max(known, key=lambda data: str(data["effective_on"])))
