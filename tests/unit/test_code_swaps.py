import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from tests.mutation.__main__ import wilson
from tests.mutation.code_swaps import PROBE, loaded_from, probed, statement_of, swap

SOURCE = '''
from functools import lru_cache

def doubled(number):
    """Twice."""
    if number < 0:
        return 0
    return (
        number * 2
    )

class Box:
    def __init__(self, number):
        self.number = number

    @property
    def inside(self):
        return self.number

@lru_cache
def kept(number):
    return number + 1
'''


@pytest.fixture
def module(tmp_path: Path) -> ModuleType:
    file = tmp_path / "swapped_here.py"
    file.write_text(SOURCE)
    spec = importlib.util.spec_from_file_location("swapped_here", file)
    assert spec
    assert spec.loader
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def changed(module: ModuleType, old: str, new: str) -> int:
    file = str(module.__file__)
    assert old in SOURCE
    after = compile(SOURCE.replace(old, new), file, "exec")
    return swap(loaded_from(file)[file], compile(SOURCE, file, "exec"), after)


def test_who_took_a_function_before_runs_the_mutant(module: ModuleType) -> None:
    taken, box = module.doubled, module.Box(3)

    assert changed(module, "number * 2", "number / 2")
    assert taken(4) == 2
    assert changed(module, "return self.number", "return None")
    assert box.inside is None
    assert changed(module, "number + 1", "number - 1")
    assert module.kept(4) == 3


def test_what_is_not_changed_is_not_counted(module: ModuleType) -> None:
    assert changed(module, "Twice.", "Twice.") == 0


def test_probes_tell_the_statements_that_run_and_change_no_answer(module: ModuleType) -> None:
    file = str(module.__file__)
    seen: set[str] = set()
    swap(loaded_from(file)[file], compile(SOURCE, file, "exec"), probed(SOURCE, file), {PROBE: seen.add})

    assert module.doubled(4) == 8
    assert seen == {f"{file}:6", f"{file}:8"}


def test_a_line_belongs_to_the_statement_it_stands_in() -> None:
    assert [statement_of(SOURCE, line) for line in (4, 6, 7, 9)] == [6, 6, 7, 8]


def test_the_interval_of_a_share_is_wilsons() -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263 is 0.2553 to 0.3662."""
    assert wilson(81, 263) == (0.2553, 0.3662)
