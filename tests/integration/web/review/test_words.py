"""Every value of a closed set has its words, and every event of a case its line."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pytest

from portal.config import ROOT
from portal.domain.events import EVENT_FIELDS
from portal.domain.holds import HoldKind
from portal.domain.limitation import Cause
from portal.domain.loans import LenderType
from portal.domain.permissions import Role
from portal.domain.plans import ArrearsTreatment, DeferredInterest
from portal.domain.policy import HardshipReason
from portal.domain.proposals import ProposalStatus
from portal.domain.reasons import ApproveReason, DeclineReason, GuarantorChoice, RevealReason
from portal.role_names import STAFF_ROLES
from portal.web.labels import DECLINE_REASONS
from portal.web.review import labels

LINES = ROOT / "portal" / "templates" / "review" / "events"
OF_NO_CASE = {
    "account", "book", "borrower", "calendar", "call", "complaint", "creditor", "demo", "ending", "loan", "policy", "record", "reference",
    "agency", "incident", "session", "sessions", "spending", "staff", "support", "guide", "figures", "view", "day", "retention",
    "backup", "portal", "rate",
}  # fmt: skip
OUTSIDE_A_CASE = {"case:looked_at", "case:claim_renewed", "number:wished"}
"""Looks and heartbeats are summed up; a wish for another number names nobody before its code came back."""


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (ProposalStatus, labels.STATUSES),
        (HardshipReason, labels.HARDSHIPS),
        (HoldKind, labels.HOLDS),
        (ArrearsTreatment, labels.TREATMENTS),
        (DeferredInterest, labels.DEFERRED_INTERESTS),
        (ApproveReason, labels.APPROVE_REASONS),
        (GuarantorChoice, labels.GUARANTOR_CHOICES),
        (RevealReason, labels.REVEAL_REASONS),
        (LenderType, labels.LENDER_TYPES),
        (Cause, labels.CAUSES),
        (Role, STAFF_ROLES),
        (DeclineReason, DECLINE_REASONS),
    ],
)
def test_every_value_has_its_words(values: type[StrEnum], words: Mapping[Any, object]) -> None:
    assert set(words) == set(values)


def test_every_event_of_a_case_has_its_line_and_every_line_its_event() -> None:
    of_cases = {name for name in EVENT_FIELDS if name.split(":")[0] not in OF_NO_CASE} - OUTSIDE_A_CASE
    of_cases.add("loan:changed")
    wanted = {f"{name.replace(':', '_')}.html" for name in of_cases}
    assert {path.name for path in LINES.iterdir()} == wanted | {"other.html"}
