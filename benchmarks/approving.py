"""W5: an approval's request beside the signature's (W3); its document and how soon that is there are ``sealed_documents`` and
``ready_documents``.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks import ready_documents, sealed_documents
from benchmarks.borrowers import add_borrowers_of_one_loan
from benchmarks.results import Promise, Result, compared
from benchmarks.rounds import ROUNDS, cpu_micros, in_turn
from benchmarks.signing import QUICK_AT_ONCE, Signer, make_signers, sign_block
from benchmarks.sizes import Asked
from benchmarks.worlds import World, world
from portal.db import transaction
from portal.domain.permissions import Actor, ActorKind, Role
from portal.domain.policy import HardshipReason
from portal.domain.reasons import ApproveReason
from portal.models import Borrower, Loan, StaffMember
from portal.services.claims import claim_case
from tests.checked_client import form_of
from tests.people import NOW
from tests.stories import Story

REQUEST: Final = Promise(1.5, 2.5)


def measure(asked: Asked) -> Sequence[Result]:
    """Microseconds of processor time: of a request, then of a document (which is the same on either database, and made on the first); then,
    on PostgreSQL, milliseconds until a document is there.
    """
    results: list[Result] = []
    for kind in asked.databases:
        with world(kind, "approving") as made:
            found = beside_signing(made, QUICK_AT_ONCE)
            if kind == asked.databases[0]:
                found += sealed_documents.beside_weasyprint(made, sealed_documents.DOCUMENTS)
            results += map(made.named, found)
    if "postgresql" in asked.databases:
        results += ready_documents.measure(quick=asked.quick)
    return results


def beside_signing(made: World, at_once: int, rounds: int = ROUNDS) -> list[Result]:
    count = at_once * (rounds + 1)
    signers = iter(make_signers(made, count))
    cases = iter(_make_cases(made, count))
    subjects = [cpu_micros(made.meter, sign_block(each, at_once)) for each in (cases, signers)]
    took = [(ours, beside) for ours, beside in in_turn(subjects, rounds)]
    return [compared("W5 approve beside signing", took, unit="µs", promise=REQUEST)]


def _make_cases(made: World, count: int) -> Sequence[Signer]:
    """Waiting cases that 周敏 has claimed, with what the page to approve would send; after signers were made."""
    with transaction(made.database.engine) as session:
        zhou_min = session.scalars(select(StaffMember).where(StaffMember.login == "zhou.min")).one()
        people = add_borrowers_of_one_loan(session, count, first=count)
        waiting = [_claimed(session, zhou_min, *each) for each in people]
    browser = made.browser("staff", zhou_min.id)
    _, fields = form_of(browser.get("/desk/me").body.decode(), "/desk/sign-out")
    return [Signer(browser, path, {**fields, **form}) for path, form in waiting]


def _claimed(
    session: Session, member: StaffMember, borrower: Borrower, loan: Loan
) -> tuple[str, dict[str, str]]:
    story = Story(session, borrower, loan)
    story.submit(reason=HardshipReason.ILLNESS)
    actor = Actor(ActorKind.STAFF, member.id, frozenset(map(Role, member.roles)))
    claim_case(session, actor, proposal=story.proposal, now=NOW)
    session.refresh(story.proposal)
    form = {
        "row_version": str(story.proposal.row_version),
        "content_hash": story.version.content_hash,
        "reason": next(iter(ApproveReason)).value,
    }
    return f"/desk/cases/{story.proposal.public_id}/approve", form
