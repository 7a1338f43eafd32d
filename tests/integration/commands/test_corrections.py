"""The lender's list at the shell: what is to be corrected, and what was answered."""

import csv
import io

import pytest
from click.testing import CliRunner, Result

from portal.commands import cli
from portal.db import transaction
from portal.models import Loan
from tests.databases import Database
from tests.people import add_cast, add_loan
from tests.service_cases import Handler, bring_up


@pytest.fixture
def reference(database: Database, monkeypatch: pytest.MonkeyPatch) -> str:
    """A request about 李娜's loan."""
    monkeypatch.setenv("PORTAL_DATABASE_URL", database.url)
    monkeypatch.setenv("PORTAL_SECRET_KEY", "k" * 40)
    with transaction(database.engine) as session:
        cast = add_cast(session)
        loan = add_loan(session, cast.li_na)
        case = bring_up(session, cast.li_na, loan)
        return Handler(session, cast.zhou_min, case).take().ask_lender(loan, should_be="=1+1\n元").reference


def said(*words: str) -> Result:
    return CliRunner().invoke(cli, ["corrections", *words])


def rows(*words: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(said("list", *words).output)))


def test_the_list_is_read_by_machines_and_holds_no_formula(reference: str, database: Database) -> None:
    [row] = rows()
    assert (row["reference"], row["loan_ref"], row["what"]) == (reference, "L-1001", "payment")
    assert (row["should_be"], row["book_changed_since"], row["answer"]) == ("'=1+1 元", "no", "")
    with transaction(database.engine) as session:
        loan = session.get_one(Loan, 1)
        loan.facts_version += 1
    assert rows()[0]["book_changed_since"] == "yes"


@pytest.mark.parametrize("written", ["＝1+1", "\u200b=1+1", "|cmd", "%0A=1", "\ufeff@x"])
def test_what_a_spreadsheet_may_take_for_a_formula_is_text_as_in_every_table(
    reference: str, written: str
) -> None:
    said("answer", reference, "corrected", "--words", written)
    assert rows("--all")[0]["answer_words"] == f"'{written}"


def test_what_was_answered_leaves_the_list_and_is_answered_once(reference: str) -> None:
    assert said("answer", reference, "corrected", "--words", "已补记").exit_code == 0
    assert said("answer", reference, "corrected").exit_code == 0
    again = said("answer", reference, "refused")
    assert again.exit_code == 1
    assert "was answered already: corrected" in again.output
    assert rows() == []
    assert rows("--all")[0]["answer_words"] == "已补记"


def test_a_number_that_nobody_gave_is_said(reference: str) -> None:
    del reference
    assert "no request K0" in said("answer", "K0", "corrected").output
