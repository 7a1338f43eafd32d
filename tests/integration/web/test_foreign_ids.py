"""No id of somebody else's opens anything: each address that names one thing, with every id of every kind that a stranger has no part in.

The long form makes at least 20,000 requests.
"""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.models import Base, Borrower
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.integration.web.test_access import OWNERS, Cell, ask, cells
from tests.integration.web.worlds import MISSING, World, build_world, form_token, visit
from tests.people import add_loan
from tests.stories import Story

REQUESTS = 20_000
SHORT = 150
MORE_LOANS = 90
OWN = re.compile(r'value="[^"]+"|\bR[2-9A-Z]{8}\b')
"""Form tokens and the number of a request."""


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.fixture
def world(writing: Writing, is_long: bool) -> World:
    """李娜 with, in the long form, many more loans, drafts and plans."""
    world = build_world(writing)
    with writing() as session:
        li_na = session.get_one(Borrower, world.cast.li_na.id)
        for number in range(MORE_LOANS if is_long else 1):
            story = Story(session, li_na, add_loan(session, li_na, ref=f"F-{number}"))
            story.start() if number % 2 else story.submit()
    return world


def ids_of_others(database: Database, stranger: int) -> list[str]:
    """The public ids of all rows that are not the stranger's."""
    found: set[str] = set()
    with database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if "public_id" in table.c and table.name != "borrower":
                others = select(table.c.public_id)
                if "borrower_id" in table.c:
                    others = others.where(table.c.borrower_id != stranger)
                found |= set(connection.scalars(others))
    return sorted(found)


def requests(app: Flask, world: World, ids: list[str], most: int) -> Iterator[Cell]:
    """Every address with every id, spread evenly where that is more than enough."""
    placed = [cell for cell in cells(app, world, ids="ID") if cell.endpoint in OWNERS and "ID" in cell.path]
    every = [(cell, one) for one in ids for cell in placed]
    step = max(1, len(every) // most)
    for cell, one in every[::step]:
        yield Cell(cell.endpoint, cell.method, cell.path.replace("ID", one))


def told(answer: TestResponse, cell: Cell) -> tuple[int, str]:
    return answer.status_code, OWN.sub(
        "", answer.get_data(as_text=True).replace(cell.path.split("/")[2], "ID")
    )


def test_no_id_of_somebody_elses_opens_anything(
    app: Flask, world: World, database: Database, is_long: bool
) -> None:
    stranger = world.cast.wang_qiang.id
    client, ids, leaks, count = visit(app, borrower=stranger), ids_of_others(database, stranger), [], 0
    nobodys: dict[str, tuple[int, str]] = {}
    token = form_token(client, "/")
    for cell in requests(app, world, ids, REQUESTS if is_long else SHORT):
        place = f"{cell.method} {cell.endpoint}"
        if place not in nobodys:
            missing = Cell(cell.endpoint, cell.method, cell.path.replace(cell.path.split("/")[2], MISSING))
            nobodys[place] = told(ask(client, missing, token), missing)
        answer = ask(client, cell, token)
        count += 1
        if answer.status_code != 404 or told(answer, cell) != nobodys[place]:
            leaks.append(f"{cell}: {answer.status_code}")
    assert leaks == []
    assert count >= (REQUESTS if is_long else SHORT)
