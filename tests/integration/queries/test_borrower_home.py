from datetime import timedelta

from sqlalchemy.orm import Session

from portal.domain.holds import HoldKind
from portal.domain.permissions import SYSTEM
from portal.models import Proposal
from portal.queries.borrower_home import standings_of
from portal.services.holds import end_hold, start_hold
from tests.people import NOW, TODAY, add_cast, add_loan


def test_overdue_loans_come_first_and_closed_ones_last(session: Session) -> None:
    cast = add_cast(session)
    add_loan(session, cast.li_na, ref="closed", paid=12, late_days=20, status="closed")
    add_loan(session, cast.li_na, ref="quiet", late_days=-5)
    add_loan(session, cast.li_na, ref="late", late_days=42)
    add_loan(session, cast.wang_qiang, ref="foreign")
    standings = standings_of(session, cast.li_na.id, on=TODAY)
    assert [s.loan.loan_ref for s in standings] == ["late", "quiet", "closed"]
    assert [s.is_closed for s in standings] == [False, False, True]
    assert [s.arrears.days_past_due for s in standings] == [42, 0, 0]
    assert standings[0].creditor == cast.creditor


def test_a_hold_that_ended_is_not_told(session: Session) -> None:
    cast = add_cast(session)
    loan = add_loan(session, cast.li_na)
    for kind in (HoldKind.DISPUTE, HoldKind.COMPLAINT):
        start_hold(session, SYSTEM, loan_id=loan.id, kind=kind, reason="test", now=NOW)
    end_hold(session, SYSTEM, loan_id=loan.id, kind=HoldKind.DISPUTE, reason="answered", now=NOW)
    [standing] = standings_of(session, cast.li_na.id, on=TODAY)
    assert [hold.kind for hold in standing.holds] == [HoldKind.COMPLAINT]


def test_only_a_proposal_that_is_open_or_in_force_is_told(session: Session) -> None:
    cast = add_cast(session)
    loan = add_loan(session, cast.li_na)
    for number, status in enumerate(("withdrawn", "declined", "in_review", "expired")):
        session.add(
            Proposal(
                public_id=f"{number}" * 32,
                reference=f"P{number}",
                loan_id=loan.id,
                borrower_id=cast.li_na.id,
                status=status,
                answers={},
                referral_reasons=[],
                made_at=NOW,
            )
        )
    session.flush()
    [standing] = standings_of(session, cast.li_na.id, on=TODAY)
    assert standing.proposal is not None
    assert standing.proposal.status == "in_review"


def test_the_next_installment_is_the_first_that_is_not_late(session: Session) -> None:
    cast = add_cast(session)
    add_loan(session, cast.li_na, late_days=42)
    [standing] = standings_of(session, cast.li_na.id, on=TODAY)
    assert standing.next_installment is not None
    assert standing.next_installment.due_on > TODAY
    assert standing.next_installment.due_on - TODAY <= timedelta(days=31)
