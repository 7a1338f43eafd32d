"""The smallest run of each measure: it finds ours and its reference saying the same, and gives figures."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import (
    approving,
    book_import,
    choices,
    claiming,
    home,
    plan_batch,
    profiles,
    ready_documents,
    sealed_documents,
    signing,
    staff_sign_in,
)
from benchmarks.ready_documents import Readiness
from benchmarks.results import Result
from benchmarks.synthetic_book import write_files
from benchmarks.worlds import World, world_over
from portal.db import transaction
from portal.domain.policy import HardshipReason
from tests.databases import Database
from tests.people import add_cast, add_loan
from tests.stories import Story


def refuse_empty(results: Sequence[Result], *names: str) -> None:
    assert [result.name for result in results] == list(names)
    assert all(result.rounds == 1 and result.ours > 0 and result.reference > 0 for result in results)


def test_first_page(made: World) -> None:
    homes = home.make_homes(made, people=2, strangers=7)
    found = home.beside_references(made, homes, rounds=1)
    refuse_empty(found, "W1 home beside a bare page", "W1 home beside an idiomatic stack")


def test_three_plans(made: World) -> None:
    choosers = choices.make_choosers(made, 2)
    refuse_empty(choices.beside_ready_rows(made, choosers, rounds=1), "W2 three plans of sixty installments")


def test_plans_in_a_batch() -> None:
    refuse_empty(plan_batch.beside_the_loop(5, 2, rounds=1), "W2 plans in a batch")


@pytest.mark.personal_data("the reference beside the portal keeps names as most programs do")
def test_signing(made: World) -> None:
    found = signing.beside_references(made, 1, rounds=1)
    refuse_empty(found, "W3 sign beside one statement", "W3 sign beside an idiomatic stack")


def test_approving(made: World) -> None:
    refuse_empty(approving.beside_signing(made, 1, rounds=1), "W5 approve beside signing")


def test_a_document(sqlite_database: Database, tmp_path: Path) -> None:
    with world_over(sqlite_database, tmp_path) as made:
        found = sealed_documents.drawn_alone(made, 1, rounds=1)
        refuse_empty(found, "W5 sealed document beside WeasyPrint", "W5 document by typst beside WeasyPrint")


def test_a_document_is_profiled(monkeypatch: pytest.MonkeyPatch) -> None:
    short = partial(sealed_documents.drawn_alone, rounds=1)
    monkeypatch.setattr(sealed_documents, "drawn_alone", short)
    done = CliRunner().invoke(profiles.main, ["W5-document"], catch_exceptions=False)
    assert "portal/commands/sealing.py" in done.output


@pytest.mark.postgresql
@pytest.mark.slow
def test_documents_that_are_ready(postgresql_database: Database, tmp_path: Path) -> None:
    with world_over(postgresql_database, tmp_path) as made:
        few, promised = ready_documents.at_rates(made, 1, [4.0], 0.5)
    assert (len(few.waited), few.rate, len(promised.waited), promised.rate) == (2, 4.0, 2, 5.0)
    assert all(min(each.waited) > 0 and each.worked > 0 and each.a_second > 0 for each in (few, promised))


def test_readiness_is_told_with_its_promise() -> None:
    soon, late = (
        Readiness(rate=5.0, waited=waited, a_second=4.9, worked=0.7)
        for waited in ([1.0] * 20, [1.0] * 18 + [3.0] * 2)
    )
    kept, missed = (ready_documents.result_of(2, each) for each in (soon, late))
    assert (kept.name, kept.ours, kept.reference, kept.ratio) == (
        "W5 ready, 2 workers, 5 a second",
        1000,
        2000,
        0.5,
    )
    assert kept.more.startswith("promised, p95 <= 2 s: kept; median 1.00 s of 20, 4.90 a second reached")
    assert (missed.ours, missed.ratio) == (3000, 1.5)
    assert missed.more.startswith("promised, p95 <= 2 s: NOT KEPT")


@pytest.mark.postgresql
def test_claiming(postgresql_database: Database) -> None:
    with transaction(postgresql_database.engine) as session:
        cast = add_cast(session)
        for number in range(6):
            Story(session, cast.li_na, add_loan(session, cast.li_na, ref=f"L-{number}")).submit(
                reason=HardshipReason.ILLNESS
            )
    found = claiming.claims_a_second(postgresql_database, 0.2, rounds=1)
    refuse_empty(found, "W4 claim the next case")


def test_a_book(made: World, tmp_path: Path) -> None:
    book = write_files(tmp_path / "book", 2)
    fresh, again = book_import.import_twice(made.database.url, book, tmp_path)
    bare = book_import.bare(made.database.url, book)
    found = book_import.results_of(12, [(fresh, again, bare)])
    refuse_empty(found, "W7 import 12 rows", "W7 import 12 rows again")


def test_staff_signing_in(made: World) -> None:
    refuse_empty(staff_sign_in.beside_argon2(made, 1, rounds=1), "W9 staff sign-in")
