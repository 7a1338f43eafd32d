"""A report of figures: asked for once, drawn by a worker, kept, and read back out of its PDF."""

import hashlib
import io
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from portal.commands.report_drawing import draw_report
from portal.commands.work import HANDLERS, Workshop, run_until_empty
from portal.config import Config
from portal.db import transaction
from portal.domain.errors import AccessRefused
from portal.domain.figure_periods import Period, month_named
from portal.domain.figure_reports import ReportKind, months_of, period_of_report
from portal.domain.permissions import Actor, ActorKind, Role
from portal.models import Event, FigureReport
from portal.queries.figures import figures_of
from portal.services.figure_reports import (
    ReportWork,
    ask_report,
    find_report_work,
    keep_report,
    open_report,
    record_table_export,
)
from tests.clocks import HandClock
from tests.databases import Database
from tests.figure_history import NOW, write_history
from tests.people import Cast, add_cast
from tests.told_events import told

ZONE = ZoneInfo("Asia/Shanghai")
OCTOBER = month_named("2026-10")


def text_of(body: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages).split())


def auditor(cast: Cast) -> Actor:
    return Actor(ActorKind.STAFF, cast.zheng_hao.id, frozenset({Role.AUDITOR}))


def test_a_worker_draws_what_was_asked_for_once(database: Database) -> None:
    with transaction(database.engine) as session:
        cast = add_cast(session)
        write_history(session, cast, proposals=40)
        asked = [
            ask_report(session, auditor(cast), kind=ReportKind.MONTH, period=OCTOBER, locale="en", now=NOW).id
            for _ in range(2)
        ]
        figures = figures_of(session, OCTOBER, zone=ZONE, now=NOW)
    assert asked[0] == asked[1]
    clock = HandClock()
    clock.move_on(seconds=(NOW - clock.now()).total_seconds() + 60)
    shop = Workshop(
        Config(database_url=database.url, secret_key="k" * 40, testing=True),
        database.engine,
        clock,
        renderer=None,  # type: ignore[arg-type]
        sealer=None,  # type: ignore[arg-type]
        sender=None,  # type: ignore[arg-type]
    )
    assert run_until_empty(shop, HANDLERS) == 1
    with transaction(database.engine) as session:
        report = session.scalars(select(FigureReport)).one()
        assert report.body is not None
        told, body = text_of(report.body), report.body
        assert find_report_work(session, report.id) is None
        keep_report(session, auditor(cast), report_id=report.id, body=b"another", now=NOW)
        assert report.body == body
        told_of = select(Event.name).where(Event.name.like("figures:%")).order_by(Event.at)
        names = session.scalars(told_of).all()
    assert "Monthly report" in told
    assert "1 October 2026 to 31 October 2026" in told
    for line in figures.refusals:
        assert f"{line.calls} {line.messages} {line.count}" in told
    assert names == ["figures:report_asked", "figures:report_made"]


def test_a_year_is_told_month_by_month_in_chinese(sqlite_database: Database) -> None:
    with transaction(sqlite_database.engine) as session:
        write_history(session, add_cast(session), proposals=40)
    period = period_of_report(ReportKind.YEAR, "2026-11", today=NOW.date())
    assert period == Period(date(2025, 12, 1), date(2026, 11, 30))
    work = ReportWork(ReportKind.YEAR, period, "zh_CN")
    told = text_of(draw_report(sqlite_database.engine, work, zone=ZONE, now=NOW))
    assert "年度风险评估（R03）" in told
    months = list(months_of(period))
    assert len(months) == 12
    with transaction(sqlite_database.engine) as session:
        for month in months:
            figures = figures_of(session, month, zone=ZONE, now=NOW)
            contacts = sum(line.count for line in figures.hours)
            quiet = sum(line.count for line in figures.hours if not 8 <= line.hour < 22)
            refused = sum(line.count for line in figures.refusals)
            complaints = sum(line.received for line in figures.complaints)
            assert f"{month.first:%Y-%m} {contacts} {quiet} {refused} {complaints} " in told


def test_nobody_else_asks_for_one(sqlite_database: Database) -> None:
    with transaction(sqlite_database.engine) as session:
        cast = add_cast(session)
        approver = Actor(ActorKind.STAFF, cast.zhou_min.id, frozenset({Role.APPROVER}))
        with pytest.raises(AccessRefused):
            ask_report(session, approver, kind=ReportKind.MONTH, period=OCTOBER, locale="en", now=NOW)


def test_who_took_figures_along_is_on_record(sqlite_database: Database) -> None:
    with transaction(sqlite_database.engine) as session:
        cast = add_cast(session)
        report = ask_report(
            session, auditor(cast), kind=ReportKind.MONTH, period=OCTOBER, locale="en", now=NOW
        )
        keep_report(session, auditor(cast), report_id=report.id, body=b"%PDF-1.7", now=NOW)
        assert open_report(session, auditor(cast), report=report, now=NOW) == b"%PDF-1.7"
        record_table_export(session, auditor(cast), table="hours", period=OCTOBER, now=NOW)
        sha256 = hashlib.sha256(b"%PDF-1.7").hexdigest()
        assert told(session, "figures:report_opened") == [(None, {"report_id": report.id, "sha256": sha256})]
        days = {"first_on": "2026-10-01", "last_on": "2026-10-31"}
        assert told(session, "figures:exported") == [(None, {"table": "hours", **days})]
        nobody = Actor(ActorKind.STAFF, cast.lin_yue.id, frozenset({Role.CALLER}))
        with pytest.raises(AccessRefused, match=r"^permission_missing$"):
            open_report(session, nobody, report=report, now=NOW)
        with pytest.raises(AccessRefused, match=r"^permission_missing$"):
            record_table_export(session, nobody, table="hours", period=OCTOBER, now=NOW)
