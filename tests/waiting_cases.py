"""Many waiting cases at once, as rows: for tests of the queue, which reads no more of them than this."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal.domain.plans import PlanKind
from portal.models import Loan, Proposal, ReviewItem
from tests.people import NOW, TODAY, Cast

KINDS = (PlanKind.CATCH_UP, PlanKind.RESCHEDULE, PlanKind.DEFER)


def add_signed(session: Session, cast: Cast, count: int) -> None:
    """李娜's loans and proposals that wait, numbered from 1, as bare rows."""
    loan = {
        "borrower_id": cast.li_na.id, "product": "cash_loan", "currency": "CNY", "creditor": "x", "lender_type": "bank",
        "status": "active", "disbursed_on": TODAY, "principal_minor": 1, "annual_rate_pct": Decimal(1),
        "penalty_rate_pct": Decimal(1), "amortisation": "equal_installment", "interest_method": "declining",
        "day_count": "30/360", "rounding": "half_even", "every": "1 month", "has_guarantor": False, "as_of": TODAY,
        "facts_version": 1, "content_digest": "x",
    }  # fmt: skip
    numbers = range(1, count + 1)
    session.execute(
        insert(Loan), [{**loan, "id": n, "public_id": f"l{n}", "loan_ref": f"l{n}"} for n in numbers]
    )
    session.execute(
        insert(Proposal),
        [
            {
                "id": n, "public_id": f"p{n}", "reference": f"P{n}", "loan_id": n, "borrower_id": cast.li_na.id,
                "status": "in_review", "row_version": 2, "review_round": 1, "version_number": 1, "answers": {},
                "made_at": NOW, "referral_reasons": ["guarantor", "dpd_above_band"],
            }
            for n in numbers
        ],
    )  # fmt: skip


def fill_queue(session: Session, cast: Cast, count: int) -> None:
    """李娜's, numbered from 1: an hour's more time each, kinds in turn, sums of 1,000 yuan and days past due as the number says."""
    add_signed(session, cast, count)
    session.execute(
        insert(ReviewItem),
        [
            {
                "proposal_id": n, "deadline_at": NOW + timedelta(hours=n), "kind": KINDS[n % 3].value,
                "amount_minor": n * 100_000, "currency": "CNY", "dpd": n, "main_reason": "guarantor", "queued_at": NOW,
                "plan_cost_minor": 1_200, "no_plan_cost_minor": 3_400,
            }
            for n in range(1, count + 1)
        ],
    )  # fmt: skip
