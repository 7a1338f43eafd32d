"""``portal rates``: the prime rate of a month."""

from collections.abc import Callable, Iterator

import pytest
from click.testing import Result
from sqlalchemy import select

from portal.db import transaction
from portal.domain.rate_caps import know_prime_rates, known_prime_rates
from portal.models import Event, PrimeRate
from tests.databases import Database

Portal = Callable[..., Result]
OCTOBER = ("rates", "add", "2025-10-20", "3.00", "--source", "announcement of 20 October 2025")


@pytest.fixture(autouse=True)
def _nothing_further() -> Iterator[None]:
    yield
    know_prime_rates({})


def events(database: Database) -> list[dict[str, object]]:
    with transaction(database.engine, writes=False) as session:
        return list(
            session.scalars(select(Event.fields).where(Event.name == "rate:added").order_by(Event.id))
        )


def test_a_month_is_added_once_and_known_at_once(portal: Portal, database: Database) -> None:
    assert portal(*OCTOBER).output == "added\n"
    assert portal(*OCTOBER).output == "there already\n"
    assert events(database) == [{"published_on": "2025-10-20", "pct": "3.00", "before": ""}]
    assert known_prime_rates().newest.isoformat() == "2025-10-20"
    said = portal("rates", "list").output
    assert "2019-08-20  4.25" in said
    assert "2025-10-20  3.00  announcement of 20 October 2025" in said


def test_another_figure_for_a_day_is_refused_unless_it_is_said(portal: Portal, database: Database) -> None:
    portal(*OCTOBER)
    other = ("rates", "add", "2025-10-20", "2.90", "--source", "x")
    refused = portal(*other)
    assert (refused.exit_code, "3.00" in refused.output) == (1, True)
    assert portal(*other, "--replace").exit_code == 0
    assert events(database)[-1] == {"published_on": "2025-10-20", "pct": "2.90", "before": "3.00"}
    with transaction(database.engine, writes=False) as session:
        assert [f"{row.pct}" for row in session.scalars(select(PrimeRate))] == ["2.90"]


@pytest.mark.parametrize(
    ("day", "pct"), [("2025-09-22", "2.00"), ("2025-11-03", "3.00"), ("2025-10-20", "x")]
)
def test_what_can_be_no_figure_is_refused(portal: Portal, database: Database, day: str, pct: str) -> None:
    assert portal("rates", "add", day, pct, "--source", "x").exit_code != 0
    assert events(database) == []
