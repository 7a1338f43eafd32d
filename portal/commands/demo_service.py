"""Staff of the demo at what borrowers and visitors brought up: one waits for the lender, one is decided, one pause has its last day."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.commands.demo_cases import brings_up
from portal.commands.demo_desk import staff_actor
from portal.commands.demo_people import loan_ref
from portal.commands.demo_scene import Scene, Story
from portal.domain.case_handling import CaseReason, CorrectionKind, Outcome
from portal.domain.cases import CaseKind, CaseTopic
from portal.domain.holds import Evidence, HoldKind
from portal.domain.permissions import Actor, ActorKind
from portal.models import Loan, ServiceCase
from portal.services.case_decisions import Ending, decide_service_case
from portal.services.case_handling import acknowledge_service_case, look_at_service_case, take_service_case
from portal.services.corrections import Correction, ask_lender
from portal.services.staff_holds import HoldWish, set_hold
from portal.services.visitor_complaints import VisitorForm, complain_as_visitor

Handle = Callable[[Session, Actor, ServiceCase], None]


def goes_to_the_lender(scene: Scene, key: str, at: datetime) -> Story:
    """Somebody takes a dispute on, says that it has arrived, and asks the lender to correct its book."""
    yield at

    def handle(session: Session, actor: Actor, case: ServiceCase) -> None:
        words = "我们已收到您反映的事项，正在与贷款机构核对流水，最迟在页面所写的日期答复您。"
        acknowledge_service_case(session, actor, case=case, words=words, now=scene.clock.now())
        correction = Correction(
            what=CorrectionKind.PAYMENT.value,
            is_wrong="上月 15 日没有银行转账记录",
            should_be="上月 15 日银行转账一期，凭证已核对",
        )
        loan = session.get_one(Loan, case.loan_id)
        ask_lender(session, actor, case=case, loan=loan, correction=correction, now=scene.clock.now())

    _handle(scene, "zhou.min", key, handle)


def is_answered(scene: Scene, key: str, asked_at: datetime, answered_at: datetime) -> Story:
    """A dispute that is not right: decided with its reason, and contact goes on."""
    body = "我觉得罚息算多了，请说明是怎么算的。"
    yield from brings_up(scene, key, asked_at, CaseKind.DISPUTE, CaseTopic.SUM_WRONG, body)
    yield answered_at

    def handle(session: Session, actor: Actor, case: ServiceCase) -> None:
        words = "我们逐日核对了罚息：从逾期次日起，按未还本金和合同约定的利率计算，与账面一致。明细可在借款页面逐期查看。"
        ending = Ending(
            row_version=case.row_version,
            outcome=Outcome.NOT_UPHELD,
            reason=CaseReason.BOOK_RIGHT,
            words=words,
        )
        now = scene.clock.now().astimezone(scene.clock.zone)
        decide_service_case(session, actor, case=case, ending=ending, now=now)

    _handle(scene, "wu.yan", key, handle)


def is_given_time(scene: Scene, key: str, at: datetime, kind: HoldKind, note: str, days: int) -> Story:
    """Staff pause contact until a day."""
    yield at
    with scene.writing() as session:
        loan = session.scalars(select(Loan).where(Loan.loan_ref == loan_ref(key))).one()
        today = scene.clock.today()
        wish = HoldWish(
            kind=kind,
            evidence=Evidence.TOLD_BY_FAMILY.value,
            note=note,
            ends_on=today + timedelta(days=days),
        )
        actor = staff_actor(session, "wu.yan")
        set_hold(session, actor, loan=loan, wish=wish, today=today, now=scene.clock.now())


def a_visitor_complains(scene: Scene, at: datetime) -> Story:
    """Somebody who is not signed in."""
    yield at
    form = VisitorForm(
        form_key="",
        topic=CaseTopic.HOW_CONTACTED.value,
        body="我不认识你们的借款人，却收到了催款短信，请不要再发。",
        reply_to="visitor@example.com",
    )
    with scene.writing() as session:
        complain_as_visitor(
            session,
            Actor(ActorKind.PUBLIC),
            form=form,
            today=scene.clock.today(),
            zone=scene.clock.zone,
            now=scene.clock.now(),
        )


def _handle(scene: Scene, login: str, key: str, handle: Handle) -> None:
    """Look at the one case of a borrower, take it on, and do it; the worker tells the borrower."""
    with scene.writing() as session:
        actor = staff_actor(session, login)
        of_loan = select(ServiceCase).join(Loan, Loan.id == ServiceCase.loan_id)
        case = session.scalars(of_loan.where(Loan.loan_ref == loan_ref(key))).one()
        look_at_service_case(session, actor, case=case, now=scene.clock.now())
        take_service_case(session, actor, case=case, now=scene.clock.now())
        handle(session, actor, case)
    scene.work()
