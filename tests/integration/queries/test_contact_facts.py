"""What the guard is told about a page of loans is what it is told about each."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from portal.db import transaction
from portal.domain.contact_wishes import Channel, ContactHours, ContactWishes
from portal.domain.holds import HoldKind
from portal.domain.one_time_codes import keyed_hash
from portal.models import Contact, Loan, StoppedNumber
from portal.queries.contact_facts import Reached, contact_facts_of
from portal.queries.contacts import calls_of_numbers, contact_facts
from portal.services.contact_wishes import replace_wish
from portal.services.holds import start_hold
from tests.callers import AT_TEN, actor_of, fill_list
from tests.databases import Database
from tests.integration.web.conftest import SECRET_KEY
from tests.people import add_borrower, add_cast, add_loan
from tests.stories import Story


def test_many_at_once_are_told_as_one_by_one(session: Session) -> None:
    cast = add_cast(session)
    loans: list[Loan] = []
    for place, borrower in enumerate((cast.li_na, cast.li_na, cast.wang_qiang, cast.wang_qiang)):
        loans.append(add_loan(session, borrower, ref=f"L-{place}", late_days=40 + place))
    old = add_loan(session, cast.wang_qiang, ref="OLD", late_days=1500, paid=3)
    boss = actor_of(cast.wu_yan)
    start_hold(session, boss, loan_id=loans[0].id, kind=HoldKind.DISPUTE, reason="x", now=AT_TEN)
    start_hold(session, boss, loan_id=loans[2].id, kind=HoldKind.REPRESENTED, reason="x", now=AT_TEN)
    Story(session, cast.li_na, loans[1]).submit()
    wishes = ContactWishes(ContactHours(9, 20), frozenset({Channel.SMS}))
    replace_wish(session, boss, borrower_id=cast.wang_qiang.id, wishes=wishes, now=AT_TEN)
    sharing = add_borrower(session, "李父", mobile=cast.li_na.mobile, id_last4="5678")
    fathers = add_loan(session, sharing, ref="L-9", late_days=41)
    loans.append(fathers)
    numbers = {
        each.id: keyed_hash(each.mobile, SECRET_KEY, purpose="number")
        for each in (cast.li_na, cast.wang_qiang, sharing)
    }
    session.add(
        StoppedNumber(
            reference="N1", number_hash=numbers[cast.li_na.id], number_last4="8001", stopped_at=AT_TEN
        )
    )
    for borrower_id in (cast.wang_qiang.id, sharing.id):
        session.add(
            Contact(
                borrower_id=borrower_id, purpose="collection_call", channel="phone",
                number_hash=numbers[borrower_id], number_last4="8001", template_version="x", rule_decision="x",
                result="no_answer", actor_kind="staff", at=AT_TEN,
            )
        )  # fmt: skip
    for result, days in (("answered", 0), ("dialling", 1), ("failed", 0), ("no_answer", 20)):
        session.add(
            Contact(
                borrower_id=cast.li_na.id, loan_id=loans[0].id, purpose="collection_call", channel="phone",
                number_hash=numbers[cast.li_na.id], number_last4="8001", template_version="x", rule_decision="x",
                result=result, actor_kind="staff", at=AT_TEN - timedelta(days=days),
            )
        )  # fmt: skip
    add_dial(session, None, numbers[cast.li_na.id])
    session.flush()
    fill_list(session)
    wanted = [Reached(loan.id, loan.borrower_id, numbers[loan.borrower_id]) for loan in (*loans, old)]
    together = contact_facts_of(session, wanted, now=AT_TEN)
    for each in wanted:
        alone = contact_facts(
            session, borrower_id=each.borrower_id, loan_id=each.loan_id, number=each.number, now=AT_TEN
        )
        assert together[each.loan_id] == alone, each
    assert together[old.id].is_time_barred
    assert len(together[loans[0].id].contacts) == 2
    assert [len(together[loan.id].calls_of_number) for loan in (loans[0], loans[2], fathers)] == [2, 0, 3]


def test_dials_of_a_number_count_whoever_they_reached_and_whoever_has_it_now(session: Session) -> None:
    cast = add_cast(session)
    sharing = add_borrower(session, "李父", mobile=cast.li_na.mobile, id_last4="5678")
    number = keyed_hash(cast.li_na.mobile, SECRET_KEY, purpose="number")
    for borrower_id in (sharing.id, sharing.id, None):
        add_dial(session, borrower_id, number)
    add_dial(session, sharing.id, "")
    sharing.mobile = "+8613800139999"
    session.flush()
    counted = [
        len(
            contact_facts(
                session, borrower_id=borrower_id, loan_id=None, number=asked, now=AT_TEN
            ).calls_of_number
        )
        for borrower_id, asked in ((cast.li_na.id, number), (None, number), (sharing.id, number), (None, ""))
    ]
    assert counted == [3, 3, 1, 0]


def add_dial(session: Session, borrower_id: int | None, number: str) -> None:
    session.add(
        Contact(
            borrower_id=borrower_id, purpose="support_call", channel="phone", number_hash=number,
            number_last4="8001", template_version="x", rule_decision="x", result="no_answer",
            actor_kind="staff", at=AT_TEN,
        )
    )  # fmt: skip


@pytest.mark.parametrize("asked_about", [1, 25])
def test_calls_of_numbers_are_found_by_an_index(postgresql_database: Database, asked_about: int) -> None:
    with transaction(postgresql_database.engine) as session:
        people = [
            add_borrower(session, f"王{n}", mobile=f"+86138{n // 2:08}", id_last4="1024") for n in range(600)
        ]
        session.flush()
        session.execute(
            insert(Contact),
            [
                {
                    "borrower_id": people[n % 600].id, "purpose": "collection_call", "channel": "phone",
                    "number_hash": f"{n % 300:064}", "number_last4": "0000", "template_version": "x",
                    "rule_decision": "x", "result": "no_answer", "actor_kind": "staff",
                    "at": AT_TEN - timedelta(minutes=n),
                }
                for n in range(20_000)
            ],
        )  # fmt: skip
        session.execute(text("ANALYZE contact, borrower"))
        wanted = calls_of_numbers([f"{n:064}" for n in range(asked_about)], now=AT_TEN)
        asked = wanted.compile(session.connection(), compile_kwargs={"literal_binds": True})
        plan = "\n".join(session.scalars(text(f"EXPLAIN {asked}")))
    assert "ix_contact_number" in plan
    assert "Seq Scan on contact" not in plan
