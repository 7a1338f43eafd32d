"""Staff at their desk, through the same verbs as the pages: take a case, look, decide."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.commands.demo_scene import Scene
from portal.domain.decisions import DISPATCH_AFTER
from portal.domain.permissions import Actor, ActorKind, Role
from portal.domain.reasons import ApproveReason, AskReason, DeclineReason, GuarantorChoice
from portal.models import Loan, Proposal, StaffMember
from portal.queries.proposals import get_signed_version
from portal.services.claims import claim_case
from portal.services.counters import CounterOffer, counter_proposal
from portal.services.deciding import Seen
from portal.services.decisions import Approval, Refusal, approve_proposal, decline_proposal
from portal.services.looks import look_at_case
from portal.services.questions import Ask, ask_borrower
from portal.services.second_looks import confirm_decision, find_waiting_for_second

Decide = Callable[[Session, Actor, Proposal, Seen], None]


def staff_actor(session: Session, login: str) -> Actor:
    member = session.scalars(select(StaffMember).where(StaffMember.login == login)).one()
    return Actor(ActorKind.STAFF, member.id, roles=frozenset(map(Role, member.roles)))


def take(scene: Scene, login: str, proposal_id: int) -> None:
    """Look at a case and claim it."""
    with scene.writing() as session:
        actor = staff_actor(session, login)
        proposal = session.get_one(Proposal, proposal_id)
        look_at_case(session, actor, proposal=proposal, reason="case_page", now=scene.clock.now())
        scene.clock.pass_by(seconds=20)
        claim_case(session, actor, proposal=proposal, now=scene.clock.now())


def approve(scene: Scene, login: str, proposal_id: int, reason: ApproveReason) -> None:
    """Accept the offer; the seal is the worker's."""

    def decide(session: Session, actor: Actor, proposal: Proposal, seen: Seen) -> None:
        has_guarantor = session.get_one(Loan, proposal.loan_id).has_guarantor
        guarantor = GuarantorChoice.CONSENTED if has_guarantor else None
        approval = Approval(reason=reason, guarantor=guarantor)
        approve_proposal(
            session, actor, seen=seen, approval=approval, today=scene.clock.today(), now=scene.clock.now()
        )

    _decide(scene, login, proposal_id, decide)


def decline(scene: Scene, login: str, proposal_id: int, reason: DeclineReason, text: str, hint: str) -> None:
    """Refuse the offer as it stands; ``hint`` says what would be accepted."""

    def decide(session: Session, actor: Actor, _proposal: Proposal, seen: Seen) -> None:
        refusal = Refusal(reason=reason, text=text, would_accept=hint)
        decline_proposal(session, actor, seen=seen, refusal=refusal, now=scene.clock.now())

    _decide(scene, login, proposal_id, decide)
    send_out(scene)


def counter(scene: Scene, login: str, proposal_id: int, offer: CounterOffer) -> None:
    """Offer other terms; where the policy asks for two, they wait for the second."""

    def decide(session: Session, actor: Actor, _proposal: Proposal, seen: Seen) -> None:
        counter_proposal(
            session,
            actor,
            seen=seen,
            counter=offer,
            tools=scene.tools,
            today=scene.clock.today(),
            now=scene.clock.now(),
        )

    _decide(scene, login, proposal_id, decide)
    send_out(scene)


def agree(scene: Scene, login: str, proposal_id: int) -> None:
    """As the second of two, to what the first decided."""
    take(scene, login, proposal_id)
    scene.clock.pass_by(seconds=240)
    with scene.writing() as session:
        proposal = session.get_one(Proposal, proposal_id)
        decision = find_waiting_for_second(session, proposal)
        seen = Seen(
            proposal_id=proposal_id,
            row_version=proposal.row_version,
            content_hash=decision.content_hash if decision else "",
        )
        confirm_decision(session, staff_actor(session, login), seen=seen, now=scene.business_now)
    send_out(scene)


def ask(scene: Scene, login: str, proposal_id: int, reason: AskReason, words: str) -> None:
    """Ask the borrower before deciding."""

    def decide(session: Session, actor: Actor, _proposal: Proposal, seen: Seen) -> None:
        ask_borrower(session, actor, seen=seen, ask=Ask(reason=reason, letter=words), now=scene.clock.now())

    _decide(scene, login, proposal_id, decide)
    send_out(scene)


def send_out(scene: Scene) -> None:
    """The minute in which it may be undone goes by, and the worker carries it out."""
    scene.clock.pass_by(seconds=DISPATCH_AFTER.total_seconds() + 1)
    scene.work()


def _decide(scene: Scene, login: str, proposal_id: int, decide: Decide) -> None:
    take(scene, login, proposal_id)
    scene.clock.pass_by(seconds=240)
    with scene.writing() as session:
        proposal = session.get_one(Proposal, proposal_id)
        seen = Seen(
            proposal_id=proposal_id,
            row_version=proposal.row_version,
            content_hash=get_signed_version(session, proposal).content_hash,
        )
        decide(session, staff_actor(session, login), proposal, seen)
