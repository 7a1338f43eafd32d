"""A whole path under the account of web processes and workers, which owns nothing (decision 0285)."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from portal.adapters.data_keys import new_key_line
from portal.adapters.record_keys import make_record_key, record_key_path, record_origin
from portal.adapters.seal_keys import make_demo_key
from portal.commands import cli
from portal.commands.record_keeping import keeper_of
from portal.config import Config
from portal.domain.loans import LoanStatus
from portal.domain.permissions import SYSTEM
from portal.domain.proposals import ProposalStatus
from portal.domain.reasons import EraseReason
from portal.models import Agreement, Borrower, Event, Loan, OutboxItem, Payment, Proposal, RecordLeaf
from portal.services.erasure import Today, erase_borrower
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.data_keys import FILE
from tests.databases import Database
from tests.integration.web.borrower.conftest import NewWalk
from tests.integration.web.conftest import SECRET_KEY, Writing
from tests.integration.web.review.conftest import sign_in_data
from tests.narrow_accounts import narrow_account
from tests.people import NOW, TODAY, Cast
from tests.stories import ZONE

pytestmark = pytest.mark.postgresql
LATER = Today(TODAY.replace(year=TODAY.year + 11), ZONE, NOW.replace(year=NOW.year + 11))


@pytest.fixture
def database(postgresql_database: Database) -> Iterator[Database]:
    with narrow_account(postgresql_database) as narrow:
        yield narrow


@pytest.fixture
def config(config: Config, tmp_path: Path) -> Config:
    made = replace(config, seal_key=tmp_path / "seal.pem")
    make_demo_key(tmp_path / "seal.pem", now=NOW)
    make_record_key(record_key_path(made), record_origin(made))
    return made


def test_from_signing_in_to_being_erased(
    database: Database,
    config: Config,
    clock: HandClock,
    cast: Cast,
    new_walk: NewWalk,
    writing: Writing,
    tmp_path: Path,
) -> None:
    with writing() as session:
        assert session.scalar(text("SELECT current_user")) != "portal"
    walk = new_walk()
    walk.start()
    walk.say_reason("illness", consents="y")
    walk.say_need()
    walk.choose_first()
    if walk.client.get(walk.url("check")).location == walk.url("budget"):
        walk.say_month()
    walk.freeze()
    walk.read_disclosure()
    assert walk.work() > 0
    walk.tick()
    assert walk.sign().location == walk.url()
    assert walk.status == "in_review"

    clock.move_on(seconds=30)
    desk = walk.client.application.test_client()
    assert isinstance(desk, CheckedClient)
    assert desk.submit("/desk/sign-in", sign_in_data(cast.zhou_min.login, clock.now())).status_code == 303
    case = f"/desk/cases/{walk.id}"
    assert desk.submit(case, action=f"{case}/claim").status_code == 303
    assert desk.submit(f"{case}/approve", {"reason": "affordable"}).status_code == 303
    clock.move_on(minutes=2)
    assert walk.work() > 0
    with writing() as session:
        agreement = session.scalars(select(Agreement)).one()
        assert agreement.document_id is not None

    keeper_of(config, database.engine).keep()
    with writing() as session:
        assert session.scalar(select(func.count(RecordLeaf.place))) == session.scalar(
            select(func.count(Event.id))
        )
    rotate_and_run(database, config, tmp_path)

    with writing() as session:
        end_everything(session, walk.loan.id)
        whom = walk.borrower.id
        erase_borrower(session, SYSTEM, borrower_id=whom, reason=EraseReason.RETENTION_OVER, today=LATER)
    with writing() as session:
        assert session.get_one(Borrower, whom).data_key is None
        assert session.scalar(select(func.count(Event.id)).where(Event.name == "erased"))
    keeper_of(config, database.engine).keep()
    said = CliRunner().invoke(cli, ["record", "verify"], env=environment(database, config, FILE))
    assert said.exit_code == 0, said.output


def environment(database: Database, config: Config, keys: Path) -> dict[str, str]:
    return {
        "PORTAL_DATABASE_URL": database.url,
        "PORTAL_DATA_DIR": str(config.data_dir),
        "PORTAL_SECRET_KEY": SECRET_KEY,
        "PORTAL_HASH_KEY": config.hash_key,
        "PORTAL_DATA_KEYS": str(keys),
        "LC_ALL": "en_US.UTF-8",
    }


def rotate_and_run(database: Database, config: Config, folder: Path) -> None:
    """To new data keys and back, the day's run, what is kept no longer, and a look by the doctor."""
    newer = folder / "newer.keys"
    newer.write_text(f"{new_key_line('newer')}\n{FILE.read_text()}")
    older = folder / "older.keys"
    lines = newer.read_text().splitlines()
    older.write_text("\n".join([*lines[1:], lines[0]]) + "\n")
    for keys in (newer, older):
        keys.chmod(0o600)
        said = CliRunner().invoke(cli, ["keys", "rotate"], env=environment(database, config, keys))
        assert said.exit_code == 0, said.output
        assert not said.output.startswith("0 ")
    for words in (["day"], ["retention", "run"], ["readonly", "on", "--reason", "try"], ["readonly", "off"]):
        said = CliRunner().invoke(cli, words, env=environment(database, config, FILE))
        assert said.exit_code == 0, said.output
    said = CliRunner().invoke(cli, ["doctor", "--json"], env=environment(database, config, FILE))
    told = json.loads(said.stdout)
    assert not {"account", "row_security"} & {each["check"] for each in told["findings"]}
    assert "account" not in told["left_out"]


def end_everything(session: Session, loan_id: int) -> None:
    """All is paid, and nothing waits."""
    session.execute(update(Proposal).values(status=ProposalStatus.COMPLETED.value))
    session.execute(update(OutboxItem).values(state="done"))
    session.execute(
        update(Loan)
        .where(Loan.borrower_id == select(Loan.borrower_id).where(Loan.id == loan_id).scalar_subquery())
        .values(status=LoanStatus.CLOSED.value, as_of=TODAY, closed_since=TODAY)
    )
    session.execute(update(Payment).where(Payment.loan_id == loan_id).values(paid_on=TODAY))
