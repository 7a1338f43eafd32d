"""Why a message is sent that nobody asked for in this moment: one closed list, each with what the guard takes it for."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from portal.domain.contact_requests import Purpose


class Occasion(StrEnum):
    """What happened that somebody is written to. Each has its words in both languages, for each way of sending."""

    OVERDUE_REMINDER = "overdue_reminder"
    """Something is overdue."""
    DEMAND = "demand"
    """A formal request to pay, whose delivery is kept as proof (rule L03)."""
    PLAN_DUE_SOON = "plan_due_soon"
    """A payment of a running plan falls due in a few days."""
    PLAN_MISSED = "plan_missed"
    """A payment of a running plan was not made on its day."""
    PLAN_BROKEN = "plan_broken"
    """The time to make a missed payment good is over (rule P20)."""
    PLAN_COMPLETED = "plan_completed"
    """Everything under a plan is paid."""
    AGENCY_NOTICE = "agency_notice"
    """Before a loan goes to an agency."""
    CREDITOR_CHANGED = "creditor_changed"
    """A loan was handed on, and the notice of it waits on the borrower's own page (rule C21)."""
    CASE_DECIDED = "case_decided"
    """What the borrower disputed or complained of was decided."""
    CALL_BACK = "call_back"
    """When staff will call, as the borrower asked."""
    PLAN_DRAFTED = "plan_drafted"
    """A draft that an agent prepared with the borrower on the line waits on their own pages."""


ONCE_A_BORROWER = frozenset({Occasion.CREDITOR_CHANGED})
"""Several loans that are handed on by one book are one message: it says nothing about any of them."""

PURPOSES: Mapping[Occasion, Purpose] = MappingProxyType(
    {
        Occasion.OVERDUE_REMINDER: Purpose.COLLECTION,
        Occasion.DEMAND: Purpose.COLLECTION,
        Occasion.PLAN_DUE_SOON: Purpose.PLAN_REMINDER,
        Occasion.PLAN_MISSED: Purpose.PLAN_REMINDER,
        Occasion.PLAN_BROKEN: Purpose.NOTICE,
        Occasion.PLAN_COMPLETED: Purpose.NOTICE,
        Occasion.AGENCY_NOTICE: Purpose.NOTICE,
        Occasion.CREDITOR_CHANGED: Purpose.NOTICE,
        Occasion.CASE_DECIDED: Purpose.ANSWER,
        Occasion.CALL_BACK: Purpose.ANSWER,
        Occasion.PLAN_DRAFTED: Purpose.ASKED_FOR,
    }
)
"""What each is to the contact guard."""
