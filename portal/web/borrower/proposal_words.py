"""A proposal's page in words: its heading, the part that tells where it is, and what happened so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import LazyString, lazy_gettext

from portal.domain.proposals import ProposalStatus as S
from portal.models import Event

HEADINGS: Mapping[S, LazyString] = {
    S.DRAFT: lazy_gettext("Your plan is not sent yet"),
    S.SUBMITTED: lazy_gettext("Signed by you and sent"),
    S.IN_REVIEW: lazy_gettext("Signed by you, and with us"),
    S.INFO_REQUESTED: lazy_gettext("We have a question for you"),
    S.COUNTERED: lazy_gettext("We made you another offer"),
    S.NEEDS_RESIGN: lazy_gettext("Please look at your plan again"),
    S.APPROVED: lazy_gettext("Your plan is in force"),
    S.ACTIVE: lazy_gettext("Your plan is in force"),
    S.MISSED: lazy_gettext("Your plan is in force, a payment is late"),
    S.BROKEN: lazy_gettext("Your plan is interrupted"),
    S.COMPLETED: lazy_gettext("You have paid your plan"),
    S.TERMINATED: lazy_gettext("This plan has ended"),
    S.DECLINED: lazy_gettext("We could not accept this plan"),
    S.WITHDRAWN: lazy_gettext("You took this plan back"),
    S.EXPIRED: lazy_gettext("This plan has expired"),
    S.DISCARDED: lazy_gettext("This draft was put away"),
    S.SUPERSEDED: lazy_gettext("A changed plan took the place of this one"),
}

PARTS: Mapping[S, str] = {
    S.DRAFT: "draft",
    S.SUBMITTED: "waiting",
    S.IN_REVIEW: "waiting",
    S.INFO_REQUESTED: "asked",
    S.COUNTERED: "countered",
    S.NEEDS_RESIGN: "moved",
    S.APPROVED: "in_force",
    S.ACTIVE: "in_force",
    S.MISSED: "in_force",
    S.BROKEN: "interrupted",
    S.COMPLETED: "over",
    S.TERMINATED: "over",
    S.DECLINED: "declined",
    S.WITHDRAWN: "over",
    S.EXPIRED: "over",
    S.DISCARDED: "over",
    S.SUPERSEDED: "over",
}
"""``templates/borrower/proposals/<part>.html``"""

TONES: Mapping[S, str] = {
    S.DRAFT: "",
    S.SUBMITTED: "waiting",
    S.IN_REVIEW: "waiting",
    S.INFO_REQUESTED: "attention",
    S.COUNTERED: "attention",
    S.NEEDS_RESIGN: "attention",
    S.APPROVED: "good",
    S.ACTIVE: "good",
    S.MISSED: "attention",
    S.BROKEN: "attention",
    S.COMPLETED: "good",
    S.TERMINATED: "",
    S.DECLINED: "",
    S.WITHDRAWN: "",
    S.EXPIRED: "",
    S.DISCARDED: "",
    S.SUPERSEDED: "",
}

_HAPPENED: Mapping[str, LazyString] = {
    "plan:started": lazy_gettext("You started a plan"),
    "plan:submitted": lazy_gettext("You signed it and sent it"),
    "plan:referred": lazy_gettext("A person was asked to decide"),
    "plan:approved": lazy_gettext("Approved: in force from here"),
    "plan:declined": lazy_gettext("Declined"),
    "plan:countered": lazy_gettext("We made you another offer"),
    "plan:counter_signed": lazy_gettext("You accepted our offer and signed it"),
    "plan:counter_refused": lazy_gettext("You did not accept our offer"),
    "plan:info_requested": lazy_gettext("We asked you something"),
    "plan:info_given": lazy_gettext("You answered our question"),
    "plan:review_requested": lazy_gettext("You asked another person to look at it"),
    "plan:facts_moved": lazy_gettext("Your loan changed, so it has to be signed again"),
    "plan:withdrawn": lazy_gettext("You took it back"),
    "plan:expired": lazy_gettext("It expired"),
    "plan:discarded": lazy_gettext("The draft was put away"),
    "plan:missed": lazy_gettext("A payment was late"),
    "plan:cured": lazy_gettext("The late payment was made good"),
    "plan:broken": lazy_gettext("A payment stayed out too long: the plan is interrupted"),
    "plan:completed": lazy_gettext("Everything is paid"),
    "plan:reinstated": lazy_gettext("The plan goes on"),
    "plan:end_told": lazy_gettext("We wrote to you that the plan is to be ended, and why"),
    "plan:terminated": lazy_gettext("The plan was ended"),
    "plan:superseded": lazy_gettext("A changed plan took its place"),
    "agreement:sealed": lazy_gettext("Your agreement was sealed and is ready to download"),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of what happened, as the borrower reads it."""

    at: datetime
    text: LazyString


def happenings(events: Sequence[Event]) -> Sequence[Happening]:
    """Newest first, without what only the record needs."""
    return [
        Happening(event.at, _HAPPENED[event.name]) for event in reversed(events) if event.name in _HAPPENED
    ]
