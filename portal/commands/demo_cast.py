"""The demo's staff, and the lender with the accounts that borrowers may pay into."""

from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adapters.passwords import Argon2Passwords
from portal.commands.demo_loans import CREDITOR
from portal.commands.demo_people import STAFF, borrower_ref
from portal.commands.demo_scene import Scene
from portal.config import DEMO_PASSWORD
from portal.domain.permissions import SYSTEM, Role
from portal.models import Agency, Creditor, VerifiedAccount
from portal.services.references import new_public_id
from portal.services.staff import NewStaffMember, add_staff_member, relate_staff_member

AGENCY: Final = "正信服务有限公司"
_ACCOUNTS: Final = (
    ("中国工商银行上海浦东支行", "1001 2345 6789 0123 456"),
    ("招商银行上海分行", "1219 0000 1234 567"),
)


def hire(scene: Scene) -> None:
    """An account for each member of staff."""
    passwords = Argon2Passwords()
    for person in STAFF:
        with scene.writing() as session:
            new = NewStaffMember(
                login=person.login,
                name=person.name,
                number=person.number,
                roles=person.roles,
                password=DEMO_PASSWORD,
                totp_secret=person.totp_secret,
                agency=AGENCY if Role.COLLECTOR in person.roles else "",
            )
            member = add_staff_member(session, SYSTEM, passwords=passwords, new=new, now=scene.clock.now())
            member.relations_confirmed_at = scene.clock.now()


def engage_agency(session: Session, *, today: date, now: datetime) -> None:
    """The agency that 何静 works for: its yearly evaluation is near, and so is the end of its contract."""
    session.add(
        Agency(
            public_id=new_public_id(),
            name=AGENCY,
            registration_number="91310115MA1K3XXX0A",
            phone="400-600-1234",
            contract_from=today - timedelta(days=340),
            contract_to=today + timedelta(days=40),
            made_at=now,
        )
    )
    session.flush()


def introduce_lender(session: Session) -> None:
    """How to reach the lender, whom it has engaged, and where to pay. Staff have no page for these yet: they are rows and not verbs."""
    lender = session.scalar(select(Creditor).where(Creditor.name == CREDITOR)) or Creditor(name=CREDITOR)
    lender.lender_type = "consumer_finance"
    lender.phone = "400-800-1234"
    lender.address = "上海市浦东新区世纪大道 1 号"
    lender.agency = AGENCY
    session.add(lender)
    session.flush()
    for bank, number in _ACCOUNTS:
        session.add(
            VerifiedAccount(
                creditor_id=lender.id,
                bank=bank,
                account_name=CREDITOR,
                account_number=number,
                currency="CNY",
                effective_on=date(2024, 1, 1),
            )
        )


def relate(scene: Scene, login: str, key: str) -> None:
    """Somebody close: the case is in the queue of others only (rule P18)."""
    with scene.writing() as session:
        relate_staff_member(
            session,
            SYSTEM,
            login=login,
            borrower_ref=borrower_ref(key),
            is_oneself=False,
            now=scene.clock.now(),
        )
