"""Makes mutants with mutmut's own mutators: run by bin/mutation in a room of its own, where mutmut is and this project's parts are not.

``python tests/mutation/mutants.py SEED COUNT FILE ...`` (0: all) prints JSON lines: first how many there are, then each that was drawn.
mutmut leaves out annotations, docstrings, what stands outside of functions, decorators, and calls of ``len`` and ``isinstance``.
Left out on top: asserts (they speak to the type checker), casts, log lines, sentences that are raised, defaults of parameters
(they live in functions, not in code that is swapped) and row locks (SQLite has none). Unlike mutmut, what is decorated is not left
out: here that is every property.
"""

import json
import sys
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from random import Random

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import MutationVisitor, OuterFunctionProvider
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

NOT_FOR_TESTS = {"cast", "with_for_update", "warning", "info", "error", "debug"}
"""Called by these names: type-only code, row locks, log lines."""

Found = tuple[Path, cst.Module, cst.CSTNode, cst.CSTNode, int]
"""File, module, node, what it becomes, line."""


class Mutations(MutationVisitor):
    METADATA_DEPENDENCIES = (PositionProvider, OuterFunctionProvider)

    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FunctionDef):
            return False
        return _is_left_out(node) or super()._skip_node_and_children(node)


def _is_left_out(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.Call):
        name = node.func.attr if isinstance(node.func, cst.Attribute) else node.func
        return isinstance(name, cst.Name) and name.value in NOT_FOR_TESTS
    if isinstance(node, cst.Param):
        return True
    if isinstance(node, cst.Arg):
        return bool(node.keyword and node.keyword.value in NOT_FOR_TESTS)
    return isinstance(node, cst.Assert) or _is_sentence_raised(node)


def _is_sentence_raised(node: cst.CSTNode) -> bool:
    words = [] if not isinstance(node, cst.Raise) or not isinstance(node.exc, cst.Call) else node.exc.args
    return any(
        isinstance(word.value, cst.FormattedString)
        or (isinstance(word.value, cst.SimpleString) and " " in word.value.value)
        for word in words
    )


def found_in(file: Path) -> Iterator[Found]:
    wrapper = MetadataWrapper(cst.parse_module(file.read_text()))
    visitor = Mutations(mutation_operators, IgnoredCode(set(), set(), set()))
    module = wrapper.visit(visitor)
    positions = wrapper.resolve(PositionProvider)
    for mutation in visitor.mutations:
        if (
            isinstance(mutation.contained_by_top_level_function, cst.FunctionDef)
            and mutation.original_node in positions
        ):
            line = positions[mutation.original_node].start.line
            yield file, module, mutation.original_node, mutation.mutated_node, line


def written(found: Found) -> dict[str, str | int]:
    file, module, node, becomes, line = found
    changed = module.deep_replace(node, becomes)
    assert isinstance(changed, cst.Module)
    lines = unified_diff(module.code.splitlines(), changed.code.splitlines(), n=0, lineterm="")
    return {
        "file": str(file),
        "line": line,
        "source": changed.code,
        "diff": "\n".join(each for each in lines if not each.startswith(("---", "+++", "@@"))),
    }


def main() -> None:
    seed, count, *files = sys.argv[1:]
    found = [each for file in files for each in found_in(Path(file))]
    drawn = Random(int(seed)).sample(found, min(int(count), len(found))) if int(count) else found
    print(json.dumps({"all": len(found)}))
    for each in drawn:
        print(json.dumps(written(each)))


if __name__ == "__main__":
    main()
