"""``portal demo``: every state stands in it, it is put in once, and it tells who can sign in."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.adapters.time_codes import PyotpTimeCodes
from portal.clock import Clock
from portal.commands.demo import demo
from portal.commands.demo_people import COUPLE, LI_NA, STAFF, WANG_QIANG, borrower_ref
from portal.config import DEMO_PASSWORD
from portal.db import transaction
from portal.domain.errors import DomainError
from portal.domain.holds import HoldKind
from portal.domain.loans import Stage
from portal.domain.offers import judge
from portal.domain.plans import PlanKind, PlanRequest
from portal.domain.policy import Assessment, Referral
from portal.domain.pricing import price_plan
from portal.domain.proposals import ProposalStatus
from portal.models import (
    Agreement,
    Base,
    Borrower,
    Contact,
    CorrectionRequest,
    Document,
    Event,
    Hold,
    Loan,
    OutboxItem,
    Proposal,
    ProposalVersion,
    ReviewItem,
    ServiceCase,
    StaffMember,
    VisitorComplaint,
)
from portal.queries.borrower_home import LoanStanding, standings_of
from portal.queries.call_list import CallFilter, call_page
from portal.queries.demo import demo_accounts, is_seeded
from portal.queries.queue_filters import QueueFilter
from portal.queries.reviews import queue_page
from portal.queries.situations import situation_of
from tests.databases import Database, PostgresqlTemplate, SqliteTemplate
from tests.demo_worlds import KEY, NOW, SHANGHAI, put_in
from tests.people import add_borrower

TODAY = NOW.date()

PASSED_THROUGH = {ProposalStatus.SUBMITTED}
"""Policy answers in the same transaction: nobody ever sees it."""

SET_UP = ["policy:published", "calendar:published", "demo:seeded"]
"""Recorded by the clock of the day on which the demo is put in."""


@dataclass(frozen=True)
class Seeded:
    database: Database
    folder: Path

    def run(self, *words: str, **environment: str) -> Result:
        return run(self.database, self.folder, *words, **environment)


def run(database: Database, folder: Path, *words: str, **environment: str) -> Result:
    settings = {
        "PORTAL_DEMO": "1",
        "PORTAL_DATABASE_URL": database.url,
        "PORTAL_DATA_DIR": str(folder),
        "PORTAL_SECRET_KEY": KEY,
        "BUSINESS_DATE": TODAY.isoformat(),
        "LANG": "en_GB.UTF-8",
        **environment,
    }
    return CliRunner().invoke(demo, list(words), env=settings)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def seeded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    folder = tmp_path_factory.mktemp("demo")
    template: SqliteTemplate | PostgresqlTemplate = request.getfixturevalue(f"{request.param}_template")
    copied = template.copied(folder) if isinstance(template, SqliteTemplate) else template.copied()
    with copied as database:
        put_in(database, folder)
        yield Seeded(database, folder)


@pytest.fixture
def reading(seeded: Seeded) -> Iterator[Session]:
    with transaction(seeded.database.engine, writes=False) as session:
        yield session


def standings(session: Session) -> list[LoanStanding]:
    ids = session.scalars(select(Borrower.id))
    return [standing for id_ in ids for standing in standings_of(session, id_, on=TODAY)]


def test_every_kind_of_plan_stands_in_it(reading: Session) -> None:
    assert set(map(PlanKind, reading.scalars(select(ProposalVersion.kind)))) == set(PlanKind)


def test_every_state_of_a_proposal_stands_in_it(reading: Session) -> None:
    found = set(map(ProposalStatus, reading.scalars(select(Proposal.status))))
    assert found == set(ProposalStatus) - PASSED_THROUGH


def test_every_stage_and_every_bucket_stands_in_it(reading: Session) -> None:
    found = standings(reading)
    assert {standing.stage for standing in found} == {None, *Stage}
    buckets = {s.arrears.bucket for s in found if not s.is_closed}
    assert buckets == {None, "M1", "M2", "M3", "M4+"}
    assert all(s.loan.stage_basis and s.loan.stage_since for s in found if s.stage)


def test_borrowers_have_nothing_overdue_one_loan_five_loans_or_closed_ones(reading: Session) -> None:
    accounts = demo_accounts(reading, on=TODAY)
    assert {account.loans for account in accounts} == {1, 2, 5}
    assert any(account.loans == account.closed for account in accounts)
    assert any(account.late_days == 0 and not account.closed for account in accounts)
    assert {"charged_off", "closed", "active"} == set(reading.scalars(select(Loan.status)))
    assert True in set(reading.scalars(select(Loan.has_guarantor)))


def test_contact_is_held_for_every_reason_that_there_is_a_way_to(reading: Session) -> None:
    held = {hold.kind for standing in standings(reading) for hold in standing.holds}
    assert held == {
        HoldKind.PROPOSAL_PENDING,
        HoldKind.PLAN_ACTIVE,
        HoldKind.DISPUTE,
        HoldKind.COMPLAINT,
        HoldKind.ILLNESS,
        HoldKind.REPRESENTED,
    }


def test_the_agencys_caller_has_loans_on_her_list_and_one_to_call_back(reading: Session) -> None:
    he_jing = reading.scalars(select(StaffMember).where(StaffMember.login == "he.jing")).one()
    wanted = CallFilter(staff_id=he_jing.id, is_agencys=True, now=NOW.astimezone(SHANGHAI))
    rows = call_page(reading, wanted).rows
    assert len(rows) >= 2
    assert rows[0].promised_kind == "call_back"
    told = reading.scalars(
        select(Contact.loan_id).where(Contact.purpose == "agency_notice", Contact.result == "sent")
    )
    assert {row.loan_id for row in rows} <= set(told)


def test_the_queue_has_a_case_past_its_time_one_due_next_one_held_and_one_for_others_alone(
    reading: Session,
) -> None:
    deadlines = sorted(reading.scalars(select(ReviewItem.deadline_at)))
    assert deadlines[0] < NOW < deadlines[1]
    assert (deadlines[1] - NOW).days < 1
    held = reading.scalars(select(ReviewItem).where(ReviewItem.claimed_until > NOW)).all()
    assert len(held) == 1
    theirs = reading.scalars(
        select(Proposal.reference).join(Borrower).where(Borrower.borrower_ref == borrower_ref("WAIT"))
    ).one()
    assert theirs not in _queue(reading, "zhou.min")
    assert theirs in _queue(reading, "wu.yan")


def test_every_agreement_has_its_sealed_document_but_the_one_of_this_moment(reading: Session) -> None:
    states = Counter(reading.scalars(select(Agreement.seal_state)))
    assert states["sealing"] == 1
    assert states["sealed"] >= 6
    for agreement in reading.scalars(select(Agreement).where(Agreement.document_id.is_not(None))):
        document = reading.get_one(Document, agreement.document_id)
        assert sha256(document.body).hexdigest() == document.sha256
        assert agreement.sealed_at is not None
        assert (agreement.sealed_at - agreement.approved_at).total_seconds() < 60


def test_nothing_happened_later_than_now_and_nothing_went_wrong(reading: Session) -> None:
    latest = max(reading.scalars(select(Event.at)))
    assert latest <= NOW
    assert reading.scalars(select(OutboxItem.kind).where(OutboxItem.state != "done")).all() == [
        "agreement:seal"
    ]
    assert not reading.scalars(select(OutboxItem).where(OutboxItem.last_error.is_not(None))).all()


def test_the_record_runs_forward_in_time(reading: Session) -> None:
    instants = reading.scalars(select(Event.at).where(Event.name.not_in(SET_UP)).order_by(Event.id)).all()
    assert list(instants) == sorted(instants)


def test_li_na_would_be_approved_at_once_and_wang_qiang_goes_to_a_person(reading: Session) -> None:
    assert _assessment(reading, borrower_ref(LI_NA.key)).is_at_once
    assert _assessment(reading, borrower_ref(WANG_QIANG.key)).reasons == (Referral.GUARANTOR,)


def test_two_people_share_a_telephone(reading: Session) -> None:
    found = reading.scalars(select(Borrower).where(Borrower.mobile_index == COUPLE[0].mobile))
    assert sorted(borrower.name for borrower in found) == sorted(person.name for person in COUPLE)


def test_running_it_again_changes_nothing(seeded: Seeded) -> None:
    before = _counts(seeded.database)
    again = seeded.run("seed")
    assert again.exit_code == 0, again.output
    assert _counts(seeded.database) == before


def test_the_guide_tells_who_can_sign_in_with_codes_that_hold(seeded: Seeded) -> None:
    said = seeded.run("people").output
    assert "13800138001" in said
    assert LI_NA.id_last4 in said
    assert DEMO_PASSWORD in said
    clock, codes = Clock(SHANGHAI, TODAY), PyotpTimeCodes()
    for member in STAFF:
        line = next(line for line in said.splitlines() if member.login in line)
        code = line.split("code now ")[1][:6]
        assert codes.matching_step(member.totp_secret, code, clock.now()) is not None


def test_it_speaks_chinese_where_the_shell_does(seeded: Seeded) -> None:
    assert "借款人" in seeded.run("people", LANG="zh_CN.UTF-8").output


@pytest.mark.parametrize("words", [["seed"], ["people"]])
def test_it_refuses_where_this_is_no_demo(database: Database, tmp_path: Path, words: list[str]) -> None:
    said = run(database, tmp_path, *words, PORTAL_DEMO="0", BUSINESS_DATE="")
    assert said.exit_code == 1
    assert "PORTAL_DEMO" in said.output
    with transaction(database.engine, writes=False) as session:
        assert session.scalar(select(func.count(Borrower.id))) == 0


def test_it_refuses_a_database_with_other_people_in_it(database: Database, tmp_path: Path) -> None:
    with transaction(database.engine) as session:
        add_borrower(session, "李娜", mobile="+8613800138001", id_last4="1024")
    said = run(database, tmp_path, "seed")
    assert said.exit_code == 1
    assert "--reset" in said.output
    with transaction(database.engine, writes=False) as session:
        assert not is_seeded(session)
        assert session.scalar(select(func.count(Loan.id))) == 0


def test_a_date_before_the_first_words_is_refused_before_anything_is_written(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with pytest.raises(DomainError, match="business_text_missing"):
        put_in(sqlite_database, tmp_path, now=datetime(2026, 2, 1, 9, 0, tzinfo=SHANGHAI))
    with transaction(sqlite_database.engine, writes=False) as session:
        assert session.scalar(select(func.count(Borrower.id))) == 0


@pytest.mark.slow
def test_documents_are_drawn_beside_the_story_by_processes_of_their_own(
    sqlite_database: Database, tmp_path: Path
) -> None:
    put_in(sqlite_database, tmp_path, renderer=None)
    with transaction(sqlite_database.engine, writes=False) as session:
        assert session.scalars(select(OutboxItem.kind).where(OutboxItem.state != "done")).all() == [
            "agreement:seal"
        ]
        bodies = [each.body for each in session.scalars(select(Document))]
    assert len(bodies) >= 20
    assert all(body.startswith(b"%PDF-1.7") for body in bodies)


@pytest.mark.slow
@pytest.mark.parametrize(
    "now",
    [
        pytest.param(datetime(2026, 10, 5, 1, 30, tzinfo=SHANGHAI), id="the night in a week of holidays"),
        pytest.param(datetime(2027, 2, 20, 23, 50, tzinfo=SHANGHAI), id="a late Saturday past the calendar"),
    ],
)
def test_it_looks_alive_on_any_day(sqlite_database: Database, tmp_path: Path, now: datetime) -> None:
    put_in(sqlite_database, tmp_path, now=now)
    with transaction(sqlite_database.engine, writes=False) as session:
        found = set(map(ProposalStatus, session.scalars(select(Proposal.status))))
        deadlines = sorted(session.scalars(select(ReviewItem.deadline_at)))
    assert found == set(ProposalStatus) - PASSED_THROUGH
    assert deadlines[0] < now < deadlines[1]


def _queue(session: Session, login: str) -> set[str]:
    staff_id = session.scalars(select(StaffMember.id).where(StaffMember.login == login)).one()
    page = queue_page(session, QueueFilter(staff_id=staff_id, now=NOW, today_ends=NOW))
    return {row.reference for row in page.rows}


def _assessment(session: Session, ref: str) -> Assessment:
    """What policy would say of three payments."""
    loan = session.scalars(select(Loan).join(Borrower).where(Borrower.borrower_ref == ref)).one()
    standing = situation_of(session, loan, on=TODAY, answers={}).standing
    request = PlanRequest(kind=PlanKind.CATCH_UP, installments=3, day_of_month=15)
    return judge(price_plan(standing.facts, request, standing.rules), standing)


def _counts(database: Database) -> dict[str, int]:
    with transaction(database.engine, writes=False) as session:
        return {
            name: session.scalars(select(func.count()).select_from(table)).one()
            for name, table in Base.metadata.tables.items()
        }


def test_what_was_brought_up_stands_in_every_state(reading: Session) -> None:
    cases = reading.scalars(select(ServiceCase)).all()
    assert {case.status for case in cases} == {"open", "closed"}
    assert {"us", "lender"} <= {case.waits_for for case in cases}
    assert reading.scalars(select(CorrectionRequest.answer)).all() == [None]
    assert reading.scalars(select(VisitorComplaint.status)).all() == ["open"]
    assert reading.scalars(select(Hold.ends_on).where(Hold.ends_on.is_not(None))).one() is not None
