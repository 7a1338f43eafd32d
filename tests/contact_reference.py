"""The rules of contact written a second time, from the table of rules and not from the guard: plain, slow, one rule after the other.

Everything is a dictionary of plain values; hours are counted in minutes of the day. Of each rule it says only yes or no; when it would be
yes is found by walking on, hour by hour: at other moments no rule opens.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

Said = Mapping[str, Any]
FOREVER = timedelta(days=40)


def refusals(ask: Said, know: Said, country: str) -> set[str]:
    """The ids of the rules that forbid this contact at this moment."""
    if ask["purpose"] == "asked_for":
        return {"C11"} if ask["number"] in know["refused"] else set()
    no: set[str] = set()
    at: datetime = ask["at"]
    if ask["number"] in know["refused"]:
        no.add("C11")
    if ask["number"] not in know["own"]:
        no.add("C10")
    if ask["channel"] not in know["channels"]:
        no.add("C02")
    if ask["channel"] != "letter" and not _awake(at, know, country):
        no.add("C02" if know["hours"] else "C01")
    no |= _holds(ask, know)
    no |= _plan(ask, know)
    if know["barred"] and ask["purpose"] == "collection":
        no.add("L02")
    no |= _often(ask, know, country)
    return no


def _holds(ask: Said, know: Said) -> set[str]:
    no: set[str] = set()
    presses = ask["purpose"] == "collection"
    for hold, last in know["holds"].items():
        over = last is not None and ask["at"].date() > last
        if hold in {"deceased", "minor", "represented"}:
            no.add("C09")
        if (
            presses
            and not over
            and hold in {"dispute", "complaint", "hardship", "illness", "statutory_moratorium"}
        ):
            no.add("C09")
        if presses and hold == "proposal_pending":
            no.add("C08")
        if presses and hold == "plan_active" and know["plan"] is None:
            no.add("C07")
    return no


def _awake(at: datetime, know: Said, country: str) -> bool:
    seconds = at.hour * 3600 + at.minute * 60 + at.second + at.microsecond / 1e6
    if know["hours"]:
        first, last = know["hours"]
        return bool(first * 3600 <= seconds < last * 3600)
    if country == "CN":
        return 8 * 3600 <= seconds < 22 * 3600
    return 8 * 3600 <= seconds <= 21 * 3600


def _plan(ask: Said, know: Said) -> set[str]:
    if know["plan"] is None or ask["purpose"] not in {"collection", "plan_reminder"}:
        return set()
    missed = know["plan"]["missed"]
    if missed is None:
        return {"C07"} if ask["purpose"] == "collection" else set()
    late = (ask["at"].date() - missed).days
    if ask["purpose"] == "collection":
        return {"C07"} if late <= 10 else set()
    return {"C07"} if late < 3 else set()


def _often(ask: Said, know: Said, country: str) -> set[str]:
    no: set[str] = set()
    at: datetime = ask["at"]
    past = [
        {**each, "ago": (at.date() - each["at"].astimezone(at.tzinfo).date()).days}
        for each in know["contacts"]
        if each["by_us"] and each["at"] <= at and each["purpose"] != "asked_for"
    ]
    calls = [each for each in past if each["channel"] == "phone"]
    others = [
        each
        for each in know["others"]
        if each["by_us"]
        and each["at"] <= at
        and each["purpose"] != "asked_for"
        and each["channel"] == "phone"
        and each["at"].astimezone(at.tzinfo).date() == at.date()
    ]
    if ask["channel"] == "phone" and country == "CN":
        talks = [
            c
            for c in calls
            if c["outcome"] in {"answered", "open"} and c["ago"] == 0 and c["purpose"] != "answer"
        ]
        if len(talks) >= 3 and ask["purpose"] != "answer":
            no.add("C03")
        if (
            sum(
                c["outcome"] in {"unanswered", "open"} and c["number"] == ask["number"]
                for c in [*(each for each in calls if each["ago"] == 0), *others]
            )
            >= 6
        ):
            no.add("C04")
    if ask["channel"] == "phone" and country == "US" and ask["purpose"] == "collection":
        pressing = [
            c for c in calls if c["debt"] == ask["debt"] and c["purpose"] == "collection" and c["ago"] < 7
        ]
        if len(pressing) >= 7 or any(c["outcome"] in {"answered", "open"} for c in pressing):
            no.add("C05")
    if ask["channel"] in {"sms", "email"} and ask["purpose"] in {"collection", "plan_reminder"}:
        told = [
            m["ago"]
            for m in past
            if m["channel"] in {"sms", "email"}
            and m["debt"] == ask["debt"]
            and m["purpose"] in {"collection", "plan_reminder"}
        ]
        if told.count(0) >= 1 or sum(ago < 7 for ago in told) >= 3:
            no.add("C06")
    return no


def opens_at(ask: Said, know: Said, country: str) -> datetime | None:
    """The first moment from the asked one on at which nothing forbids it; None where none comes within forty days."""
    at: datetime = ask["at"]
    if not refusals(ask, know, country):
        return at
    end, hour = at + FOREVER, timedelta(hours=1)
    at = at.replace(minute=0, second=0, microsecond=0) + hour
    while at < end:
        if not refusals({**ask, "at": at}, know, country):
            return at
        at += hour
    return None
