"""Quotes of a book are those of each loan by itself, on both databases."""

import csv
import io
import subprocess
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update

from portal.commands import cli
from portal.commands.book_quotes import HEADER, BookQuotes, requests_of
from portal.db import transaction
from portal.domain.calendar import BusinessCalendar
from portal.domain.errors import DomainError
from portal.domain.legal_limits import refuse_beyond_law
from portal.domain.loans import LoanFacts
from portal.domain.money import format_minor
from portal.domain.plans import PlanRequest
from portal.domain.policy import DEFAULT_POLICY, Policy
from portal.domain.pricing import price_plan
from portal.domain.pricing_rules import PricingRules
from portal.models import Loan, StaffMember
from portal.queries.loans import loan_facts
from portal.queries.policies import business_calendar, policy_on
from tests.databases import Database
from tests.drawn_loans import draw_loans
from tests.people import TODAY, add_cast, add_loan
from tests.policies import Change
from tests.stories import Story

PLANS = ("catch_up:6", "reschedule:24", "defer:1", "pay_by_date", "step_up:12", "interest_only:1")
BUSY = "L-BUSY"


@pytest.fixture
def book(database: Database) -> Database:
    """Late loans of all kinds, one that is not late, and one with a plan on its way."""
    with transaction(database.engine) as session:
        cast = add_cast(session)
        draw_loans(session, 25, today=TODAY)
        add_loan(session, cast.li_na, ref="=L-1", late_days=42)
        add_loan(
            session, cast.li_na, ref="L-2", late_days=95, annual_rate_pct=Decimal(36), lender_type="private"
        )
        add_loan(session, cast.li_na, ref="L-3", late_days=-5)
        Story(session, cast.li_na, add_loan(session, cast.li_na, ref=BUSY)).submit()
    return database


def run(environment: dict[str, str], *arguments: object) -> Result:
    said = {**environment, "PORTAL_DEMO": "1", "BUSINESS_DATE": TODAY.isoformat()}
    return CliRunner().invoke(cli, ["policy", "quote", *map(str, arguments)], env=said)


def table(body: bytes) -> list[dict[str, str]]:
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(body[3:].decode(), newline="")))


def one_by_one(loan: LoanFacts, request: PlanRequest, rules: PricingRules) -> Sequence[str]:
    """As ``HEADER`` has it from the outcome on, from the plan that a borrower would be shown."""
    try:
        plan = price_plan(loan, request, rules)
    except DomainError as error:
        return [error.code, *[""] * (len(HEADER) - 5)]
    try:
        refuse_beyond_law(plan, loan, rules)
        outcome = "possible"
    except DomainError as error:
        outcome = error.code

    def money(minor: int) -> str:
        return format_minor(minor, loan.currency)

    return [
        outcome,
        str(len(plan.rows)),
        *map(money, (plan.rows[0].due, plan.largest_payment, plan.rows[-1].due)),
        plan.first_on.isoformat(),
        plan.ends_on.isoformat(),
        *map(money, (plan.cost.total_paid, plan.cost.beyond_principal, plan.waived.total)),
        plan.cost.annual_compound_pct or "",
        plan.cost.annual_simple_pct or "",
    ]


def test_every_late_loan_is_quoted_as_it_would_be_by_itself(
    book: Database, environment: dict[str, str], tmp_path: Path
) -> None:
    out = tmp_path / "quotes.csv"
    done = run(environment, "--out", out, *(word for plan in PLANS for word in ("--plan", plan)))
    assert done.exit_code == 0, done.output
    rows = table(out.read_bytes())
    with transaction(book.engine, writes=False) as session:
        rules = PricingRules(policy_on(session, TODAY), business_calendar(session), TODAY)
        requests = requests_of(PLANS, rules)
        refs = {loan.loan_ref: loan.id for loan in session.scalars(select(Loan))}
        quoted = list(dict.fromkeys(row["loan_ref"].removeprefix("'") for row in rows))
        expected = [
            one_by_one(loan_facts(session, refs[ref]), request, rules)
            for ref in quoted
            for request in requests
        ]
    assert [list(row.values())[4:] for row in rows] == expected
    assert {"=L-1", "L-2"} <= set(quoted)
    assert not {"L-3", BUSY} & set(quoted)
    outcomes = [row["outcome"] for row in rows]
    assert {"possible", "rate_above_cap", "deferral_too_short"} <= set(outcomes)
    assert (
        f"{len(quoted)} loans, {len(rows)} plans, {outcomes.count('possible')} of them possible"
        in done.output
    )
    assert f"{len(quoted)} of {len(quoted)}" in done.output


def test_a_draft_is_tried_and_a_part_of_the_book_is_enough(
    book: Database, environment: dict[str, str]
) -> None:
    with transaction(book.engine) as session:
        drafter = session.scalars(select(StaffMember).where(StaffMember.number == "1003")).one()
        name = Change(session, drafter, max_terms__catch_up=16).write().row.version
    done = run(environment, "--version", name, "--loans", 1, "--out", "-")
    assert done.exit_code == 0, done.output
    found = [(row["kind"], row["terms"]) for row in table(done.stdout_bytes)]
    assert found == [
        ("catch_up", "8"),
        ("catch_up", "16"),
        ("reschedule", "30"),
        ("reschedule", "60"),
        ("defer", "3"),
        ("pay_by_date", "1"),
    ]


def test_a_run_that_fails_leaves_the_old_file_and_nothing_beside_it(
    book: Database, environment: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    out = folder / "quotes.csv"
    out.write_text("yesterday's")
    with transaction(book.engine) as session:
        session.execute(update(Loan).where(Loan.loan_ref == "L-2").values(rounding="by heart"))
    assert run(environment, "--out", out).exit_code == 1
    assert [(each.name, each.read_text()) for each in folder.iterdir()] == [(out.name, "yesterday's")]
    with transaction(book.engine) as session:
        session.execute(update(Loan).where(Loan.loan_ref == "L-2").values(rounding="half_even"))
    assert run(environment, "--out", out).exit_code == 0
    assert [each.name for each in folder.iterdir()] == [out.name]
    assert len(table(out.read_bytes())) > len(PLANS)


def test_the_other_commands_do_without_numpy() -> None:
    asked = "import sys; import portal.commands.policy; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        ("catch_up:25", "the policy 2026-01 has 1 to 24"),
        ("defer:0", "the policy 2026-01 has 1 to 3"),
        ("defer:two", "the policy 2026-01 has 1 to 3"),
        ("settlement:1", "there are catch_up"),
    ],
)
def test_a_plan_that_the_policy_does_not_have_is_refused(
    book: Database, environment: dict[str, str], plan: str, why: str
) -> None:
    done = run(environment, "--plan", plan, "--out", "-")
    assert done.exit_code == 2
    assert why in done.output
    assert run(environment, "--version", "nothing", "--out", "-").exit_code == 1


def test_a_book_in_batches_is_the_same_book(book: Database) -> None:
    policy = Policy.from_data("2026-01", DEFAULT_POLICY)
    calendar = BusinessCalendar.of("none", first_year=2100, covers_to=TODAY)
    rules = PricingRules(policy, calendar, TODAY)
    whole, parts = io.BytesIO(), io.BytesIO()
    quotes = BookQuotes(book.engine, rules, requests_of((), rules), 1_000)
    counted: list[int] = []
    assert quotes.write(whole, counted.append).loans == sum(counted)
    assert quotes.write(parts, counted.append, at_once=3).loans * 2 == sum(counted)
    assert parts.getvalue() == whole.getvalue()
