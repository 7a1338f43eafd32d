"""Staff read complaints of visitors at the shell, and close those that were answered."""

import pytest
from click.testing import CliRunner

from portal.commands import cli
from portal.db import transaction
from portal.domain.permissions import Actor, ActorKind
from portal.services.visitor_complaints import VisitorForm, complain_as_visitor
from tests.databases import Database
from tests.people import NOW, TODAY, add_cast
from tests.stories import ZONE


def test_an_open_complaint_is_listed_until_it_is_closed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_DATABASE_URL", database.url)
    monkeypatch.setenv("PORTAL_SECRET_KEY", "k" * 40)
    with transaction(database.engine) as session:
        add_cast(session)
        form = VisitorForm(form_key="", topic="service", body="请改进。", reply_to="a@b.cn", page="/sign-in")
        actor = Actor(ActorKind.PUBLIC)
        reference = complain_as_visitor(session, actor, form=form, today=TODAY, zone=ZONE, now=NOW).reference
    listed = CliRunner().invoke(cli, ["complaints", "list"]).output
    assert f"{reference}  2026-11-17 18:00  service  /sign-in  a@b.cn" in listed
    assert "请改进。" in listed
    assert CliRunner().invoke(cli, ["complaints", "close", reference]).exit_code == 0
    assert CliRunner().invoke(cli, ["complaints", "close", reference]).exit_code == 1
    assert CliRunner().invoke(cli, ["complaints", "list"]).output == ""
