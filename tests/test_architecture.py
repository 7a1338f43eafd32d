"""The house's own rules: imports, names, and what may never be written down."""

import ast
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


def stale_locks(source: str) -> list[int]:
    """Lines that lock a row and go on with what was read of it before: what is loaded already is not read anew by itself."""
    tree = ast.parse(source)
    around = {inner: outer for outer in ast.walk(tree) for inner in ast.iter_child_nodes(outer)}
    return [
        call.lineno
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and _locks_rows(call)
        and "populate_existing" not in _whole(call, around)
    ]


def _locks_rows(call: ast.Call) -> bool:
    """``session.get`` with a lock, or ``.with_for_update()`` on a choice of whole rows; single columns are always read anew."""
    if not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr in {"get", "get_one"}:
        return any(keyword.arg == "with_for_update" for keyword in call.keywords)
    if call.func.attr != "with_for_update":
        return False
    chosen: ast.expr = call
    while isinstance(chosen, ast.Attribute) or (
        isinstance(chosen, ast.Call) and isinstance(chosen.func, ast.Attribute)
    ):
        chosen = chosen.value if isinstance(chosen, ast.Attribute) else chosen.func
    is_choice = isinstance(chosen, ast.Call) and ast.unparse(chosen.func) == "select"
    return is_choice and any(isinstance(each, ast.Name) for each in chosen.args)  # type: ignore[attr-defined]


def _whole(call: ast.AST, around: dict[ast.AST, ast.AST]) -> str:
    """The call with all that is called on what it gives."""
    while isinstance(around[call], ast.Attribute) or getattr(around[call], "func", None) is call:
        call = around[call]
    return ast.unparse(call)


def test_what_is_locked_is_read_anew() -> None:
    faults = {
        path.relative_to(ROOT).as_posix(): lines
        for path in ours("portal", suffixes={".py"})
        if "with_for_update" in (source := path.read_text(encoding="utf-8"))
        and (lines := stale_locks(source))
    }
    assert faults == {}


@pytest.mark.parametrize(
    ("source", "is_stale"),
    [
        ("session.get_one(Thread, 1, with_for_update=True)", True),
        ("session.get(Thread, 1, with_for_update=True, populate_existing=True)", False),
        ("session.scalar(select(Thread).where(x).with_for_update(skip_locked=True))", True),
        ("session.scalar(select(Thread).with_for_update().execution_options(populate_existing=True))", False),
        ("session.scalar(select(Thread.id).where(x).with_for_update())", False),
    ],
)
def test_a_lock_on_what_may_be_known_already_is_found(source: str, is_stale: bool) -> None:
    assert bool(stale_locks(source)) is is_stale


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
