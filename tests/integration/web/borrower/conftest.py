"""李娜 with a loan that is 42 days late, on the way to a plan."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from portal.commands.work import Workshop
from portal.commands.worker import build_workshop
from portal.config import Config
from portal.models import Borrower
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.web.conftest import SECRET_KEY, BorrowerClient, Writing
from tests.people import Cast, add_loan
from tests.plan_walks import Walk

NewWalk = Callable[..., Walk]


@pytest.fixture
def new_walk(
    cast: Cast,
    borrower_client: BorrowerClient,
    clock: HandClock,
    config: Config,
    database: Database,
    writing: Writing,
) -> NewWalk:
    """``new_walk(borrower=…, **loan)``: a borrower signed in, with a new loan as ``add_loan`` makes it."""

    def shop() -> Workshop:
        return build_workshop(config, engine=database.engine, clock=clock)

    def new_walk(borrower: Borrower = cast.li_na, **loan: Any) -> Walk:
        with writing() as session:
            added = add_loan(session, borrower, **{"annual_rate_pct": Decimal("14.4"), **loan})
        return Walk(
            client=borrower_client(borrower),
            borrower=borrower,
            loan=added,
            clock=clock,
            shop=shop,
            writing=writing,
            secret_key=SECRET_KEY,
            sign_in=lambda: borrower_client(borrower),
        )

    return new_walk


@pytest.fixture
def walk(new_walk: NewWalk) -> Walk:
    return new_walk()
