"""``portal sessions end``: whose it was told, and nobody else's."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.db import transaction
from portal.models import WebSession
from tests.databases import Database
from tests.integration.commands.conftest import Portal
from tests.people import NOW, add_cast


@pytest.fixture
def signed_in(database: Database) -> None:
    with transaction(database.engine) as session:
        cast = add_cast(session)
        for number, (audience, person_id) in enumerate(
            [("borrower", cast.li_na.id), ("borrower", cast.wang_qiang.id), ("staff", cast.zhou_min.id)]
        ):
            session.add(
                WebSession(
                    token_hash=str(number) * 64,
                    audience=audience,
                    person_id=person_id,
                    data={},
                    created_at=NOW,
                    seen_at=NOW,
                    expires_at=NOW + timedelta(hours=1),
                )
            )


def live(database: Database) -> int:
    with transaction(database.engine, writes=False) as session:
        return session.scalar(select(func.count()).select_from(WebSession)) or 0


def test_whose_is_told(portal: Portal, database: Database, signed_in: None) -> None:
    assert portal("sessions", "end", "--staff", "zhou.min").output == "1 session ended.\n"
    assert live(database) == 2
    assert portal("sessions", "end", "--staff", "zhou.min").output == "Nobody was signed in there.\n"
    assert portal("sessions", "end", "--all").output == "2 sessions ended.\n"
    assert live(database) == 0


@pytest.mark.parametrize(
    ("told", "status", "said"),
    [
        ((), 2, "--borrower REF"),
        (("--all", "--staff", "zhou.min"), 2, "--borrower REF"),
        (("--borrower", "nobody"), 1, "no borrower"),
        (("--staff", "nobody"), 1, "no staff account"),
    ],
)
def test_without_one_whose_nobody_is_signed_out(
    portal: Portal, database: Database, signed_in: None, told: tuple[str, ...], status: int, said: str
) -> None:
    done = portal("sessions", "end", *told)
    assert done.exit_code == status
    assert said in done.output
    assert live(database) == 3
