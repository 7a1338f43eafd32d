"""Which agency had a loan before it was kept with the stay: nobody where that cannot be known."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.db import migrate, migrate_down, transaction
from portal.models import Creditor, LoanStage
from tests.databases import Database
from tests.people import CREDITOR, NOW, TODAY, add_cast, add_loan

AGENCY = "正信服务有限公司"


@pytest.mark.parametrize(
    ("days_since", "basis", "agency"),
    [
        (None, "notice", None),
        (60, "notice", AGENCY),
        (60, "book", None),
        (10, "notice", None),
        (30, "notice", None),
    ],
)
def test_only_a_stay_after_a_notice_of_today_s_agency_has_it(
    database: Database, days_since: int | None, basis: str, agency: str | None
) -> None:
    with transaction(database.engine) as session:
        loan = add_loan(session, add_cast(session).li_na)
        creditor = session.scalars(select(Creditor).where(Creditor.name == CREDITOR)).one()
        creditor.agency = AGENCY
        creditor.agency_since = None if days_since is None else NOW - timedelta(days=days_since)
        stay = LoanStage(
            loan_id=loan.id, stage="agency", before="internal", basis=basis, since=TODAY - timedelta(days=30),
            delinquent_days=95, pack_version="x",
        )  # fmt: skip
        session.add(stay)
    migrate_down(database.url, "0067")
    migrate(database.url)
    with transaction(database.engine, writes=False) as session:
        assert session.scalars(select(LoanStage.agency)).all() == [agency]
