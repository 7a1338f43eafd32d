"""Two who would reach one borrower at the same moment are not in each other's way for ever."""

from dataclasses import replace
from threading import Event as Moment
from typing import Any

from sqlalchemy.orm import Session

from portal.db import transaction
from portal.domain.contact_requests import Purpose
from portal.domain.contact_wishes import Channel
from portal.domain.message_budgets import MessageBudget
from portal.domain.occasions import Occasion
from portal.domain.permissions import SYSTEM
from portal.models import Contact, Loan
from portal.services.call_list import lock_borrower
from portal.services.contact_attempts import Desk, WantedMessage, Way, begin_attempt
from portal.services.ports import SentMessage
from tests.databases import Database
from tests.people import NOW, add_cast, add_loan
from tests.races import two_that_hold_a_lock_each
from tests.stories import ZONE

SENT = SentMessage(version="2026-01-01", text="您有一条新的通知", number="1069")
DESK = Desk(key="k" * 32, words=lambda *_asked: SENT, budget=MessageBudget())
NOON = NOW.astimezone(ZONE).replace(hour=12)


def remind(session: Session, loan: Loan, desk: Desk = DESK) -> object:
    wanted = WantedMessage(
        seed=f"reminder:{loan.id}",
        purpose=Occasion.OVERDUE_REMINDER.value,
        guarded_as=Purpose.COLLECTION,
        template=Occasion.OVERDUE_REMINDER.value,
        values={},
        locale="zh_CN",
        ways=[Way(Channel.SMS, "+8613800138001")],
        check="check",
        borrower_id=loan.borrower_id,
        loan_id=loan.id,
    )
    return begin_attempt(session, SYSTEM, wanted, desk=desk, now=NOON)


def test_a_call_and_a_message_to_one_borrower_wait_for_one_another(
    database: Database,
) -> None:
    """The call keeps the borrower and is written beside the loan; the message the other way round."""
    with transaction(database.engine) as session:
        loan = add_loan(session, add_cast(session).li_na)

    def dial(session: Session, _: object) -> None:
        values: dict[str, Any] = {
            "borrower_id": loan.borrower_id, "loan_id": loan.id, "purpose": "collection_call",
            "channel": "phone", "direction": "out", "number_hash": "", "number_last4": "8001",
            "template_version": "1", "rule_decision": "let through", "result": "dialling",
            "actor_kind": "staff", "at": NOON,
        }  # fmt: skip
        session.add(Contact(**values))
        session.flush()

    is_held = Moment()

    def write_slowly(*_asked: object) -> SentMessage:
        is_held.wait(1)
        return SENT

    def call(session: Session, _: object) -> None:
        lock_borrower(session, loan.borrower_id)
        is_held.set()
        dial(session, None)

    desk = replace(DESK, words=write_slowly)
    found = two_that_hold_a_lock_each(
        database, (lambda _: None, call), (lambda _: None, lambda session, _: remind(session, loan, desk))
    )
    assert found == ["done", "done"]
