"""How long what is kept, and by which rule: the least that rules ask for, after which only a dispute or what must not be lost keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from portal.domain.attachments import KEPT_DAYS
from portal.domain.calendar import add_months


class DataClass(StrEnum):
    """What is kept for one reason and goes at one time."""

    TYPED_DRAFTS = "typed_drafts"
    CODES = "codes"
    SESSIONS = "sessions"
    DEVICES = "devices"
    TRIES = "tries"
    FIGURES = "figures"
    FILES = "files"
    CONTACTS = "contacts"
    SUPPORT_CALLS = "support_calls"
    CONVERSATIONS = "conversations"
    VISITORS = "visitors"
    LOOKS = "looks"
    PERSONS = "persons"


class Starts(StrEnum):
    """From when a term counts."""

    MADE = "made"
    ENDED = "ended"
    SETTLED = "settled"


class Leaves(StrEnum):
    """What is left afterwards."""

    NOTHING = "nothing"
    BARE_ROW = "bare_row"
    """That it was, when, and by which rule; nothing of what it said."""


class Stays(StrEnum):
    """Why something that is kept does not go yet; the first that holds is told."""

    TOO_YOUNG = "too_young"
    OWES = "owes"
    DISPUTED = "disputed"
    OPEN_CASE = "open_case"
    """Something they asked or complained about, a wish about their data included, is not answered yet."""
    OPEN_PLAN = "open_plan"
    WORK_IN_HAND = "work_in_hand"
    """Something of theirs is still to be sent, sealed or carried out."""
    LEGAL_HOLD = "legal_hold"
    """Something of the borrower's must be kept for a court or an authority: it goes before every term (rule C19)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """One class's term: ``years`` and ``days`` together. ``after_settlement``: never before all the borrower's loans are settled, nor
    while a dispute or a complaint runs. ``once_all_is_done``: nor while a case is open, a plan runs or work is in hand.
    """

    data: DataClass
    rule: str
    years: int = 0
    days: int = 0
    starts: Starts = Starts.MADE
    after_settlement: bool = False
    once_all_is_done: bool = False
    leaves: Leaves = Leaves.NOTHING

    def cutoff(self, on: date) -> date:
        """What began before this day may go."""
        return add_months(on, -12 * self.years) - timedelta(days=self.days)


CONTACTS: Final = Retention(
    data=DataClass.CONTACTS, rule="C16", years=5, after_settlement=True, leaves=Leaves.BARE_ROW
)
"""Records of collection: 5 years, and not before settlement."""
AGREEMENTS: Final = Retention(
    data=DataClass.PERSONS,
    rule="C17",
    years=10,
    starts=Starts.SETTLED,
    after_settlement=True,
    once_all_is_done=True,
    leaves=Leaves.BARE_ROW,
)
"""Agreements, identity, transactions: 10 years after settlement."""

_ALL: Final = (
    # what only serves to be let in or to write; personal, and needed for days (PIPL 19)
    Retention(data=DataClass.TYPED_DRAFTS, rule="D01", days=7),
    Retention(data=DataClass.CODES, rule="D01", days=KEPT_DAYS, starts=Starts.ENDED),
    Retention(data=DataClass.SESSIONS, rule="D01", days=7, starts=Starts.ENDED),
    Retention(data=DataClass.DEVICES, rule="D01", days=KEPT_DAYS),
    Retention(data=DataClass.TRIES, rule="D01", days=2),
    Retention(data=DataClass.FIGURES, rule="D01", years=1),
    # what was given to be decided by; its last day is worked out with the plan (``attachments.kept_until``)
    Retention(data=DataClass.FILES, rule="P17", days=KEPT_DAYS, starts=Starts.ENDED, leaves=Leaves.BARE_ROW),
    # what shows how a debt was asked for
    CONTACTS,
    Retention(
        data=DataClass.SUPPORT_CALLS, rule="C16", years=5, after_settlement=True, leaves=Leaves.BARE_ROW
    ),
    Retention(
        data=DataClass.CONVERSATIONS,
        rule="C16",
        years=5,
        after_settlement=True,
        once_all_is_done=True,
        leaves=Leaves.BARE_ROW,
    ),
    Retention(data=DataClass.VISITORS, rule="C16", years=5, starts=Starts.ENDED, leaves=Leaves.BARE_ROW),
    Retention(data=DataClass.LOOKS, rule="C16", years=5, after_settlement=True, leaves=Leaves.BARE_ROW),
    AGREEMENTS,
)
RETENTIONS: Final[Mapping[DataClass, Retention]] = {each.data: each for each in _ALL}
"""Every class, in the order in which a run goes through them: a person last, when little is left."""
