"""Cases: what a borrower brings up outside a plan, and when an answer is due (rule R02)."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from portal.domain.calendar import BusinessCalendar
from portal.domain.holds import HoldKind

ANSWER_DAYS: Final = 15
CREDIT_REPORT_DAYS: Final = 20
"""What a credit report says is looked into within 20 days (rule R01)."""
DATA_WORKING_DAYS: Final = 15
"""A request about one's data (rule D02)."""
ANSWER_HOUR: Final = 18
MOST_CHARACTERS: Final = 2000


class CaseKind(StrEnum):
    DISPUTE = "dispute"
    COMPLAINT = "complaint"
    TALK = "talk"
    DATA = "data"
    REPRESENTED = "represented"


class CaseTopic(StrEnum):
    """What it is about; each kind has its own. Numbers are opened by what happens at the sign-in, by no form; hardship and illness by staff
    for somebody who calls (a borrower tells of them in a plan).
    """

    SUM_WRONG = "sum_wrong"
    PAYMENT_MISSING = "payment_missing"
    NOT_MINE = "not_mine"
    PAID_OFF = "paid_off"
    HOW_CONTACTED = "how_contacted"
    CHARGES = "charges"
    MY_DATA = "my_data"
    SERVICE = "service"
    PLAN_HELP = "plan_help"
    PAYING = "paying"
    DETAILS_CHANGED = "details_changed"
    CREDIT_REPORT = "credit_report"
    COPY_DATA = "copy_data"
    CORRECT_DATA = "correct_data"
    EXPLAIN_DATA = "explain_data"
    DELETE_DATA = "delete_data"
    LAWYER = "lawyer"
    HELPER = "helper"
    OTHER = "other"
    NUMBER_NOT_THEIRS = "number_not_theirs"
    NUMBER_CHANGED = "number_changed"
    HARDSHIP = "hardship"
    ILLNESS = "illness"


class CaseChannel(StrEnum):
    """How it came to us."""

    PORTAL = "portal"
    PHONE = "phone"


class CallBack(StrEnum):
    """When to call; in writing where nothing is said."""

    IN_WRITING = "in_writing"
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


TOPICS: Final[Mapping[CaseKind, tuple[CaseTopic, ...]]] = {
    CaseKind.DISPUTE: (
        CaseTopic.SUM_WRONG,
        CaseTopic.PAYMENT_MISSING,
        CaseTopic.NOT_MINE,
        CaseTopic.PAID_OFF,
        CaseTopic.CREDIT_REPORT,
        CaseTopic.OTHER,
    ),
    CaseKind.COMPLAINT: (
        CaseTopic.HOW_CONTACTED,
        CaseTopic.CHARGES,
        CaseTopic.MY_DATA,
        CaseTopic.SERVICE,
        CaseTopic.OTHER,
    ),
    CaseKind.TALK: (CaseTopic.PLAN_HELP, CaseTopic.PAYING, CaseTopic.DETAILS_CHANGED, CaseTopic.OTHER),
    CaseKind.DATA: (
        CaseTopic.COPY_DATA,
        CaseTopic.CORRECT_DATA,
        CaseTopic.EXPLAIN_DATA,
        CaseTopic.DELETE_DATA,
    ),
    CaseKind.REPRESENTED: (CaseTopic.LAWYER, CaseTopic.HELPER),
}

HOLDS: Final[Mapping[CaseKind, HoldKind]] = {
    CaseKind.DISPUTE: HoldKind.DISPUTE,
    CaseKind.COMPLAINT: HoldKind.COMPLAINT,
    CaseKind.REPRESENTED: HoldKind.REPRESENTED,
}
"""The hold that a case starts; a wish to talk and a request about data start none."""


def answer_due(
    kind: CaseKind, opened_on: date, calendar: BusinessCalendar, *, topic: CaseTopic = CaseTopic.OTHER
) -> date:
    """A wish to talk and a representative: the next working day; data: 15 working days.

    Else the last working day within ``ANSWER_DAYS`` (``CREDIT_REPORT_DAYS``), so that no holiday stretches it.
    """
    if kind in {CaseKind.TALK, CaseKind.REPRESENTED}:
        return calendar.add_working_days(opened_on, 1)
    if kind is CaseKind.DATA:
        return calendar.add_working_days(opened_on, DATA_WORKING_DAYS)
    days = CREDIT_REPORT_DAYS if topic is CaseTopic.CREDIT_REPORT else ANSWER_DAYS
    due = opened_on + timedelta(days=days)
    while not calendar.is_working(due) and due > opened_on:
        due -= timedelta(days=1)
    return due


def answer_by(
    kind: CaseKind,
    opened_on: date,
    calendar: BusinessCalendar,
    zone: tzinfo,
    *,
    topic: CaseTopic = CaseTopic.OTHER,
) -> datetime:
    """The promised moment, in the lender's zone."""
    due = answer_due(kind, opened_on, calendar, topic=topic)
    return datetime.combine(due, time(ANSWER_HOUR), tzinfo=zone)
