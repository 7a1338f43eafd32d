"""Which tests a mutant is tried on, in which order, and when what they run is looked for again."""

import json
from pathlib import Path

import pytest

from tests.mutation.__main__ import files_of, main
from tests.mutation.reaching import Reached, digest, is_fresh
from tests.mutation.trying import Outcome, in_turn, within

FILE = "portal/domain/pledges.py"
KNOWN = {
    "tests/a/test_days.py::slow": Reached(3, {FILE: [4, 7]}),
    "tests/a/test_days.py::quick": Reached(1, {FILE: [7]}),
    "tests/a/test_days.py::elsewhere": Reached(0.1, {FILE: [8], "portal/domain/days.py": [7]}),
    "tests/a/test_sums.py::middling": Reached(2, {FILE: [7]}),
    "tests/a/test_pledges.py::own": Reached(5, {FILE: [7]}),
}


def test_a_modules_own_tests_come_first_then_one_of_each_file_in_turn() -> None:
    assert in_turn(FILE, 7, KNOWN) == [
        "tests/a/test_pledges.py::own",
        "tests/a/test_days.py::quick",
        "tests/a/test_sums.py::middling",
        "tests/a/test_days.py::slow",
    ]
    assert in_turn(FILE, 5, KNOWN) == []


@pytest.mark.parametrize(
    ("seconds", "chosen"),
    [(0.5, ["own"]), (6, ["own", "quick"]), (7.9, ["own", "quick"]), (8, ["own", "quick", "middling"])],
)
def test_those_that_fit_into_the_time_are_chosen_and_the_first_in_any_case(
    seconds: float, chosen: list[str]
) -> None:
    tests = in_turn(FILE, 7, KNOWN)
    assert [test.split("::")[1] for test in within(tests, KNOWN, seconds)] == chosen


@pytest.mark.parametrize(
    ("nearer", "further", "kind"),
    [
        ("survived", "killed", "killed"),
        ("survived", "unreached", "survived"),
        ("unreached", "survived", "survived"),
        ("unreached", "unreached", "unreached"),
        ("survived", "timeout", "timeout"),
    ],
)
def test_tests_further_off_add_to_what_the_nearer_said(nearer: str, further: str, kind: str) -> None:
    outcome = Outcome(further, "", 2, 5).after(Outcome(nearer, "", 1, 3))
    assert (outcome.kind, outcome.tried, outcome.of) == (kind, 3, 8)


def test_what_a_test_runs_is_looked_for_again_once_one_of_its_files_is_another(tmp_path: Path) -> None:
    kept, first, second = tmp_path / "kept.json", tmp_path / "test_it.py", tmp_path / "rules.py"
    assert not is_fresh(kept)
    for file in (first, second):
        file.write_text("pass\n")
    kept.write_text(json.dumps({"files": {str(file): digest(file) for file in (first, second)}, "tests": {}}))
    assert is_fresh(kept)

    second.write_text("pass \n")
    assert not is_fresh(kept)
    second.unlink()
    assert not is_fresh(kept)


def test_a_file_is_taken_of_its_package_alone_however_it_is_written() -> None:
    for written in (
        "portal/domain/money.py",
        "./portal/domain/../domain/money.py",
        str(Path("portal/domain/money.py").resolve()),
    ):
        assert files_of("domain", [written]) == ["portal/domain/money.py"]
        assert files_of("services", [written]) == []
    assert "portal/services/record.py" in files_of("services", [])
    assert "portal/domain/money.py" not in files_of("services", [])


def test_where_no_tests_are_named_those_of_the_package_are_taken() -> None:
    assert main.make_context("mutation", []).params["tests"] == ()
    assert main.make_context("mutation", ["--tests", "tests/unit"]).params["tests"] == ("tests/unit",)
