"""Messages asked for by the hundred: each once, in few statements."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from portal.domain.occasions import PURPOSES, Occasion
from portal.domain.permissions import SYSTEM
from portal.models import OutboxItem
from portal.services.collection_messages import AskedMessage, ask_for_messages

NOW = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
DAY = date(2026, 11, 2)


def reminders(count: int, *, on: date = DAY) -> Sequence[AskedMessage]:
    return [
        AskedMessage(loan_id=number, borrower_id=number, occasion=Occasion.OVERDUE_REMINDER, on=on)
        for number in range(1, count + 1)
    ]


def test_every_occasion_has_what_the_guard_takes_it_for() -> None:
    assert set(PURPOSES) == set(Occasion)


def test_each_is_asked_for_once_for_its_loan_and_its_day(session: Session) -> None:
    assert ask_for_messages(session, SYSTEM, reminders(3), now=NOW) == 3
    assert ask_for_messages(session, SYSTEM, reminders(4), now=NOW) == 1
    assert ask_for_messages(session, SYSTEM, reminders(4, on=date(2026, 11, 3)), now=NOW) == 4
    assert ask_for_messages(session, SYSTEM, [*reminders(5), *reminders(5)], now=NOW) == 1
    assert ask_for_messages(session, SYSTEM, [], now=NOW) == 0
    keys = session.scalars(select(OutboxItem.dedupe_key).order_by(OutboxItem.id)).all()
    assert keys[0] == "overdue_reminder:1:2026-11-02"
    assert len(keys) == len(set(keys)) == 9


def test_ten_thousand_take_a_statement_for_each_thousand(session: Session) -> None:
    statements = 0

    def count(*_args: object) -> None:
        nonlocal statements
        statements += 1

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", count)
    try:
        assert ask_for_messages(session, SYSTEM, reminders(10_000), now=NOW) == 10_000
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert statements <= 20
    assert session.scalar(select(func.count()).select_from(OutboxItem)) == 10_000
