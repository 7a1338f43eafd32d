"""The day's figures of the real book, added up by the database, are those that the rules say of each of its loans."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from portal.db import transaction
from portal.domain.arrears import LatenessRules, arrears_of
from portal.domain.permissions import SYSTEM
from portal.domain.stage_packs import stage_pack_on
from portal.models import LoanStanding
from portal.queries.loans import facts_of_loans
from portal.queries.policies import business_calendar
from portal.queries.standings import LoanRange, next_range
from portal.services.day_loans import DayRules, follow_loans
from portal.services.stages import StageRules
from portal.services.standings import figures_of
from tests.databases import Database
from tests.integration.commands.conftest import Portal
from tests.people import NOW, add_calendar
from tests.real_books import cut_book, find_real_book

ZONE = ZoneInfo("Asia/Shanghai")
AT_A_TIME = 2_000


@pytest.mark.usefixtures("on_the_casts_day")
def test_the_real_book_is_counted_as_the_rules_count_it_also_on_a_later_day(
    portal: Portal, database: Database, tmp_path: Path, is_long: bool
) -> None:
    loans = 30_000 if is_long else 400
    with transaction(database.engine) as session:
        add_calendar(session)
    assert portal("import", cut_book(find_real_book(), tmp_path / "book", loans=loans)).exit_code == 0
    late = 0
    for on in (date(2026, 11, 1), date(2027, 1, 15)):
        after = 0
        while (some := _counted(database, on, after)) is not None:
            late += _compared(database, some, on)
            after = some.last
    assert late > loans / 10


def _counted(database: Database, on: date, after: int) -> LoanRange | None:
    with transaction(database.engine) as session:
        some = next_range(session, after=after, limit=AT_A_TIME)
        if some is not None:
            stages = StageRules(on=on, zone=ZONE, pack=stage_pack_on("CN", on), agencies={})
            rules = DayRules(lateness=LatenessRules(), stages=stages, calendar=business_calendar(session))
            follow_loans(session, SYSTEM, some, rules=rules, now=NOW)
        return some


def _compared(database: Database, some: LoanRange, on: date) -> int:
    """How many of them are late."""
    with transaction(database.engine, writes=False) as session:
        facts = facts_of_loans(session, range(some.first + 1, some.last + 1))
        late = 0
        for loan_id, each in facts.items():
            row, wanted = session.get_one(LoanStanding, loan_id), figures_of(arrears_of(each, on=on))
            if row.counted_on != on:
                del wanted["delinquent_days"]  # those of the day on which something happened last
            assert {name: getattr(row, name) for name in wanted} == wanted, each.loan_ref
            late += row.overdue_minor > 0
        return late
