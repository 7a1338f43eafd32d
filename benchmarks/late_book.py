"""A book of late loans on PostgreSQL, made by the database from nothing: five loans a borrower, six installments a loan, the first met, two
or three of the others overdue by 1 to 120 days; rates, roundings and day counts in turn.
"""

from datetime import date
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from benchmarks.sealed_people import Person, seal_people
from portal.commands.day_run import LOANS_AT_A_TIME
from portal.db import transaction
from portal.domain.arrears import LatenessRules
from portal.domain.day_runs import Part
from portal.domain.next_looks import LookRules
from portal.domain.stage_packs import DEFAULT_PACK, stage_pack_on
from portal.models import DayRun
from portal.queries.policies import business_calendar
from portal.queries.standings import LoanRange
from portal.services.bulk_rows import give_room
from portal.services.call_list import list_for_calls
from portal.services.standings import count_loans, take_up_loans
from tests.databases import Database
from tests.people import NOW, add_calendar, add_creditor, add_policy

PEOPLE: Final = 5
INSTALLMENTS: Final = 6
_PREPARE: Final = "SET LOCAL session_replication_role = replica"
_BORROWERS: Final = """
INSERT INTO borrower (id, public_id, borrower_ref, locale, is_staff_relation, is_vulnerable)
SELECT n, lpad(n::text, 32, 'b'), 'B' || n, 'zh_CN', false, false
FROM generate_series(1, :people) n"""
_LOANS: Final = """
INSERT INTO loan (id, public_id, loan_ref, borrower_id, product, currency, creditor, lender_type, status, disbursed_on, principal_minor,
    annual_rate_pct, penalty_rate_pct, amortisation, interest_method, day_count, rounding, every, has_guarantor, as_of, facts_version,
    content_digest)
SELECT n, md5('l' || n), 'L' || n, 1 + (n - 1) / :each, 'cash_loan', 'CNY', '安心消费金融有限公司', 'consumer_finance', 'active',
    DATE :on - 300, 1200000, '14.4', (array['21.6', '18.25', '24', '16.425'])[1 + n % 4], 'equal_installment', 'declining',
    (array['30/360', 'act/365', 'act/360'])[1 + n % 3], (array['half_even', 'half_up'])[1 + n % 2], '1 month', false, DATE :on - 1, 1,
    md5('d' || n) || md5('e' || n)
FROM generate_series(1, :loans) n"""
_ROWS: Final = """
INSERT INTO installment
SELECT n, k, DATE :on - (1 + ((n % 120) * 7919) % 120) - 31 * (3 - k) + 31 * ((n / 120) % 2), 200000, 2400, 0,
    CASE WHEN k = 2 THEN 137 ELSE 0 END,
    CASE WHEN k = 1 THEN 200000 WHEN k = 2 AND n % 5 = 0 THEN 77777 ELSE 0 END, CASE WHEN k = 1 THEN 2400 ELSE 0 END, 0, 0
FROM generate_series(1, :loans) n, generate_series(1, :parts) k"""


_STANDING: Final = """
UPDATE loan_standing SET stage = CASE WHEN delinquent_days < 31 THEN 'reminder' ELSE 'internal' END, stage_basis = 'days',
    stage_since = DATE :on - 5, limitation_from = DATE :on, limitation_ends_on = DATE :on + 1095, limitation_facts = 1
WHERE overdue_minor > 0"""


def _rules(session: Session, on: date) -> LookRules:
    pack = stage_pack_on(DEFAULT_PACK, on)
    return LookRules(lateness=LatenessRules(), pack=pack, calendar=business_calendar(session))


def _stand(session: Session, loans: int, on: date) -> None:
    """As the day's run of ``on`` leaves it, but for what it records: a million moves at once are no day like another."""
    rules = _rules(session, on)
    give_room(session)
    for first in range(0, loans, LOANS_AT_A_TIME):
        count_loans(session, LoanRange(first, first + LOANS_AT_A_TIME), on=on, rules=rules)
    session.execute(text("UPDATE loan_standing SET limitation_facts = 1, limitation_ends_on = '2030-01-01'"))
    session.execute(text(_STANDING.replace(":on", f"'{on.isoformat()}'")))
    session.add(
        DayRun(business_date=on, part=Part.DONE.value, after_id=0, counts={}, started_at=NOW, finished_at=NOW)
    )


def fill(database: Database, loans: int, *, on: date) -> None:
    """So many loans as of the evening before ``on``, and where they stand on that day."""
    day = f"'{on.isoformat()}'"
    with transaction(database.engine) as session:
        add_policy(session)
        add_calendar(session)
        add_creditor(session)
        # Keys that the database makes itself are sound; looking each of them up would take most of the time.
        session.execute(text(_PREPARE))
        people = (loans + PEOPLE - 1) // PEOPLE
        session.execute(text(_BORROWERS), {"people": people})
        seal_people(
            session,
            (Person(n, f"{n}".rjust(32, "b"), f"李娜{n}", f"+86139{n:08}") for n in range(1, people + 1)),
        )
        session.execute(text(_LOANS.replace(":on", day)), {"loans": loans, "each": PEOPLE})
        session.execute(text(_ROWS.replace(":on", day)), {"loans": loans, "parts": INSTALLMENTS})
        take_up_loans(session, LoanRange(0, loans))
    _tidy(database)
    with transaction(database.engine) as session:
        _stand(session, loans, on)
    _tidy(database)
    with transaction(database.engine) as session:
        list_for_calls(session, LoanRange(0, loans), on=on)
    _tidy(database)


def _tidy(database: Database) -> None:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
