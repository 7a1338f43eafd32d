"""The names that pages about loans need."""

from collections.abc import Mapping
from typing import Any

from portal.stage_names import STAGE_BASES
from portal.web.labels import HOLD_ENDS, HOLDS, PRODUCTS, PROPOSAL_STATUSES, STAGES

TEXTS: Mapping[str, Any] = {
    "holds": HOLDS,
    "hold_ends": HOLD_ENDS,
    "products": PRODUCTS,
    "stages": STAGES,
    "bases": STAGE_BASES,
    "statuses": PROPOSAL_STATUSES,
}
