"""Who acts, and what a role may do. Roles are read at each request."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from portal.domain.errors import AccessRefused


class ActorKind(StrEnum):
    """Kinds of actor in the record."""

    BORROWER = "borrower"
    STAFF = "staff"
    SYSTEM = "system"
    PUBLIC = "public"


class Role(StrEnum):
    """Roles of staff."""

    AGENT = "agent"
    APPROVER = "approver"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    COLLECTOR = "collector"
    CALLER = "caller"


class Permission(StrEnum):
    """What a view or a verb asks for."""

    QUEUE_SEE = "queue:see"
    CASE_SEE = "case:see"
    CASE_CLAIM = "case:claim"
    PROPOSAL_DECIDE = "proposal:decide"
    PERSON_REVEAL = "person:reveal"
    MESSAGE_READ = "message:read"
    MESSAGE_WRITE = "message:write"
    ATTACHMENT_OPEN = "attachment:open"
    TEAM_MANAGE = "team:manage"
    LEAVE_TAKE = "leave:take"
    """Days away, for whoever holds work."""
    TEAM_SEE = "team:see"
    """Who is here and who holds what, without changing it."""
    STAFF_MANAGE = "staff:manage"
    STAFF_CONFIRM = "staff:confirm"
    """Agree as the second person to what gives an account power."""
    STAFF_SEE = "staff:see"
    AGENCY_SEE = "agency:see"
    AGENCY_MANAGE = "agency:manage"
    INCIDENT_SEE = "incident:see"
    INCIDENT_MANAGE = "incident:manage"
    DESK_SEE = "desk:see"
    REFERENCE_FIND = "reference:find"
    EVIDENCE_MAKE = "evidence:make"
    SERVICE_SEE = "service:see"
    """The queue of what borrowers bring up; without ``SERVICE_SEE_ALL`` one's own cases and free wishes to talk."""
    SERVICE_SEE_ALL = "service:see_all"
    SERVICE_HANDLE = "service:handle"
    SERVICE_DECIDE = "service:decide"
    SERVICE_ASSIGN = "service:assign"
    SECOND_SEE = "second:see"
    """What waits for a second approver."""
    HOLD_SEE = "hold:see"
    HOLD_SET = "hold:set"
    HOLD_END = "hold:end"
    LEGAL_HOLD = "legal_hold:set"
    """Keep all about a borrower for a court or an authority, and end that together with a colleague."""
    CALL_SEE = "call:see"
    """The list of whom to call, as its callers see it."""
    CALL_MAKE = "call:make"
    CALL_LINK = "call:link"
    """Have the way to a plan sent after a call; an agency's staff read it out."""
    CALL_OVERRIDE_ASK = "call:override_ask"
    """Ask a supervisor to set a rule aside for one call; never somebody of an agency."""
    CALL_OVERRIDE_SEE = "call:override_see"
    CALL_OVERRIDE = "call:override"
    SUPPORT_CALL = "support:call"
    """Help a borrower on the telephone, within what the borrower allows in the call."""
    SUPPORT_TASKS = "support:tasks"
    """What was promised in support calls and is due."""
    SUPPORT_WATCH = "support:watch"
    """See what looks unusual at the support desk, which calls are read again and what agents handed on."""
    SUPPORT_SUPERVISE = "support:supervise"
    """Give a verdict on calls, answer what agents handed on."""
    FIGURES_SEE = "figures:see"
    """Sums of how cases and people are treated; never a person."""
    GUIDE_READ = "guide:read"
    GUIDE_WRITE = "guide:write"
    POLICY_SEE = "policy:see"
    POLICY_DRAFT = "policy:draft"
    """Draft a version of the policy, replay and propose it."""
    POLICY_APPROVE = "policy:approve"
    """Decide what somebody else drafted."""


_GRANTS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.AGENT: frozenset(
            {
                Permission.LEAVE_TAKE,
                Permission.DESK_SEE,
                Permission.REFERENCE_FIND,
                Permission.SERVICE_SEE,
                Permission.SERVICE_HANDLE,
                Permission.HOLD_SET,
                Permission.SUPPORT_CALL,
                Permission.GUIDE_READ,
                Permission.HOLD_SEE,
                Permission.SUPPORT_TASKS,
            }
        ),
        Role.APPROVER: frozenset(
            {
                Permission.LEAVE_TAKE,
                Permission.DESK_SEE,
                Permission.REFERENCE_FIND,
                Permission.QUEUE_SEE,
                Permission.CASE_SEE,
                Permission.CASE_CLAIM,
                Permission.PROPOSAL_DECIDE,
                Permission.PERSON_REVEAL,
                Permission.MESSAGE_READ,
                Permission.MESSAGE_WRITE,
                Permission.ATTACHMENT_OPEN,
                Permission.SERVICE_SEE,
                Permission.SERVICE_SEE_ALL,
                Permission.SERVICE_HANDLE,
                Permission.SERVICE_DECIDE,
                Permission.HOLD_SET,
                Permission.HOLD_END,
                Permission.LEGAL_HOLD,
                Permission.SECOND_SEE,
                Permission.HOLD_SEE,
            }
        ),
        Role.SUPERVISOR: frozenset(
            {
                Permission.LEAVE_TAKE,
                Permission.DESK_SEE,
                Permission.REFERENCE_FIND,
                Permission.QUEUE_SEE,
                Permission.CASE_SEE,
                Permission.CASE_CLAIM,
                Permission.PROPOSAL_DECIDE,
                Permission.PERSON_REVEAL,
                Permission.MESSAGE_READ,
                Permission.MESSAGE_WRITE,
                Permission.ATTACHMENT_OPEN,
                Permission.TEAM_MANAGE,
                Permission.SERVICE_SEE,
                Permission.SERVICE_SEE_ALL,
                Permission.SERVICE_HANDLE,
                Permission.SERVICE_DECIDE,
                Permission.SERVICE_ASSIGN,
                Permission.HOLD_SET,
                Permission.HOLD_END,
                Permission.LEGAL_HOLD,
                Permission.CALL_OVERRIDE,
                Permission.SUPPORT_SUPERVISE,
                Permission.FIGURES_SEE,
                Permission.GUIDE_READ,
                Permission.GUIDE_WRITE,
                Permission.SECOND_SEE,
                Permission.HOLD_SEE,
                Permission.TEAM_SEE,
                Permission.CALL_OVERRIDE_SEE,
                Permission.SUPPORT_WATCH,
                Permission.STAFF_SEE,
                Permission.STAFF_CONFIRM,
                Permission.AGENCY_SEE,
                Permission.AGENCY_MANAGE,
                Permission.INCIDENT_SEE,
                Permission.INCIDENT_MANAGE,
                Permission.POLICY_SEE,
                Permission.POLICY_DRAFT,
                Permission.POLICY_APPROVE,
            }
        ),
        Role.AUDITOR: frozenset(
            {
                Permission.DESK_SEE,
                Permission.REFERENCE_FIND,
                Permission.QUEUE_SEE,
                Permission.CASE_SEE,
                Permission.MESSAGE_READ,
                Permission.EVIDENCE_MAKE,
                Permission.FIGURES_SEE,
                Permission.SERVICE_SEE,
                Permission.SERVICE_SEE_ALL,
                Permission.GUIDE_READ,
                Permission.POLICY_SEE,
                Permission.SECOND_SEE,
                Permission.HOLD_SEE,
                Permission.TEAM_SEE,
                Permission.CALL_SEE,
                Permission.CALL_OVERRIDE_SEE,
                Permission.SUPPORT_TASKS,
                Permission.SUPPORT_WATCH,
                Permission.STAFF_SEE,
                Permission.AGENCY_SEE,
                Permission.INCIDENT_SEE,
            }
        ),
        Role.ADMINISTRATOR: frozenset(
            {
                Permission.DESK_SEE,
                Permission.STAFF_SEE,
                Permission.STAFF_MANAGE,
                Permission.STAFF_CONFIRM,
                Permission.AGENCY_SEE,
                Permission.AGENCY_MANAGE,
                Permission.INCIDENT_SEE,
                Permission.INCIDENT_MANAGE,
            }
        ),
        # Of the list only what stands with their agency (``queries.placements``).
        Role.COLLECTOR: frozenset(
            {Permission.DESK_SEE, Permission.CALL_SEE, Permission.CALL_MAKE, Permission.GUIDE_READ}
        ),
        Role.CALLER: frozenset(
            {
                Permission.DESK_SEE,
                Permission.REFERENCE_FIND,
                Permission.LEAVE_TAKE,
                Permission.CALL_SEE,
                Permission.CALL_MAKE,
                Permission.CALL_LINK,
                Permission.CALL_OVERRIDE_ASK,
                Permission.GUIDE_READ,
            }
        ),
    }
)


@dataclass(frozen=True, slots=True)
class OnCall:
    """The support call that an act belongs to: every event of it says which, with which agent and why."""

    call_id: int
    agent_id: int
    reason: str

    def as_fields(self) -> Mapping[str, object]:
        """As ``events.ON_CALL_FIELDS``."""
        return {
            "support_call_id": self.call_id,
            "support_agent_id": self.agent_id,
            "support_reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it: kind, id within the kind, roles (staff), and the request that carries the act."""

    kind: ActorKind
    id: int | None = None
    roles: frozenset[Role] = frozenset()
    request_id: str | None = None
    session_key: str = ""
    """Hash of the session's token: what a code is bound to."""
    on_call: OnCall | None = None

    @property
    def permissions(self) -> frozenset[Permission]:
        return frozenset().union(*(_GRANTS[role] for role in self.roles))

    @property
    def staff_id(self) -> int | None:
        """Who did it by hand; None for the borrower, the book and the clock."""
        return self.id if self.kind is ActorKind.STAFF else None

    @property
    def is_agencys(self) -> bool:
        """Whether they work for an agency: of loans they see those that stand with it, and no others."""
        return Role.COLLECTOR in self.roles

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions


SYSTEM = Actor(ActorKind.SYSTEM)


def require_borrower(actor: Actor, *, borrower_id: int | None = None) -> None:
    """What nobody does in a borrower's place: raises ``AccessRefused("only_the_borrower")`` for everybody else.

    ``borrower_id``: whose it is, where that is more than whoever asks.
    """
    is_they = borrower_id is None or actor.id == borrower_id
    if actor.kind is not ActorKind.BORROWER or actor.id is None or not is_they:
        raise AccessRefused("only_the_borrower", rule="D04")


def require(actor: Actor, permission: Permission) -> None:
    """Raises ``AccessRefused`` where the actor lacks the permission."""
    if not actor.may(permission):
        raise AccessRefused("permission_missing", permission=permission.value)
