"""``portal creditor describe``: how a lender is reached, whom it has engaged, and when its borrowers were told of an assignment."""

from datetime import date

from sqlalchemy import select

from portal.db import transaction
from portal.models import Creditor
from tests.databases import Database
from tests.integration.commands.conftest import Portal
from tests.people import CREDITOR, add_cast

DESCRIBE = ("creditor", "describe", CREDITOR, "--phone", "400-1")


def kept(database: Database) -> tuple[str, str | None, date | None]:
    with transaction(database.engine, writes=False) as session:
        row = session.scalars(select(Creditor).where(Creditor.name == CREDITOR)).one()
        return row.phone, row.agency, row.assignment_notice_on


def test_an_agency_is_named_stays_when_nothing_is_said_of_it_and_is_taken_back(
    portal: Portal, database: Database
) -> None:
    with transaction(database.engine) as session:
        add_cast(session)
    assert portal(*DESCRIBE, "--agency", "正信服务有限公司").exit_code == 0
    assert kept(database)[:2] == ("400-1", "正信服务有限公司")
    assert portal(*DESCRIBE).exit_code == 0
    assert kept(database)[1] == "正信服务有限公司"
    assert portal(*DESCRIBE, "--agency", "").exit_code == 0
    assert kept(database)[1] is None


def test_the_day_of_an_assignment_is_kept_and_no_day_to_come_is_taken(
    portal: Portal, database: Database
) -> None:
    with transaction(database.engine) as session:
        add_cast(session)
    assert portal(*DESCRIBE, "--assigned-on", "2026-01-15").exit_code == 0
    assert kept(database)[2] == date(2026, 1, 15)
    refused = portal(*DESCRIBE, "--assigned-on", "2199-01-15")
    assert refused.exit_code == 1
    assert "still to come" in refused.output
    assert kept(database)[2] == date(2026, 1, 15)


def test_a_creditor_is_renamed_and_under_the_old_name_is_nobody(portal: Portal, database: Database) -> None:
    with transaction(database.engine) as session:
        add_cast(session)
    assert (
        portal("creditor", "rename", CREDITOR, "乙公司").output
        == "renamed; offers that have to be signed anew: 0\n"
    )
    again = portal("creditor", "rename", CREDITOR, "乙公司")
    assert again.exit_code == 1
    assert CREDITOR in again.output
