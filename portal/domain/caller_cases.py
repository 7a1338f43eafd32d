"""What somebody who calls us wants taken down: which case it becomes, what it can be about, and whether it is about one loan."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from portal.domain.cases import TOPICS, CaseKind, CaseTopic
from portal.domain.holds import HoldKind


class Matter(StrEnum):
    """Why they call, as staff choose it."""

    DISPUTE = "dispute"
    COMPLAINT = "complaint"
    QUESTION = "question"
    HARDSHIP = "hardship"
    ILLNESS = "illness"
    DATA = "data"
    REPRESENTED = "represented"


CASES: Final[Mapping[Matter, CaseKind]] = {
    Matter.DISPUTE: CaseKind.DISPUTE,
    Matter.COMPLAINT: CaseKind.COMPLAINT,
    Matter.QUESTION: CaseKind.TALK,
    Matter.HARDSHIP: CaseKind.TALK,
    Matter.ILLNESS: CaseKind.TALK,
    Matter.DATA: CaseKind.DATA,
    Matter.REPRESENTED: CaseKind.REPRESENTED,
}

TOLD_TOPICS: Final[Mapping[Matter, tuple[CaseTopic, ...]]] = {
    Matter.DISPUTE: TOPICS[CaseKind.DISPUTE],
    Matter.COMPLAINT: TOPICS[CaseKind.COMPLAINT],
    Matter.QUESTION: TOPICS[CaseKind.TALK],
    Matter.HARDSHIP: (CaseTopic.HARDSHIP,),
    Matter.ILLNESS: (CaseTopic.ILLNESS,),
    Matter.DATA: TOPICS[CaseKind.DATA],
    Matter.REPRESENTED: TOPICS[CaseKind.REPRESENTED],
}

PERSON_HOLDS: Final[Mapping[Matter, HoldKind]] = {
    Matter.HARDSHIP: HoldKind.HARDSHIP,
    Matter.ILLNESS: HoldKind.ILLNESS,
}
"""The hold that is about the person and so on each of their loans; what a case starts by itself stands in ``cases.HOLDS``."""

ABOUT_ONE_LOAN: Final = frozenset({Matter.DISPUTE})
ABOUT_THE_PERSON: Final = frozenset({Matter.HARDSHIP, Matter.ILLNESS, Matter.REPRESENTED})
"""Whatever loan was named, contact is paused on all of them."""
