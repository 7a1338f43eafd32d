"""``bin/audit``: what is asked, from where, and that what could not be asked is a failure. The services themselves are not asked here."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.advisories import locked_in, named

ROOT = Path(__file__).resolve().parent.parent
_SAYS = """#!/bin/sh
printf '%s ' "$(basename "$0")" "$@" >> "$ROOT/said"
printf '\\n' >> "$ROOT/said"
case "$*" in *"$REFUSED"*) exit 1 ;; esac
"""
_ADVISORY = """
id: PYSEC-2026-1
affected:
- package: {ecosystem: PyPI, name: Some.Part}
  ranges:
  - {type: ECOSYSTEM, events: [{introduced: '1.2'}, {fixed: '1.5'}, {introduced: '2.0'}, {last_affected: '2.1'}]}
  versions: ['0.9']
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The script in a folder of its own, whose programs only say what they were asked."""
    for folder in ("bin", ".venv/bin", "rules/python", "rules/bash", "rules/java", "advisories/vulns"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("audit", "env"):
        shutil.copy(ROOT / "bin" / name, tmp_path / "bin" / name)
    for name in ("uv", "python"):
        (tmp_path / ".venv/bin" / name).write_text(_SAYS)
        (tmp_path / ".venv/bin" / name).chmod(0o755)
    return tmp_path


def audit(checkout: Path, *words: str, refused: str = "nobody asks this") -> tuple[int, list[str], str]:
    done = subprocess.run(
        [checkout / "bin/audit", *words],
        cwd=checkout, env={"PATH": "/usr/bin:/bin", "ROOT": str(checkout), "REFUSED": refused},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    said = checkout / "said"
    return done.returncode, said.read_text().splitlines() if said.exists() else [], done.stderr


def test_every_lock_and_the_code_are_asked_about(checkout: Path) -> None:
    code, said, told = audit(checkout, "--ignore-vuln", "PYSEC-1")
    locks = sorted(path.name for path in ROOT.glob("requirements*.txt"))
    assert (code, told) == (0, "audit: nothing was named\n")
    assert sorted(line.split(" -r ")[1].split()[0] for line in said[:-1]) == locks
    assert all(line.endswith("--ignore-vuln PYSEC-1 ") for line in said[:-1])
    assert " tool run semgrep==" in said[-1]
    assert "--config p/default portal migrations wsgi.py bin deploy" in said[-1]


@pytest.mark.parametrize("refused", ["semgrep", "requirements-npm.txt", "requirements.txt"])
def test_one_that_names_a_weakness_or_does_not_answer_fails_by_name_and_the_rest_is_asked(
    checkout: Path, refused: str
) -> None:
    code, said, told = audit(checkout, refused=refused)
    assert (code, len(said)) == (1, 5)
    assert told == f"audit: a weakness was named, or nobody answered (see above): {refused}\n"


def test_folders_serve_where_the_services_cannot_be_reached(checkout: Path) -> None:
    code, said, _ = audit(checkout, "--rules", "rules", "--advisories", str(checkout / "advisories"))
    assert code == 0
    assert [line.split()[:4] for line in said[:-1]] == [
        ["python", "-m", "tests.advisories", str(checkout / "advisories")]
    ] * 4
    assert f"--config {checkout}/rules/python --config {checkout}/rules/bash portal" in said[-1]
    assert "p/default" not in said[-1]


@pytest.mark.parametrize(
    "words", [("--rules", "advisories"), ("--rules",), ("--advisories", "rules"), ("--rules", "")]
)
def test_a_folder_that_holds_no_rules_or_advisories_is_no_answer(
    checkout: Path, words: tuple[str, ...]
) -> None:
    code, said, told = audit(checkout, *words)
    assert (code, said) == (2, [])
    assert told.startswith("audit: --")


@pytest.mark.parametrize(
    ("version", "is_named"),
    [("0.9", True), ("1.1", False), ("1.2", True), ("1.5", False), ("2.1", True), ("2.2", False)],
)
def test_an_advisory_is_about_the_versions_that_it_names(
    tmp_path: Path, version: str, *, is_named: bool
) -> None:
    (tmp_path / "vulns/some-part").mkdir(parents=True)
    (tmp_path / "vulns/some-part/PYSEC-2026-1.yaml").write_text(_ADVISORY)
    locked = locked_in(f"some_part[extra]=={version} \\\n    --hash=sha256:0\n    # via other==1.2\n")
    assert list(named(tmp_path, locked)) == [("some-part", "PYSEC-2026-1", is_named)]
