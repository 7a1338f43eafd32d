"""Reading and signing, through the same verbs as the pages; the documents are the worker's."""

from collections.abc import Generator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from portal.commands.demo_codes import prove
from portal.commands.demo_scene import Scene
from portal.commands.demo_sitting import Sitting, Wish
from portal.domain.journey import Question
from portal.domain.offers import price_choice
from portal.domain.proposals import ProposalStatus
from portal.domain.reading import Reading
from portal.models import Proposal, ProposalVersion
from portal.queries.proposals import get_newest_version
from portal.queries.situations import Situation
from portal.services import signing
from portal.services.freezing import freeze_plan
from portal.services.signing_codes import signing_code_order

READING: Final = timedelta(minutes=6)


def propose(scene: Scene, key: str, wish: Wish) -> Generator[datetime, None, Sitting]:
    """The whole evening: from the first question to the signature, and whatever the worker has to do for it."""
    sitting = Sitting.begin(scene, key).start()
    sitting.tell(wish.reason)
    sitting.choose(wish.request)
    freeze(sitting)
    yield scene.clock.now() + READING
    scene.press.wait("plan:preview")
    read(sitting)
    sign(sitting)
    scene.work()
    return sitting


def freeze(sitting: Sitting) -> None:
    """The answers are right: the document is drawn while the disclosure is read."""
    clock = sitting.scene.clock
    clock.pass_by(seconds=20)
    with sitting.scene.writing() as session:
        proposal = session.get_one(Proposal, sitting.proposal_id)
        situation = sitting.situation(session)
        version = freeze_plan(
            session,
            sitting.actor,
            proposal=proposal,
            situation=situation,
            plan=price_choice(proposal.answers[Question.CHOICE], situation.standing).plan,
            tools=sitting.scene.tools,
            locale=sitting.borrower.locale,
            now=clock.now(),
        )
        signing.show_disclosure(session, sitting.actor, proposal=proposal, version=version, now=clock.now())
    sitting.scene.work()


def read(sitting: Sitting) -> None:
    """Disclosure, whole text, the document, and a tick for each key term."""
    clock = sitting.scene.clock
    clock.pass_by(seconds=75)
    with sitting.scene.writing() as session:
        proposal, version, situation = _frozen(session, sitting)
        signing.confirm_disclosure(
            session,
            sitting.actor,
            proposal=proposal,
            version=version,
            reading=Reading(since=version.disclosure_shown_at),
            reading_seconds=situation.policy.reading_seconds,
            now=clock.now(),
        )
        signing.show_text(session, sitting.actor, proposal=proposal, version=version, now=clock.now())
        clock.pass_by(seconds=90)
        signing.record_preview_download(
            session, sitting.actor, proposal=proposal, version=version, now=clock.now()
        )
        clock.pass_by(seconds=45)
        signing.acknowledge_terms(
            session,
            sitting.actor,
            proposal=proposal,
            version=version,
            ticked=[term["code"] for term in version.content["key_terms"]],
            now=clock.now(),
        )


def sign(sitting: Sitting) -> ProposalStatus:
    """The code whose message names the document and the sum, then the offer."""
    with sitting.scene.writing() as session:
        proposal, version, _ = _frozen(session, sitting)
    order = signing_code_order(
        proposal=proposal, version=version, mobile=sitting.borrower.mobile, locale=sitting.borrower.locale
    )
    code_id = prove(sitting.scene, sitting.actor, order)
    with sitting.scene.writing() as session:
        proposal, version, situation = _frozen(session, sitting)
        return signing.submit_proposal(
            session,
            sitting.actor,
            proposal=proposal,
            version=version,
            situation=situation,
            code_id=code_id,
            evidence={
                "channel": "web",
                "session": sitting.actor.session_key[:16],
                "signed_in_at": sitting.signed_in_at,
            },
            now=sitting.scene.business_now,
        )


def _frozen(session: Session, sitting: Sitting) -> tuple[Proposal, ProposalVersion, Situation]:
    proposal = session.get_one(Proposal, sitting.proposal_id)
    return proposal, get_newest_version(session, proposal.id), sitting.situation(session)
