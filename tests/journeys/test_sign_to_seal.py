"""A late loan becomes a signed agreement: proposed, approved at once, downloaded, checked."""

from pathlib import Path

import pytest

from tests.journeys.conftest import NewPhone, Writing
from tests.journeys.phones import Phone
from tests.journeys.servers import Server
from tests.people import Cast, add_loan

pytestmark = pytest.mark.journey
on_both_databases = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


@on_both_databases
def test_a_plan_is_approved_at_once_and_its_sealed_document_is_genuine(
    real_server: Server, cast: Cast, writing: Writing, new_phone: NewPhone, tmp_path: Path
) -> None:
    with writing() as session:
        add_loan(session, cast.li_na)
    phone = new_phone(real_server)
    phone.sign_in(cast.li_na)
    phone.see("home")
    phone.propose()
    print(len(phone.screens), phone.typed, phone.screens)
    phone.see("proposal-in-force")
