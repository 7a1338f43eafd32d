"""What the pages of accounts say for closed sets."""

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from portal.domain.permissions import Role
from portal.domain.staff_invitations import InvitationState
from portal.domain.staff_relations import Closeness, DeclaredBy
from portal.domain.staff_roles import StaffChangeKind

STATES: Mapping[str, LazyString] = {
    "here": lazy_gettext("In use, here"),
    "away": lazy_gettext("In use, away"),
    "disabled": lazy_gettext("Ended"),
}
CHANGES: Mapping[StaffChangeKind, LazyString] = {
    StaffChangeKind.ROLES: lazy_gettext("Other roles"),
    StaffChangeKind.SECOND_FACTOR: lazy_gettext("New password and second factor"),
    StaffChangeKind.INVITATION: lazy_gettext("New account"),
}
INVITATIONS: Mapping[InvitationState, LazyString] = {
    InvitationState.WAITING: lazy_gettext("Waits for a second person"),
    InvitationState.OPEN: lazy_gettext("Not used yet"),
    InvitationState.USED: lazy_gettext("Used"),
    InvitationState.WITHDRAWN: lazy_gettext("Withdrawn"),
    InvitationState.EXPIRED: lazy_gettext("Its time is over"),
}
CLOSENESS: Mapping[Closeness, LazyString] = {
    Closeness.ONESELF: lazy_gettext("Myself"),
    Closeness.SPOUSE: lazy_gettext("My spouse or partner"),
    Closeness.PARENT: lazy_gettext("A parent"),
    Closeness.CHILD: lazy_gettext("A child"),
    Closeness.SIBLING: lazy_gettext("A brother or sister"),
    Closeness.OTHER: lazy_gettext("Somebody else I am close to"),
}
DECLARED_BY: Mapping[DeclaredBy, LazyString] = {
    DeclaredBy.ID_NUMBER: lazy_gettext("by ID number"),
    DeclaredBy.LOAN: lazy_gettext("by a number of a loan or case"),
}
ROLE_HINTS: Mapping[Role, LazyString] = {
    Role.AGENT: lazy_gettext("Helps borrowers on the telephone; decides nothing."),
    Role.APPROVER: lazy_gettext("Decides on plans. Needs a second person to give it."),
    Role.SUPERVISOR: lazy_gettext(
        "Decides, agrees as the second, hands on work. Needs a second person to give it."
    ),
    Role.AUDITOR: lazy_gettext("Reads everything and changes nothing. Goes with no other role."),
    Role.ADMINISTRATOR: lazy_gettext(
        "Manages accounts; decides on no plan. Needs a second person to give it."
    ),
    Role.COLLECTOR: lazy_gettext("Works for an agency and can never approve. Goes with no other role."),
    Role.CALLER: lazy_gettext("Calls for the lender's own team."),
}
