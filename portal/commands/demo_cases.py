"""Stories of what borrowers bring up outside a plan, and of other reasons to leave them in peace."""

from datetime import datetime

from sqlalchemy import select

from portal.commands.demo_people import loan_ref
from portal.commands.demo_scene import Scene, Story
from portal.commands.demo_sitting import Sitting
from portal.domain.cases import CallBack, CaseKind, CaseTopic
from portal.domain.contact_wishes import Channel, ContactHours, ContactWishes
from portal.domain.holds import HoldKind
from portal.domain.permissions import SYSTEM
from portal.models import Loan
from portal.services.cases import CaseForm, open_case
from portal.services.contact_wishes import set_wishes
from portal.services.data_requests import ask_about_data
from portal.services.holds import start_hold
from portal.services.own_record import record_export


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


def looks_after_her_data(scene: Scene, key: str, at: datetime) -> Story:
    """Hours and ways to be contacted, and a request about one's data."""
    yield at
    sitting = Sitting.begin(scene, key)
    scene.clock.pass_by(seconds=60)
    wishes = ContactWishes(ContactHours(9, 20), frozenset({Channel.SMS, Channel.LETTER}))
    with scene.writing() as session:
        set_wishes(session, sitting.actor, wishes=wishes, consent_version="", now=scene.clock.now())
    scene.clock.pass_by(seconds=90)
    form = CaseForm(
        form_key="",
        kind=CaseKind.DATA,
        topic=CaseTopic.EXPLAIN_DATA,
        body="想了解平台会保存我的还款记录多久。",
    )
    with scene.writing() as session:
        ask_about_data(
            session,
            sitting.actor,
            form=form,
            today=scene.clock.today(),
            zone=scene.clock.zone,
            now=scene.clock.now(),
        )
        record_export(session, sitting.actor, file_format="text", now=scene.clock.now())
