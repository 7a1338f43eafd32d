"""What the guard is told about a page of loans is what it is told about each."""

from datetime import timedelta

from sqlalchemy.orm import Session

from portal.domain.contact_wishes import Channel, ContactHours, ContactWishes
from portal.domain.holds import HoldKind
from portal.domain.one_time_codes import keyed_hash
from portal.models import Contact, Loan, StoppedNumber
from portal.queries.contact_facts import Reached, contact_facts_of
from portal.queries.contacts import contact_facts
from portal.services.contact_wishes import replace_wish
from portal.services.holds import start_hold
from tests.callers import AT_TEN, actor_of, fill_list
from tests.integration.web.conftest import SECRET_KEY
from tests.people import add_cast, add_loan
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
    numbers = {
        each.id: keyed_hash(each.mobile, SECRET_KEY, purpose="number")
        for each in (cast.li_na, cast.wang_qiang)
    }
    session.add(
        StoppedNumber(
            reference="N1", number_hash=numbers[cast.li_na.id], number_last4="8001", stopped_at=AT_TEN
        )
    )
    for result, days in (("answered", 0), ("dialling", 1), ("failed", 0), ("no_answer", 20)):
        session.add(
            Contact(
                borrower_id=cast.li_na.id, loan_id=loans[0].id, purpose="collection_call", channel="phone",
                number_hash=numbers[cast.li_na.id], number_last4="8001", template_version="x", rule_decision="x",
                result=result, actor_kind="staff", at=AT_TEN - timedelta(days=days),
            )
        )  # fmt: skip
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
