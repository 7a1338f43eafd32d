"""The cast, always the same, and the loans that they have. Everything is invented.

李娜 borrows, 王强 is the stranger, 陈晨 supports, 周敏 approves, 吴岩 approves second and supervises, 郑浩 audits, 孙浩 administers,
何静 collects for an agency, 林悦 calls for the lender's own team. ``TODAY`` is a Monday.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.calendar import Every, Unit
from portal.domain.loans import Components, Stage
from portal.domain.permissions import Role
from portal.domain.policy import DEFAULT_POLICY
from portal.domain.schedules import ScheduleRow, ScheduleTerms, schedule_of
from portal.models import (
    Agency,
    Borrower,
    CalendarVersion,
    Creditor,
    Installment,
    Loan,
    Payment,
    PolicyVersion,
    StaffMember,
    VerifiedAccount,
)

TODAY = date.fromisoformat(os.environ.get("PORTAL_TESTS_TODAY", "2026-11-02"))
"""Another one where a story needs it that is told by a process of its own (``tests.faults.turning``)."""
NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 2, 0, tzinfo=UTC)
"""10:00 in Shanghai."""
CREDITOR = "安心消费金融有限公司"
PASSWORD = "a long calm pass phrase"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
MONTH = Every(1, Unit.MONTH)

DAYS_OFF_2026 = (
    *(date(2026, 1, day) for day in (1, 2, 3)),
    *(date(2026, 2, day) for day in range(15, 24)),
    *(date(2026, 4, day) for day in (4, 5, 6)),
    *(date(2026, 5, day) for day in range(1, 6)),
    *(date(2026, 6, day) for day in (19, 20, 21)),
    *(date(2026, 9, day) for day in (25, 26, 27)),
    *(date(2026, 10, day) for day in range(1, 8)),
)
WORKING_DAYS_2026 = (
    date(2026, 1, 4),
    date(2026, 2, 14),
    date(2026, 2, 28),
    date(2026, 5, 9),
    date(2026, 9, 20),
    date(2026, 10, 10),
)


@dataclass(frozen=True, slots=True)
class Cast:
    li_na: Borrower
    wang_qiang: Borrower
    chen_chen: StaffMember
    zhou_min: StaffMember
    wu_yan: StaffMember
    zheng_hao: StaffMember
    sun_hao: StaffMember
    he_jing: StaffMember
    lin_yue: StaffMember
    creditor: Creditor

    @property
    def staff(self) -> Sequence[StaffMember]:
        return (
            self.chen_chen,
            self.zhou_min,
            self.wu_yan,
            self.zheng_hao,
            self.sun_hao,
            self.he_jing,
            self.lin_yue,
        )


def add_cast(session: Session) -> Cast:
    """Everybody, with the creditor, its verified account, the published calendar and the first policy."""
    add_policy(session)
    add_calendar(session)
    return Cast(
        li_na=add_borrower(session, "李娜", mobile="+8613800138001", id_last4="1024"),
        wang_qiang=add_borrower(session, "王强", mobile="+8613800138002", id_last4="203X"),
        chen_chen=add_staff(session, "1001", "chen.chen", "陈晨", Role.AGENT),
        zhou_min=add_staff(session, "1002", "zhou.min", "周敏", Role.APPROVER),
        wu_yan=add_staff(session, "1003", "wu.yan", "吴岩", Role.APPROVER, Role.SUPERVISOR),
        zheng_hao=add_staff(session, "1004", "zheng.hao", "郑浩", Role.AUDITOR),
        sun_hao=add_staff(session, "1005", "sun.hao", "孙浩", Role.ADMINISTRATOR),
        he_jing=add_staff(session, "1006", "he.jing", "何静", Role.COLLECTOR),
        lin_yue=add_staff(session, "1007", "lin.yue", "林悦", Role.CALLER),
        creditor=add_creditor(session),
    )


def add_borrower(
    session: Session, name: str, *, mobile: str, id_last4: str, locale: str = "zh_CN"
) -> Borrower:
    ref = f"B-{hashlib.sha256(f'{name}{mobile}{id_last4}'.encode()).hexdigest()[:12]}"
    borrower = Borrower(
        public_id=_public_id(ref),
        borrower_ref=ref,
        name=name,
        mobile=mobile,
        id_last4=id_last4,
        birth_year=1990,
        locale=locale,
    )
    session.add(borrower)
    session.flush()
    return borrower


def add_staff(session: Session, number: str, login: str, name: str, *roles: Role) -> StaffMember:
    member = StaffMember(
        number=number,
        login=login,
        name=name,
        roles=[role.value for role in roles],
        password_hash=_password_hash(),
        totp_secret=TOTP_SECRET,
        relations_confirmed_at=NOW,
        made_at=NOW,
    )
    session.add(member)
    session.flush()
    return member


def add_creditor(session: Session, name: str = CREDITOR) -> Creditor:
    """A licensed consumer finance company with one verified account in yuan."""
    creditor = Creditor(
        name=name, lender_type="consumer_finance", phone="400-800-1234", address="上海市浦东新区世纪大道 1 号"
    )
    session.add(creditor)
    session.flush()
    add_account(session, creditor, bank="中国工商银行上海浦东支行", number="1001 2345 6789 0123 456")
    return creditor


def add_agency(
    session: Session, name: str = "正信服务有限公司", *, contract_to: date = date(2027, 6, 30)
) -> Agency:
    """Under contract since the year began."""
    agency = Agency(
        public_id=_public_id(name),
        name=name,
        registration_number="91310115MA1K3XXX0A",
        phone="400-600-1234",
        contract_from=date(2026, 1, 1),
        contract_to=contract_to,
        made_at=NOW,
    )
    session.add(agency)
    session.flush()
    return agency


def add_account(
    session: Session,
    creditor: Creditor,
    *,
    bank: str,
    number: str,
    currency: str = "CNY",
    ended_on: date | None = None,
) -> VerifiedAccount:
    account = VerifiedAccount(
        creditor_id=creditor.id,
        bank=bank,
        account_name=creditor.name,
        account_number=number,
        currency=currency,
        effective_on=date(2026, 1, 1),
        ended_on=ended_on,
    )
    session.add(account)
    session.flush()
    return account


def add_policy(
    session: Session, *, version: str = "2026-01", effective_on: date = date(2026, 1, 1), **changes: object
) -> PolicyVersion:
    """The default's body but for ``changes``."""
    body = {**DEFAULT_POLICY, **changes}
    policy = PolicyVersion(version=version, effective_on=effective_on, body=body, made_at=NOW)
    session.add(policy)
    session.flush()
    return policy


def change_policy(session: Session, **changes: object) -> PolicyVersion:
    """A version like the newest but for ``changes`` (keys of its body), in effect as the newest is."""
    newest = session.scalars(select(PolicyVersion).order_by(PolicyVersion.id.desc()).limit(1)).one()
    policy = PolicyVersion(
        version=f"{newest.version}+",
        effective_on=newest.effective_on,
        body={**newest.body, **changes},
        made_at=NOW,
    )
    session.add(policy)
    session.flush()
    return policy


def add_calendar(session: Session) -> CalendarVersion:
    """China, 2026, as published."""
    calendar = CalendarVersion(
        version="CN-2026",
        first_on=date(2026, 1, 1),
        last_on=date(2026, 12, 31),
        days_off=[day.isoformat() for day in DAYS_OFF_2026],
        working_days=[day.isoformat() for day in WORKING_DAYS_2026],
        source="国务院办公厅关于2026年部分节假日安排的通知",
        made_at=NOW,
    )
    session.add(calendar)
    session.flush()
    return calendar


def add_loan(
    session: Session,
    borrower: Borrower,
    *,
    ref: str = "L-1001",
    late_days: int = 42,
    paid: int = 6,
    installments: int = 12,
    principal: int = 1_200_000,
    annual_rate_pct: Decimal = Decimal("14.4"),
    penalty_rate_pct: Decimal = Decimal("21.6"),
    fee: int = 0,
    product: str = "cash_loan",
    currency: str = "CNY",
    creditor: str = CREDITOR,
    lender_type: str = "consumer_finance",
    status: str = "active",
    stage: Stage | None = Stage.INTERNAL,
    has_guarantor: bool = False,
    today: date = TODAY,
) -> Loan:
    """A loan whose first ``paid`` installments are met, and the next fell due ``late_days`` ago (below 0: is still to come).

    Money is minor units; ``fee`` is unpaid on each late row. The book is as of the day before ``today`` and states the penalty up to
    then. A loan paid in full has ``paid == installments``.
    """
    rows = _rows(late_days, paid, installments, principal, annual_rate_pct, today)
    as_of = today - timedelta(days=1)
    loan = Loan(
        public_id=_public_id(ref),
        loan_ref=ref,
        borrower_id=borrower.id,
        product=product,
        currency=currency,
        creditor=creditor,
        lender_type=lender_type,
        status=status,
        disbursed_on=MONTH.after(today - timedelta(days=late_days), -paid - 1),
        principal_minor=principal,
        annual_rate_pct=annual_rate_pct,
        penalty_rate_pct=penalty_rate_pct,
        amortisation="equal_installment",
        interest_method="declining",
        day_count="30/360",
        has_guarantor=has_guarantor,
        as_of=as_of,
        collection_stage=stage.value if stage and late_days > 0 else None,
        stage_basis="逾期超过 30 天" if stage and late_days > 0 else None,
        stage_since=today - timedelta(days=max(0, late_days - 31)) if stage and late_days > 0 else None,
        content_digest=hashlib.sha256(ref.encode()).hexdigest(),
    )
    session.add(loan)
    session.flush()
    for row in rows:
        session.add(_installment(loan, row, is_paid=row.number <= paid, fee=fee, as_of=as_of))
        if row.number <= paid:
            session.add(_payment(loan, row))
    session.flush()
    return loan


def _rows(
    late_days: int, paid: int, installments: int, principal: int, annual_rate_pct: Decimal, today: date
) -> Sequence[ScheduleRow]:
    anchor = today - timedelta(days=late_days)
    dates = [MONTH.after(anchor, number - paid - 1) for number in range(1, installments + 1)]
    terms = ScheduleTerms(
        principal=principal,
        annual_rate_pct=annual_rate_pct,
        installments=installments,
        every=MONTH,
        disbursed_on=MONTH.after(anchor, -paid - 1),
    )
    return schedule_of(terms, moved_to=dates).rows


def _installment(loan: Loan, row: ScheduleRow, *, is_paid: bool, fee: int, as_of: date) -> Installment:
    late_days = 0 if is_paid else max(0, (as_of - row.due_on).days)
    penalty = int(row.principal * loan.penalty_rate_pct * late_days / 36500)
    due = Components(row.principal, row.interest, fee if late_days else 0, penalty)
    paid = due if is_paid else Components()
    return Installment(
        loan_id=loan.id,
        number=row.number,
        due_on=row.due_on,
        **{f"{name}_due_minor": minor for name, minor in due.as_dict().items()},
        **{f"{name}_paid_minor": minor for name, minor in paid.as_dict().items()},
    )


def _payment(loan: Loan, row: ScheduleRow) -> Payment:
    return Payment(
        payment_ref=f"{loan.loan_ref}-{row.number}",
        loan_id=loan.id,
        paid_on=row.due_on,
        amount_minor=row.due,
        channel="direct_debit",
        is_reversed=False,
    )


def _public_id(ref: str) -> str:
    return hashlib.sha256(f"public {ref}".encode()).hexdigest()[:32]


@cache
def _password_hash() -> str:
    """Of ``PASSWORD``; cheap, for a test signs in often."""
    return PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
