"""Stories of what borrowers bring up outside a plan, and of other reasons to leave them in peace."""

from datetime import datetime

from sqlalchemy import select

from portal.commands.demo_people import loan_ref
from portal.commands.demo_scene import Scene, Story
from portal.commands.demo_sitting import Sitting
from portal.domain.cases import CallBack, CaseKind, CaseTopic
from portal.domain.holds import HoldKind
from portal.domain.permissions import SYSTEM
from portal.models import Loan
from portal.services.cases import CaseForm, open_case
from portal.services.holds import start_hold


def brings_up(scene: Scene, key: str, at: datetime, kind: CaseKind, topic: CaseTopic, body: str) -> Story:
    """A form filled in on the telephone."""
    yield at
    sitting = Sitting.begin(scene, key)
    scene.clock.pass_by(seconds=180)
    with scene.writing() as session:
        loan = session.scalars(select(Loan).where(Loan.loan_ref == sitting.loan_ref)).one()
        form = CaseForm(
            form_key="",
            kind=kind,
            topic=topic,
            body=body,
            call_back=CallBack.EVENING if kind is CaseKind.TALK else CallBack.IN_WRITING,
            loan_id=loan.id,
        )
        open_case(
            session,
            sitting.actor,
            form=form,
            today=scene.clock.today(),
            zone=scene.clock.zone,
            now=scene.clock.now(),
        )


def is_left_in_peace(scene: Scene, key: str, at: datetime, kind: HoldKind, reason: str) -> Story:
    """Staff noted why nobody may collect."""
    yield at
    with scene.writing() as session:
        loan = session.scalars(select(Loan).where(Loan.loan_ref == loan_ref(key))).one()
        start_hold(session, SYSTEM, loan_id=loan.id, kind=kind, reason=reason, now=scene.clock.now())
