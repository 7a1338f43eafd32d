"""The house's own rules: imports, names, and what may never be written down."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "helper", "misc"}
MARKUP = {".html", ".txt"}


def ours(*folders: str, suffixes: set[str]) -> list[Path]:
    found = (path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in suffixes)
    return sorted(path for path in found if "__pycache__" not in path.parts)


def without_jinja(template: Path) -> str:
    return re.sub(
        r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL
    )


def test_imports_point_downwards_only() -> None:
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]


def test_no_module_is_named_for_having_no_subject() -> None:
    named = [
        path
        for path in ours("portal", "tests", suffixes={".py"})
        if FORBIDDEN_NAMES & {*path.parts, path.stem}
    ]
    assert named == []


def test_only_the_clock_reads_the_time() -> None:
    reads = re.compile(r"\b(datetime\.(now|utcnow|today)|date\.today|time\.time)\(")
    faults = [
        path.relative_to(ROOT).as_posix()
        for path in ours("portal", suffixes={".py"})
        if path != ROOT / "portal/clock.py" and reads.search(path.read_text(encoding="utf-8"))
    ]
    assert faults == []


def test_only_the_database_module_commits() -> None:
    faults = [
        path.relative_to(ROOT).as_posix()
        for folder in ("services", "queries", "models", "domain", "web")
        for path in ours(f"portal/{folder}", suffixes={".py"})
        if re.search(r"\bsession\.(commit|rollback)\(", path.read_text(encoding="utf-8"))
    ]
    assert faults == []


def test_pages_carry_no_inline_script_style_or_handler() -> None:
    script = r"<script(?![^>]*\bsrc=)(?![^>]*application/(ld\+)?json)"
    inline = re.compile(script + r"|<[^>]*\s(style|on[a-z]+)=|javascript:", re.IGNORECASE)
    faults = [
        path.relative_to(ROOT).as_posix()
        for path in ours("portal/templates", suffixes=MARKUP)
        if "documents" not in path.parts and inline.search(without_jinja(path))
    ]
    assert faults == []


def test_no_template_marks_text_as_safe_markup() -> None:
    faults = [
        path.relative_to(ROOT).as_posix()
        for path in ours("portal/templates", suffixes=MARKUP)
        if re.search(r"\|\s*safe\b", path.read_text(encoding="utf-8"))
    ]
    assert faults == []


@pytest.mark.parametrize(
    "name", ["requirements", "requirements-dev", "requirements-npm", "requirements-postgresql"]
)
def test_every_locked_package_has_a_hash_and_no_address(name: str) -> None:
    lock = (ROOT / f"{name}.txt").read_text(encoding="utf-8")
    assert "://" not in lock
    packages = re.split(r"\n(?=\S)", lock.split("\n", 1)[1] if lock.startswith("#") else lock)
    assert [package for package in packages if "==" in package and "--hash=sha256:" not in package] == []


def test_the_locks_hold_what_is_asked_for() -> None:
    for asked in ROOT.glob("requirements*.in"):
        lock = asked.with_suffix(".txt").read_text(encoding="utf-8").lower()
        for line in asked.read_text(encoding="utf-8").splitlines():
            name = re.match(r"[A-Za-z0-9_.-]+", line)
            if name and not line.startswith("-"):
                assert f"\n{name[0].lower().replace('_', '-')}==" in f"\n{lock}", (
                    f"{line} is missing: run bin/lock"
                )


def test_only_the_masking_module_masks() -> None:
    """No number is shortened and nothing is starred anywhere else."""
    masks = re.compile(r"\[-4:\]|\*\*\*\*|[\"']\*[\"'] \*|\*\*\* ")
    faults = [
        path.relative_to(ROOT).as_posix()
        for path in ours("portal", suffixes={".py", ".html", ".js"})
        if path != ROOT / "portal/domain/masking.py" and masks.search(path.read_text(encoding="utf-8"))
    ]
    assert faults == []


def test_a_page_shows_a_whole_number_only_where_that_is_declared() -> None:
    """Views hand masked ones over as ``mobile``; what goes through an entity is masked on the page."""
    whole = re.compile(r"\{\{[^}]*\b(?:borrower|account|case|person)\.mobile\b[^}]*\}\}")
    shown = {
        path.relative_to(ROOT / "portal/templates").as_posix()
        for path in ours("portal/templates", suffixes=MARKUP)
        for found in whole.findall(path.read_text(encoding="utf-8"))
        if "mask_mobile(" not in found
    }
    assert shown == {
        # The demo's people are invented; what is signed has the number masked already.
        "demo/people.html",
        "documents/parts/parties.html",
    }
