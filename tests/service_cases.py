"""What 李娜 brings up, and staff who handle it through the verbs, for tests that begin further on."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.case_handling import CaseReason, CorrectionKind, Outcome
from portal.domain.cases import CaseKind, CaseTopic
from portal.domain.permissions import Actor, ActorKind, Role
from portal.models import Borrower, CaseDecision, CorrectionRequest, Loan, ServiceCase, StaffMember
from portal.services.case_decisions import Ending, decide_service_case
from portal.services.case_handling import take_service_case
from portal.services.cases import CaseForm, open_case
from portal.services.corrections import Correction, ask_lender
from tests.people import NOW, TODAY
from tests.stories import ZONE, borrower_actor

WORDS = "九月二十五日我已还了 1,000 元，没有入账。"
FOUND = "我们核对了流水，您说得对，这笔还款已经找到。"
NOT_FOUND = "我们核对了流水，没有找到这笔还款。"
CORRECTION = Correction(
    what=CorrectionKind.PAYMENT.value, is_wrong="9 月 25 日没有入账", should_be="9 月 25 日入账 1,000.00 元"
)


def bring_up(
    session: Session,
    borrower: Borrower,
    loan: Loan | None = None,
    *,
    kind: CaseKind = CaseKind.DISPUTE,
    topic: CaseTopic = CaseTopic.PAYMENT_MISSING,
    now: datetime = NOW,
    staff_number: str = "",
) -> ServiceCase:
    form = CaseForm(
        form_key="",
        kind=kind,
        topic=topic,
        body=WORDS,
        loan_id=loan.id if loan else None,
        staff_number=staff_number,
    )
    return open_case(session, borrower_actor(borrower), form=form, today=TODAY, zone=ZONE, now=now)


def staff_actor(member: StaffMember) -> Actor:
    return Actor(ActorKind.STAFF, member.id, frozenset(map(Role, member.roles)))


@dataclass
class Handler:
    """One of the staff with one case before them."""

    session: Session
    member: StaffMember
    case: ServiceCase
    now: datetime = NOW

    @property
    def actor(self) -> Actor:
        return staff_actor(self.member)

    def take(self) -> "Handler":
        take_service_case(self.session, self.actor, case=self.case, now=self.now)
        return self

    def ask_lender(self, loan: Loan, **change: str) -> CorrectionRequest:
        return ask_lender(
            self.session,
            self.actor,
            case=self.case,
            loan=loan,
            correction=replace(CORRECTION, **change),
            now=self.now,
        )

    def decide(
        self,
        outcome: Outcome = Outcome.NOT_UPHELD,
        reason: CaseReason = CaseReason.PAYMENT_NOT_FOUND,
        words: str = NOT_FOUND,
        *,
        keeps_hold: bool = False,
        row_version: int | None = None,
    ) -> CaseDecision:
        seen = self.case.row_version if row_version is None else row_version
        ending = Ending(row_version=seen, outcome=outcome, reason=reason, words=words, keeps_hold=keeps_hold)
        now = self.now.astimezone(ZONE)
        return decide_service_case(self.session, self.actor, case=self.case, ending=ending, now=now)
