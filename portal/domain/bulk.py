"""What may be approved together with others: cases inside the policy's band that one approver decides alone and that need no look of
their own.
"""

from collections.abc import Collection
from typing import Final

from portal.domain.errors import Conflict
from portal.domain.policy import Referral
from portal.domain.second_looks import SecondReason

MOST: Final = 20
"""So many at a time: what is approved together was read together."""
FINDINGS: Final = frozenset({Referral.ASKED_FOR_A_PERSON, Referral.SENSITIVE_HARDSHIP})
"""What may have brought them to a person; every other finding is weighed case by case."""


def refuse_apart(
    *, findings: Collection[Referral], seconds: Collection[SecondReason], came_back: bool, has_message: bool
) -> None:
    """``findings`` is what policy says of the plan today, ``came_back`` that it was decided, asked about or countered before.

    Raises ``Conflict``: ``bulk_needs_second``, ``bulk_needs_own_look`` (rule P18), ``bulk_message_waits``.
    """
    if seconds:
        raise Conflict("bulk_needs_second", rule="P18")
    if came_back or not FINDINGS.issuperset(findings):
        raise Conflict("bulk_needs_own_look", rule="P18")
    if has_message:
        raise Conflict("bulk_message_waits")
