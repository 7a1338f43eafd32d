"""Templates' ``url_for`` gives what Flask's own gives, whatever was asked before."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, url_for

from portal.web.addresses import Addresses
from portal.web.static_files import init_static_files
from tests.databases import Database

IDS = [f"{number:032x}" for number in (0, 1, 2**127 + 12345, 2**128 - 1, 2**128 - 2)]


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


def test_every_page_by_ids(app: Flask) -> None:
    addresses = Addresses(app)
    with app.test_request_context("/"):
        for first, second in zip(IDS, reversed(IDS), strict=True):
            for rule in app.url_map.iter_rules():
                if rule.endpoint == "static" or re.search(r"<(int|any)\b", rule.rule):
                    continue
                names = sorted(rule.arguments)
                values: dict[str, Any] = dict(zip(names, (first, second, first), strict=False))
                ours = addresses(rule.endpoint, **values)
                assert ours == url_for(rule.endpoint, **values), rule
                more = {**values, "also": second}
                assert addresses(rule.endpoint, **more) == url_for(rule.endpoint, **more), rule


@pytest.mark.parametrize(
    "values",
    [
        {"loan_id": "../x"},
        {"loan_id": "李 娜"},
        {"loan_id": IDS[0] + "\n"},
        {"loan_id": IDS[1], "_anchor": IDS[2]},
        {"loan_id": IDS[1], "_external": True},
        {"loan_id": IDS[1], "also": None},
        {"loan_id": IDS[1], "page": "/a?b=c"},
        {"loan_id": IDS[1], "numbers": [1, 2]},
    ],
    ids=repr,
)
def test_what_is_no_id_goes_to_flask(app: Flask, values: dict[str, Any]) -> None:
    with app.test_request_context("/"):
        addresses = Addresses(app)
        addresses("borrower.loan", loan_id=IDS[0])
        assert addresses("borrower.loan", **values) == url_for("borrower.loan", **values)


def test_a_files_address_is_flasks_own_and_changes_with_the_file(tmp_path: Path) -> None:
    app = Flask("files", static_folder=tmp_path, static_url_path="/static")
    init_static_files(app)
    file, addresses = tmp_path / "one.css", Addresses(app)
    seen: list[str] = []
    with app.test_request_context("/"):
        for text in ("a {}", "b { }", "a {}"):
            file.write_text(text)
            os.utime(file, ns=(len(seen), len(seen)))
            seen += [addresses("static", filename="one.css")] * 2
            assert seen[-1] == url_for("static", filename="one.css")
        for name in ("none.css", "a b&c.css", "李.css", "../x", "."):
            assert addresses("static", filename=name) == url_for("static", filename=name)
        assert addresses("static", filename="one.css", v="1") == url_for("static", filename="one.css", v="1")
    assert seen[0] == seen[1] == seen[4] != seen[2] == seen[3]


def test_files_keep_their_versions_and_a_mounted_portal_its_prefix(app: Flask) -> None:
    addresses = Addresses(app)
    with app.test_request_context("/"):
        assert "v=" in addresses("static", filename="css/portal.css")
        assert addresses("borrower.loan", loan_id=IDS[1]) == f"/loans/{IDS[1]}"
        assert addresses("borrower.home") == "/"
    with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": "/plans"}):
        assert addresses("borrower.loan", loan_id=IDS[1]) == f"/plans/loans/{IDS[1]}"
        assert addresses("borrower.home") == "/plans/"
        assert addresses("static", filename="css/portal.css").startswith("/plans/static/css/portal.css?v=")
