from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import DomainError
from portal.domain.permissions import SYSTEM
from portal.models import Creditor, Event
from portal.queries.creditors import accounts_of
from portal.services.creditors import NewAccount, add_account, describe_creditor, end_account
from tests.people import CREDITOR, NOW, TODAY, Cast

ACCOUNT = NewAccount(
    bank="中国银行上海分行",
    account_name=CREDITOR,
    account_number="6222 0000 1111",
    currency="CNY",
    effective_on=TODAY,
)


def _shown(session: Session, on: date = TODAY) -> list[str]:
    return [row.account_number for row in accounts_of(session, CREDITOR, currency="CNY", on=on)]


def _end(session: Session) -> bool:
    return end_account(
        session,
        SYSTEM,
        creditor_name=CREDITOR,
        account_number=ACCOUNT.account_number,
        ended_on=TODAY,
        now=NOW,
    )


def test_an_added_account_is_shown_from_its_day_and_once(session: Session, cast: Cast) -> None:
    assert add_account(session, SYSTEM, creditor_name=CREDITOR, account=ACCOUNT, now=NOW)
    assert not add_account(session, SYSTEM, creditor_name=CREDITOR, account=ACCOUNT, now=NOW)
    assert _shown(session).count("6222 0000 1111") == 1
    assert "6222 0000 1111" not in _shown(session, TODAY - timedelta(days=1))
    assert session.scalars(select(Event.name)).all().count("account:added") == 1


def test_an_ended_account_is_shown_to_nobody(session: Session, cast: Cast) -> None:
    add_account(session, SYSTEM, creditor_name=CREDITOR, account=ACCOUNT, now=NOW)
    assert _end(session)
    assert not _end(session)
    assert "6222 0000 1111" not in _shown(session)
    assert "account:ended" in session.scalars(select(Event.name)).all()


def test_a_creditor_that_the_book_lacks_is_named(session: Session, cast: Cast) -> None:
    with pytest.raises(DomainError, match="creditor_unknown"):
        add_account(session, SYSTEM, creditor_name="别的公司", account=ACCOUNT, now=NOW)


def test_how_a_creditor_is_reached_is_kept(session: Session, cast: Cast) -> None:
    describe_creditor(session, SYSTEM, creditor_name=CREDITOR, phone="400-1", address="上海市静安区", now=NOW)
    row = session.scalars(select(Creditor).where(Creditor.name == CREDITOR)).one()
    assert (row.phone, row.address) == ("400-1", "上海市静安区")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"bank": ""}, "value_missing"),
        ({"account_name": "安心\u202e消费"}, "text_broken"),
        ({"account_number": "6" * 41}, "text_longer_than"),
    ],
)
def test_what_no_agreement_could_print_is_no_account(
    session: Session, cast: Cast, fault: dict[str, Any], code: str
) -> None:
    with pytest.raises(DomainError, match=code):
        add_account(session, SYSTEM, creditor_name=CREDITOR, account=replace(ACCOUNT, **fault), now=NOW)


def test_a_creditor_is_not_described_in_what_cannot_be_read(session: Session, cast: Cast) -> None:
    with pytest.raises(DomainError, match="text_longer_than"):
        describe_creditor(session, SYSTEM, creditor_name=CREDITOR, phone="4" * 41, address="", now=NOW)
    with pytest.raises(DomainError, match="text_broken"):
        describe_creditor(session, SYSTEM, creditor_name=CREDITOR, phone="400", address="上海\x00", now=NOW)
