"""What stands behind the pages in each state: each scene gives its things' public ids by the names in ``page_states.py``."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.domain.cases import CaseTopic
from portal.domain.contact_wishes import Channel, ContactHours, ContactWishes
from portal.domain.journey import Question
from portal.domain.offers import choice_of
from portal.domain.plans import PlanKind, PlanRequest
from portal.domain.policy import HardshipReason
from portal.domain.proposals import ProposalStatus
from portal.models import Borrower, EmailAddress, Installment, Loan, Payment, ServiceCase
from portal.services.cases import open_case_about_number
from portal.services.contact_wishes import set_wishes
from portal.services.representatives import name_representative, remove_representative
from tests.desk import Approver
from tests.journeys.scene_parts import agreement_of, answer, ask_for_data, opened, sealed, staff_actor, write
from tests.people import NOW, TODAY, Cast, add_account, add_loan
from tests.service_cases import NOT_FOUND, Handler, bring_up
from tests.stories import ZONE, Story, borrower_actor, send_out
from tests.support_desk import SupportDesk

CHOICE: Final = choice_of(PlanRequest(PlanKind.CATCH_UP, installments=6, day_of_month=20))
LONGEST: Final = choice_of(PlanRequest(PlanKind.RESCHEDULE, installments=60, day_of_month=20))
MONTH: Final = {
    "people": 2,
    "incomes": {"wages": 900_000},
    "outgoings": {"housing": 250_000},
    "currency": "CNY",
}
WITHOUT_REST: Final = {"people": 2, "incomes": {"wages": 100_000}, "outgoings": {"housing": 200_000}}
LONG_WORDS: Final = "十月二十日我在柜台还过一笔 500 元，回单还在手里，可是到今天也没有看到入账。" * 50
MANY: Final = 12

Things = Mapping[str, str]


def nothing(session: Session, cast: Cast) -> Things:
    """李娜 has no loan left. 王强 has things that have nothing in them yet."""
    wang_qiang = cast.wang_qiang
    loans = iter([add_loan(session, wang_qiang, ref=f"L-70{number:02}") for number in range(7)])
    bare = add_loan(session, wang_qiang, ref="L-7100", late_days=0)
    for table in (Installment, Payment):
        session.execute(delete(table).where(table.loan_id == bare.id))
    fresh, unwritten = Story(session, wang_qiang, next(loans)), Story(session, wang_qiang, next(loans))
    fresh.submit(CHOICE)
    unwritten.submit(CHOICE, reason=HardshipReason.ILLNESS)
    poor = Story(session, wang_qiang, next(loans)).start().answer(CHOICE)
    answer(poor, Question.NEED, {"need": "monthly", "day": 20, "monthly_minor": 100})
    undecided = Story(session, wang_qiang, next(loans)).start().answer(CHOICE)
    undecided.proposal.answers = {
        name: answer for name, answer in undecided.proposal.answers.items() if name != Question.CHOICE.value
    }
    open_case_about_number(
        session,
        borrower_actor(wang_qiang),
        borrower_id=wang_qiang.id,
        topic=CaseTopic.NUMBER_CHANGED,
        today=TODAY,
        zone=ZONE,
        now=NOW,
    )
    case = session.scalars(select(ServiceCase).where(ServiceCase.borrower_id == wang_qiang.id)).one()
    return {
        "bare": bare.public_id,
        "begun": Story(session, wang_qiang, next(loans)).start().proposal.public_id,
        "fresh": agreement_of(session, fresh).public_id,
        "unwritten": unwritten.proposal.public_id,
        "poor": poor.proposal.public_id,
        "unbudgeted": Story(session, wang_qiang, next(loans)).start().answer(CHOICE).proposal.public_id,
        "undecided": undecided.proposal.public_id,
        "wordless": case.public_id,
    }


def one(session: Session, cast: Cast) -> Things:
    """One of everything, on as many loans as that takes; what the pages of no single thing list is one too."""
    li_na = cast.li_na
    loan = add_loan(session, li_na, ref="L-9000", paid=1)
    loans = iter([add_loan(session, li_na, ref=f"L-90{number:02}") for number in range(1, 9)])
    things = {"loan": loan.public_id, **_on_the_way(session, li_na, loans)}
    case = opened(session, li_na, "请给我打电话。", loan)
    things["case"] = case.public_id
    name_representative(
        session,
        borrower_actor(li_na),
        kind="helper",
        name="王芳",
        contact="021-5555",
        today=TODAY,
        zone=ZONE,
        now=NOW,
    )
    ask_for_data(session, li_na, 1)
    desk = SupportDesk(session, cast.chen_chen, li_na)
    assert desk.enter(desk.number(desk.open())) is None
    session.add(
        EmailAddress(borrower_id=li_na.id, address="li.na@example.cn", address_hash="0" * 64, given_at=NOW)
    )
    set_wishes(
        session,
        borrower_actor(li_na),
        wishes=ContactWishes(ContactHours(9, 20), frozenset({Channel.SMS})),
        consent_version="2026-01-01",
        now=NOW,
    )
    return things


def _on_the_way(session: Session, li_na: Borrower, loans: Any) -> dict[str, str]:
    drafted = Story(session, li_na, next(loans)).start().answer(CHOICE)
    answer(drafted, Question.BUDGET, MONTH)
    without_rest = Story(session, li_na, next(loans)).start().answer(CHOICE)
    without_rest.proposal.answers = {**without_rest.proposal.answers, Question.BUDGET.value: WITHOUT_REST}
    by_date = Story(session, li_na, next(loans)).start().answer(CHOICE)
    answer(by_date, Question.NEED, {"need": "by_date", "day": 0, "pay_on": "2026-11-20"})
    frozen = Story(session, li_na, next(loans)).start().answer(CHOICE).freeze().preview()
    read = Story(session, li_na, next(loans)).start().answer(CHOICE).freeze().preview().read()
    waiting = Story(session, li_na, next(loans))
    waiting.submit(CHOICE, reason=HardshipReason.ILLNESS)
    write(session, borrower_actor(li_na), waiting.proposal, "附上我的情况说明。", 1)
    countered = Story(session, li_na, next(loans))
    countered.submit(CHOICE, reason=HardshipReason.ILLNESS)
    countered.proposal.status = ProposalStatus.COUNTERED.value
    running = Story(session, li_na, next(loans))
    running.submit(CHOICE)
    stories = {
        "draft": drafted, "without_rest": without_rest, "by_date": by_date, "frozen": frozen, "read": read,
        "waiting": waiting, "countered": countered, "running": running,
    }  # fmt: skip
    return {
        **{name: story.proposal.public_id for name, story in stories.items()},
        "agreement": sealed(session, running).public_id,
    }


def many(session: Session, cast: Cast) -> Things:
    """A dozen loans, sixty payments, texts as long as they may be."""
    li_na, actor = cast.li_na, borrower_actor(cast.li_na)
    for number in range(MANY):
        add_loan(session, li_na, ref=f"L-{1000 + number}", late_days=5 + number, fee=120)
    loans = iter([add_loan(session, li_na, ref=f"L-60{n:02}", installments=60, paid=20) for n in range(8)])
    for place, bank in enumerate(("招商银行上海分行陆家嘴环路支行营业部", "中国邮政储蓄银行浦东新区支行")):
        add_account(session, cast.creditor, bank=bank, number=f"6225 8888 0000 1111 22{place}")
    drafted = Story(session, li_na, next(loans)).start().answer(LONGEST)
    need = {
        "need": "monthly",
        "day": 20,
        "monthly_minor": 60_000,
        "upfront_minor": 20_000,
        "upfront_on": "2026-11-12",
    }
    for question, said in ((Question.NEED, need), (Question.CHOICE, LONGEST), (Question.BUDGET, MONTH)):
        answer(drafted, question, said)
    frozen = Story(session, li_na, next(loans)).start().answer(LONGEST).freeze().preview()
    read = Story(session, li_na, next(loans)).start().answer(LONGEST).freeze().preview().read()
    waiting, countered, running = (Story(session, li_na, next(loans)) for _ in range(3))
    waiting.submit(LONGEST, reason=HardshipReason.ILLNESS)
    for number in range(MANY):
        write(
            session, actor, waiting.proposal, LONG_WORDS if number == 0 else f"第 {number + 1} 封信。", number
        )
        write(session, staff_actor(cast), waiting.proposal, "收到了，我们正在看。", MANY + number)
    countered.submit(LONGEST, reason=HardshipReason.ILLNESS)
    Approver(session, cast.zhou_min, countered).take().counter(letter=LONG_WORDS[:1000])
    send_out(session, now=countered.now)
    running.submit(LONGEST, reason=HardshipReason.ILLNESS)
    Approver(session, cast.wu_yan, running).take().approve()
    send_out(session, now=running.now)
    case = opened(session, li_na, LONG_WORDS[:2000], running.loan)
    for number in range(MANY):
        opened(session, li_na, f"第 {number + 1} 个问题。", running.loan, key=f"{number + 500:032x}")
        name_representative(
            session,
            actor,
            kind="helper",
            name=f"王芳{number}",
            contact="021-5555",
            today=TODAY,
            zone=ZONE,
            now=NOW,
        )
        remove_representative(session, actor, now=NOW + timedelta(minutes=number))
    ask_for_data(session, li_na, MANY)
    stories = {
        "long_draft": drafted, "long_frozen": frozen, "long_read": read, "waiting": waiting, "countered": countered,
        "long_running": running,
    }  # fmt: skip
    return {
        **{name: story.proposal.public_id for name, story in stories.items()},
        "long": sealed(session, running).public_id,
        "long_loan": next(loans).public_id,
        "case": case.public_id,
        "decided": _decided(session, cast, next(loans)).public_id,
    }


def _decided(session: Session, cast: Cast, loan: Loan) -> ServiceCase:
    """A dispute that was not granted: with the reason, long words, and the way to another look."""
    case = bring_up(session, cast.li_na, loan)
    Handler(session, cast.zhou_min, case).take().decide(words=NOT_FOUND * 20)
    return case


def broken(session: Session, cast: Cast) -> Things:
    """Things that went wrong, beside those whose forms are filled in wrongly."""
    things = dict(one(session, cast))
    li_na = cast.li_na
    remove_representative(session, borrower_actor(li_na), now=NOW)
    strange, dear, moved, ended = (add_loan(session, li_na, ref=f"L-80{number:02}") for number in range(4))
    session.execute(update(Payment).where(Payment.loan_id == strange.id).values(is_reversed=True))
    session.execute(update(Loan).where(Loan.id == strange.id).values(status="charged_off"))
    dear_way = Story(session, li_na, dear).start().answer(CHOICE)
    rates = {"annual_rate_pct": Decimal(999), "penalty_rate_pct": Decimal(999)}
    session.execute(update(Loan).where(Loan.id == dear.id).values(**rates))
    signed = Story(session, li_na, moved)
    signed.submit(CHOICE, reason=HardshipReason.ILLNESS)
    signed.proposal.status = ProposalStatus.NEEDS_RESIGN.value
    paid = update(Installment).where(Installment.loan_id == moved.id, Installment.number == 7)
    session.execute(paid.values(interest_paid_minor=Installment.interest_due_minor))
    stopped = Story(session, li_na, ended)
    stopped.submit(CHOICE)
    agreement = sealed(session, stopped)
    stopped.proposal.status, stopped.proposal.ended_at = ProposalStatus.BROKEN.value, NOW
    read = Story(session, li_na, add_loan(session, li_na, ref="L-8004")).start().answer(CHOICE)
    read.freeze().preview().read()
    read.version.terms_acknowledged = []
    return things | {
        "unticked": read.proposal.public_id,
        "strange": strange.public_id,
        "dear": dear_way.proposal.public_id,
        "moved": signed.proposal.public_id,
        "broken": agreement.public_id,
    }


SCENES: Final = {"nothing": nothing, "one": one, "many": many, "broken": broken}
