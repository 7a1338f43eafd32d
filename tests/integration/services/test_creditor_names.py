"""A creditor under another name is the same one: nothing is handed on, and nobody decides an offer under the name that is gone."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import DomainError
from portal.domain.permissions import SYSTEM
from portal.domain.policy import HardshipReason
from portal.models import Creditor, Event, Loan, Proposal
from portal.queries.creditors import accounts_of
from portal.services.creditor_names import rename_creditor
from tests.people import CREDITOR, NOW, TODAY, Cast, add_loan
from tests.stories import Story

NEW = "示范消费金融股份有限公司"


def test_its_loans_and_accounts_go_with_it_and_nothing_is_handed_on(session: Session, cast: Cast) -> None:
    add_loan(session, cast.li_na)
    before = [account.id for account in accounts_of(session, CREDITOR, currency="CNY", on=TODAY)]
    assert rename_creditor(session, SYSTEM, name=CREDITOR, new_name=NEW, now=NOW) == 0
    assert set(session.execute(select(Loan.creditor, Loan.former_creditor))) == {(NEW, None)}
    assert [account.id for account in accounts_of(session, NEW, currency="CNY", on=TODAY)] == before != []
    assert session.scalars(select(Creditor.name)).all() == [NEW]
    assert session.scalars(select(Event.fields).where(Event.name == "creditor:renamed")).one()["creditor_id"]


def test_a_waiting_offer_is_signed_anew_and_loans_without_one_did_not_move(
    session: Session, cast: Cast, story: Story
) -> None:
    other = add_loan(session, cast.wang_qiang, ref="L-2")
    story.submit(reason=HardshipReason.ILLNESS)
    version, others = story.loan.facts_version, other.facts_version
    assert rename_creditor(session, SYSTEM, name=CREDITOR, new_name=NEW, now=NOW) == 1
    assert session.scalars(select(Proposal.status)).one() == "needs_resign"
    assert session.get_one(Loan, story.loan.id).facts_version == version + 1
    assert session.get_one(Loan, other.id).facts_version == others


def test_a_name_that_another_creditor_has_or_nobody_can_print_changes_nothing(
    session: Session, cast: Cast
) -> None:
    session.add(Creditor(name=NEW, lender_type="bank", phone="", address=""))
    session.flush()
    add_loan(session, cast.li_na)
    for name, new_name, code in (
        (CREDITOR, NEW, "creditor_known"),
        (CREDITOR, CREDITOR, "creditor_known"),
        ("无此债权人", "甲公司", "creditor_unknown"),
        (CREDITOR, "", "value_missing"),
        (CREDITOR, "甲" * 201, "text_longer_than"),
    ):
        with pytest.raises(DomainError) as refused:
            rename_creditor(session, SYSTEM, name=name, new_name=new_name, now=NOW)
        assert refused.value.code == code
    assert set(session.scalars(select(Loan.creditor))) == {CREDITOR}
