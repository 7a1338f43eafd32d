"""An agreement's page in words: its state, and how each payment went."""

from collections.abc import Mapping

from flask_babel import LazyString, gettext, lazy_gettext

from portal.domain.plan_progress import PlanProgress, RowState
from portal.domain.proposals import ProposalStatus as S

PARTS: Mapping[S, str] = {
    S.APPROVED: "in_force",
    S.ACTIVE: "in_force",
    S.MISSED: "in_force",
    S.BROKEN: "broken",
    S.COMPLETED: "completed",
    S.TERMINATED: "ended",
    S.SUPERSEDED: "superseded",
}
"""``templates/borrower/agreements/<part>.html``; an agreement has no other states."""

TAGS: Mapping[S, tuple[LazyString, str]] = {
    S.APPROVED: (lazy_gettext("In force"), "good"),
    S.ACTIVE: (lazy_gettext("In force"), "good"),
    S.MISSED: (lazy_gettext("In force, a payment is late"), "attention"),
    S.BROKEN: (lazy_gettext("Interrupted"), "attention"),
    S.COMPLETED: (lazy_gettext("Completed"), "good"),
    S.TERMINATED: (lazy_gettext("Ended"), ""),
    S.SUPERSEDED: (lazy_gettext("Replaced by a changed plan"), ""),
}

ALL_PAID = (lazy_gettext("Interrupted before, all of it paid"), "good")

ROW_STATES: Mapping[RowState, LazyString] = {
    RowState.KEPT: lazy_gettext("Paid on time"),
    RowState.MADE_GOOD: lazy_gettext("Paid later, counts as on time"),
    RowState.LATE: lazy_gettext("Paid late"),
    RowState.COMING: lazy_gettext("To come"),
    RowState.AWAITED: lazy_gettext("Not booked yet"),
    RowState.OPEN: lazy_gettext("Out, can be made good"),
    RowState.MISSED: lazy_gettext("Not paid"),
}

ROW_TONES: Mapping[RowState, str] = {
    RowState.KEPT: "good",
    RowState.MADE_GOOD: "good",
    RowState.LATE: "",
    RowState.COMING: "",
    RowState.AWAITED: "waiting",
    RowState.OPEN: "attention",
    RowState.MISSED: "attention",
}


def tag_of(status: S, progress: PlanProgress) -> tuple[LazyString, str]:
    """Its state; a broken plan of which all is paid warns of nothing any more."""
    return ALL_PAID if status is S.BROKEN and progress.is_complete else TAGS[status]


def kept_so_far(progress: PlanProgress) -> str:
    """One sentence: how many of how many payments count as on time."""
    if progress.kept_count == 0 and not progress.fell_due:
        return str(gettext("Nothing has fallen due yet."))
    if progress.kept_count == 0 and not progress.paid:
        return str(gettext("%(all)s payments in all; none is paid yet.", all=len(progress.rows)))
    return str(
        gettext(
            "%(kept)s of %(all)s payments are paid and count as on time.",
            kept=progress.kept_count,
            all=len(progress.rows),
        )
    )
