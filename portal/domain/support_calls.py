"""A support call: an agent helps a borrower on the telephone with what the borrower allowed, and never in the borrower's place (rule D04).

Not to be taken for a call of the internal team (``call_outcomes``): nobody is asked for money here, and most of these calls come in.
"""

import hmac
import re
import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from portal.domain.contact_requests import Purpose
from portal.domain.errors import DomainError

LASTS: Final = timedelta(minutes=20)
"""How long a support call lasts, and by how much it is extended, once."""
PAIRING_LASTS: Final = timedelta(minutes=5)
PAIRING_DIGITS: Final = 8
"""Two more than a code has: nobody takes the one for the other."""
MOST_TRIES: Final = 5
"""Wrong entries that a pairing number stands, and that a borrower has in ten minutes."""
_LONGEST: Final = 32


class Level(StrEnum):
    """What the borrower has allowed, from nothing upwards."""

    NONE = "none"
    """General talk: nothing about a person or a debt."""
    PROVEN = "proven"
    """The borrower entered the number on their own page and lets the agent see their situation, masked."""
    CONSENTED = "consented"
    """And lets the agent prepare a draft with them."""

    def reaches(self, least: "Level") -> bool:
        order = list(Level)
        return order.index(self) >= order.index(least)


class Direction(StrEnum):
    """Who called whom."""

    IN = "in"
    OUT = "out"


class Reason(StrEnum):
    """Why there is a call; the agent says so before anything else, and the borrower reads it."""

    CANNOT_SIGN_IN = "cannot_sign_in"
    UNDERSTAND = "understand"
    MAKE_PLAN = "make_plan"
    RUNNING_PLAN = "running_plan"
    PAYMENT = "payment"
    HARDSHIP = "hardship"
    DISPUTE = "dispute"
    COMPLAINT = "complaint"
    CALL_BACK = "call_back"
    OTHER = "other"


class SoughtBy(StrEnum):
    """What the caller read out. It is looked for exactly, and nobody is told what it led to."""

    MOBILE = "mobile"
    LOAN = "loan"
    REFERENCE = "reference"
    NOTHING = "nothing"


class EndedBy(StrEnum):
    """What ended a support call."""

    AGENT = "agent"
    BORROWER = "borrower"
    CLOCK = "clock"
    SIGN_OUT = "sign_out"
    DISABLED = "disabled"
    ROLE_REMOVED = "role_removed"
    OTHER_BORROWER = "other_borrower"
    """Somebody else entered its number."""


class SupportPage(StrEnum):
    """What an agent can look at: the borrower's own pages, masked."""

    HOME = "home"
    LOAN = "loan"
    PROPOSAL = "proposal"
    AGREEMENT = "agreement"
    DRAFT = "draft"


class OnlyBorrower(StrEnum):
    """What the borrower alone does, whatever was allowed in a call: an agent who tries is refused, and the borrower reads of it."""

    SIGN = "sign"
    ASK_SIGNING_CODE = "ask_signing_code"
    ENTER_SIGNING_CODE = "enter_signing_code"
    SEE_CODE = "see_code"
    CONFIRM_DISCLOSURE = "confirm_disclosure"
    TICK_TERMS = "tick_terms"
    GIVE_CONSENT = "give_consent"
    WITHDRAW_CONSENT = "withdraw_consent"
    CHANGE_NUMBER = "change_number"
    ANSWER_COUNTER = "answer_counter"
    WITHDRAW_PLAN = "withdraw_plan"
    ALLOW_CALL = "allow_call"
    """Enter the pairing number, or allow what the call may do."""
    ACT_AS_THEM = "act_as_them"
    """Sign in as the borrower, or open whatever other page is theirs."""


PURPOSES: Final[Mapping[Direction, Purpose]] = MappingProxyType(
    {Direction.IN: Purpose.ASKED_FOR, Direction.OUT: Purpose.ANSWER}
)
"""What a support call is to the contact guard: one that comes in is asked about by nobody; one that goes out answers the borrower."""


def pairing_number(seed: str, key: str) -> str:
    """The eight digits that belong to a seed; kept nowhere, as codes are."""
    made = hmac.digest(key.encode(), f"pairing number:{seed}".encode(), "sha256")
    return str(int.from_bytes(made) % 10**PAIRING_DIGITS).zfill(PAIRING_DIGITS)


def parse_pairing_number(text: str, *, field: str | None = "number") -> str:
    """Eight plain digits; spaces, hyphens and full-width digits are forgiven. Raises ``pairing_missing``, ``pairing_unclear``."""
    plain = re.sub(r"[\s\-‐-―]", "", unicodedata.normalize("NFKC", text[:_LONGEST]))
    if not plain:
        raise DomainError("pairing_missing", field=field)
    if len(text) > _LONGEST or not re.fullmatch(rf"[0-9]{{{PAIRING_DIGITS}}}", plain):
        raise DomainError("pairing_unclear", field=field)
    return plain
