from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.arrears import LatenessRules
from portal.domain.errors import DomainError
from portal.domain.limitation import Cause
from portal.domain.permissions import SYSTEM
from portal.domain.stage_packs import stage_pack_on
from portal.models import Creditor, Event, Loan, LoanStanding
from portal.queries.creditors import accounts_of
from portal.queries.policies import business_calendar
from portal.queries.situations import situation_of
from portal.queries.standings import LoanRange
from portal.services.creditors import NewAccount, add_account, describe_creditor, end_account
from portal.services.day_loans import DayRules, follow_loans
from portal.services.stages import StageRules
from tests.people import CREDITOR, NOW, TODAY, Cast, add_loan
from tests.stories import ZONE

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
    describe_creditor(
        session, SYSTEM, creditor_name=CREDITOR, phone="400-1", address="上海市静安区", today=TODAY, now=NOW
    )
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
        describe_creditor(
            session, SYSTEM, creditor_name=CREDITOR, phone="4" * 41, address="", today=TODAY, now=NOW
        )
    with pytest.raises(DomainError, match="text_broken"):
        describe_creditor(
            session, SYSTEM, creditor_name=CREDITOR, phone="400", address="上海\x00", today=TODAY, now=NOW
        )


def _standing(session: Session, loan: Loan) -> LoanStanding:
    return session.get_one(LoanStanding, loan.id, populate_existing=True)


def _run(session: Session, loan: Loan) -> None:
    rules = DayRules(
        lateness=LatenessRules(),
        stages=StageRules(on=TODAY, zone=ZONE, pack=stage_pack_on("CN", TODAY), agencies={}),
        calendar=business_calendar(session),
    )
    follow_loans(session, SYSTEM, LoanRange(loan.id - 1, loan.id), rules=rules, now=NOW)


def _assign(session: Session, on: date) -> None:
    describe_creditor(
        session,
        SYSTEM,
        creditor_name=CREDITOR,
        phone="400-1",
        address="",
        assigned_on=on,
        today=TODAY,
        now=NOW - timedelta(hours=9),
    )


def test_a_notice_of_assignment_starts_the_limitation_period_anew(session: Session, cast: Cast) -> None:
    """Counted by the pages and by the day's run alike; the last payment came years ago."""
    loan = add_loan(session, cast.li_na, late_days=900, paid=6, installments=7)
    _run(session, loan)
    assert _standing(session, loan).limitation_cause != "assignment_notice"
    noticed_on = TODAY - timedelta(days=30)
    _assign(session, noticed_on)
    _run(session, loan)
    found, kept = situation_of(session, loan, on=TODAY, answers={}).limitation, _standing(session, loan)
    assert (found.runs_from, found.restarted_by) == (noticed_on, Cause.ASSIGNMENT_NOTICE)
    assert (kept.limitation_from, kept.limitation_cause) == (noticed_on, "assignment_notice")
    assert kept.limitation_ends_on == found.expires_on
    noted = session.scalars(select(Event.fields).where(Event.name == "creditor:assigned")).one()
    assert noted["assigned_on"] == noticed_on.isoformat()


def test_a_notice_of_today_is_kept_also_before_eight_in_the_morning(session: Session, cast: Cast) -> None:
    _assign(session, TODAY)
    assert cast.creditor.assignment_notice_on == TODAY
    with pytest.raises(DomainError, match="date_in_future"):
        _assign(session, TODAY + timedelta(days=1))


def test_a_notice_counts_for_no_loan_that_came_after_it_and_not_once_the_period_is_over(
    session: Session, cast: Cast
) -> None:
    young = add_loan(session, cast.li_na, late_days=30, paid=0, installments=1)
    barred = add_loan(session, cast.li_na, ref="L-1002", late_days=1400, paid=6, installments=7)
    _assign(session, young.disbursed_on - timedelta(days=1))
    _run(session, young)
    assert _standing(session, young).limitation_cause is None
    assert situation_of(session, barred, on=TODAY, answers={}).is_time_barred


def test_a_notice_is_not_of_a_day_to_come(session: Session, cast: Cast) -> None:
    with pytest.raises(DomainError, match="date_in_future"):
        _assign(session, TODAY + timedelta(days=1))
