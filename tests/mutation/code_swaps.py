"""Other code in functions that are already loaded: what imported them by name, decorated or stored them runs it too."""

import ast
import gc
from collections.abc import Iterator, Mapping, Sequence
from types import CodeType, FunctionType
from typing import Final

PROBE: Final = "__reached__"


def probed(source: str, file: str) -> CodeType:
    """The module with a call of ``__reached__`` before each statement of each function; it is given file and line."""
    return compile(ast.fix_missing_locations(_Probes(file).visit(ast.parse(source))), file, "exec")


def statement_of(source: str, line: int) -> int:
    """The line on which the statement begins that a line of a function belongs to."""
    found = [
        node
        for function in ast.walk(ast.parse(source))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    innermost = max(found, key=lambda node: node.lineno)
    return (
        _after_docstring(innermost.body)[0].lineno
        if isinstance(innermost, ast.FunctionDef)
        else innermost.lineno
    )


def swap(
    functions: Sequence[FunctionType],
    before: CodeType,
    after: CodeType,
    known: Mapping[str, object] | None = None,
) -> int:
    """Give functions of one file what became of them from ``before`` to ``after``, two modules compiled from it.

    How many were changed. ``known`` are names they get on top. Of two of one name, the first stays the first, for a change may move
    lines; what stands twice on one line is left alone.
    """
    places = _places(before)
    later: dict[str, list[CodeType]] = {}
    for inner in _inner(after):
        later.setdefault(inner.co_qualname, []).append(inner)
    changed = 0
    for function in functions:
        code = function.__code__
        same = places.get(code.co_qualname, [])
        if same.count(code.co_firstlineno) != 1 or len(same) != len(later.get(code.co_qualname, [])):
            continue
        new = later[code.co_qualname][same.index(code.co_firstlineno)]
        if len(new.co_freevars) == len(code.co_freevars):
            changed += new != code
            function.__globals__.update(known or {})
            function.__code__ = new
    return changed


def _places(code: CodeType) -> Mapping[str, list[int]]:
    places: dict[str, list[int]] = {}
    for inner in _inner(code):
        places.setdefault(inner.co_qualname, []).append(inner.co_firstlineno)
    return places


def loaded_from(folder: str) -> Mapping[str, Sequence[FunctionType]]:
    """Functions that are loaded, by file."""
    found: dict[str, list[FunctionType]] = {}
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__.co_filename.startswith(folder):
            found.setdefault(each.__code__.co_filename, []).append(each)
    return found


def _inner(code: CodeType) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _inner(each)


def _after_docstring(body: Sequence[ast.stmt]) -> Sequence[ast.stmt]:
    first = body[0]
    is_told = (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )
    return body[1:] if is_told and len(body) > 1 else body


class _Probes(ast.NodeTransformer):
    def __init__(self, file: str) -> None:
        self.file = file
        self.depth = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if self.depth:
            for name in ("body", "orelse", "finalbody"):
                body = getattr(node, name, None)
                if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
                    setattr(node, name, [each for inner in body for each in self._with_probe(inner)])
        return node

    def _with_probe(self, node: ast.stmt) -> Sequence[ast.stmt]:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return [node]
        place = ast.Constant(f"{self.file}:{node.lineno}")
        probe = ast.Expr(ast.Call(ast.Name(PROBE, ast.Load()), [place], []))
        return [ast.copy_location(probe, node), node]
