"""The message that says "an answer waits for you": enqueued with staff's message, guarded when it would go out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.domain.contact_requests import Purpose
from portal.domain.message_checks import message_reference
from portal.domain.permissions import Actor
from portal.models import Borrower, Loan, Thread
from portal.services.contact_attempts import WantedMessage, record_refused
from portal.services.contact_ways import ways_to
from portal.services.outbox import enqueue
from portal.services.text_messages import only_creditor

KIND = "message:notice"
TEMPLATE = "new_message"
PURPOSE = "message_notice"


def announce_message(
    session: Session, *, thread: Thread, number: int, now: datetime, runs_days: bool = False
) -> None:
    """Once for each message of staff; whether it goes out is asked when it would. ``runs_days``: the message starts days in which the
    borrower has to act, and is told beside an earlier one that they have not read.
    """
    payload: dict[str, object] = {"thread_id": thread.id, "number": number}
    if runs_days:
        payload["runs_days"] = True
    enqueue(session, kind=KIND, dedupe_key=f"{KIND}:{thread.id}:{number}", payload=payload, now=now)


def find_notice_to_send(
    session: Session, actor: Actor, *, payload: Mapping[str, Any], seed: str, key: str, now: datetime
) -> WantedMessage | None:
    """Nothing of what was written. None where it was read or told already, with its event."""
    thread, number = session.get_one(Thread, int(payload["thread_id"])), int(payload["number"])
    borrower = session.get_one(Borrower, thread.borrower_id)
    check = message_reference(f"notice:{thread.id}:{number}", key)
    wanted = WantedMessage(
        seed=seed,
        purpose=PURPOSE,
        guarded_as=Purpose.ANSWER,
        template=TEMPLATE,
        values={"creditor": _creditor(session, thread, borrower), "check": check},
        locale=borrower.locale,
        ways=ways_to(session, borrower),
        check=check,
        borrower_id=borrower.id,
        loan_id=thread.loan_id,
        proposal_id=thread.proposal_id,
    )
    rule = _told_already(thread, number, runs_days=bool(payload.get("runs_days")))
    if rule is not None:
        record_refused(session, actor, wanted, rule=rule, now=now)
        return None
    return wanted


def record_notice_sent(session: Session, actor: Actor, *, payload: Mapping[str, Any], now: datetime) -> None:
    """No further notice until the borrower has read what this one announced."""
    del actor, now
    thread = session.get_one(Thread, int(payload["thread_id"]), with_for_update=True, populate_existing=True)
    thread.told_borrower = max(thread.told_borrower, int(payload["number"]))


def _creditor(session: Session, thread: Thread, borrower: Borrower) -> str:
    loan = None if thread.loan_id is None else session.get(Loan, thread.loan_id)
    return only_creditor(session, borrower.mobile) if loan is None else loan.creditor


def _told_already(thread: Thread, number: int, *, runs_days: bool) -> str | None:
    """One notice until the borrower has read what it announced, but for a message with days that run."""
    if number <= thread.read_by_borrower:
        return "read_already"
    if runs_days:
        return None
    return "told_already" if thread.told_borrower > thread.read_by_borrower else None
