"""Macros in templates: a call becomes what the macro says, when the calling template is loaded, and not at each showing.

``{{ link_row(_("Pay"), address) }}`` becomes the row's own markup with one address in it: no call, nothing escaped that is known ahead, no
question asked whose answer is known. A macro's own names are changed, so that they meet nobody else's. A call that does not fit, or a macro
that does more than say something, stays a call.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from jinja2 import nodes
from jinja2.environment import Environment
from jinja2.visitor import NodeTransformer

from portal.template_copies import Copy, LaterName, Literal, is_asking, joined, stored_names

_MOST_NODES: Final = 4000
_STATEMENTS: Final = (
    nodes.Output, nodes.If, nodes.For, nodes.Assign, nodes.AssignBlock, nodes.With, nodes.CallBlock, nodes.Scope,
)  # fmt: skip
_ITS_OWN: Final = frozenset({"varargs", "kwargs", "self", "super", "namespace"})
"""Names that mean another thing where the macro's text stands elsewhere."""


@dataclass(frozen=True, slots=True)
class MacroFile:
    """A template's macros, and what it imports by a name: template and name there."""

    macros: Mapping[str, nodes.Macro] = field(default_factory=dict)
    imports: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def macro_file_of(parsed: nodes.Template) -> MacroFile:
    imports = {
        alias: (statement.template.value, name)
        for statement in parsed.body
        if isinstance(statement, nodes.FromImport) and isinstance(statement.template, nodes.Const)
        if not statement.with_context
        for name, alias in map(_name_and_alias, statement.names)
    }
    macros = {each.name: each for each in parsed.body if isinstance(each, nodes.Macro)}
    return MacroFile(macros, imports)


@dataclass(frozen=True, slots=True)
class Fitting:
    """A macro that a call fits, its parameters' values, and its file: ``template`` is empty where that is the caller's own."""

    macro: nodes.Macro
    values: Mapping[str, nodes.Expr]
    file: MacroFile
    template: str

    @property
    def is_own(self) -> bool:
        return not self.template


class ExpandMacros(NodeTransformer):
    """Expands the calls of one parsed template. ``find`` gives another template's macros, expanded already."""

    def __init__(
        self, environment: Environment, parsed: nodes.Template, find: Callable[[str], MacroFile]
    ) -> None:
        self._environment = environment
        self._find = find
        self._file = macro_file_of(parsed)
        self._numbers = count()
        self._taken = set(stored_names(parsed))
        self._expanding: list[str] = []
        self._aliases: dict[tuple[str, str], str] = {}
        self._parsed = parsed

    def expanded(self) -> nodes.Template:
        """The template, changed in place; what it imports and no longer calls is not fetched any more."""
        parsed: nodes.Template = self.visit(self._parsed)
        if next(parsed.find_all(nodes.Include), None) is None:  # what is included may use our names
            _drop_unused(parsed)
        at = next((n + 1 for n, each in enumerate(parsed.body) if isinstance(each, nodes.Extends)), 0)
        parsed.body[at:at] = [
            nodes.FromImport(nodes.Const(template), [(name, alias)], False)
            for (template, name), alias in self._aliases.items()
        ]
        return parsed

    def generic_visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> nodes.Node:
        super().generic_visit(node, *args, **kwargs)
        for name, value in node.iter_fields():
            if isinstance(value, list) and any(isinstance(each, nodes.Output) for each in value):
                setattr(node, name, list(joined(value)))
        return node

    def visit_Output(self, node: nodes.Output) -> Sequence[nodes.Node]:  # noqa: N802 - the visitor's name
        """Its parts one after the other, those that are calls expanded."""
        parts: list[nodes.Node] = []
        for child in node.nodes:
            said = self._expansion(child, None) if isinstance(child, nodes.Call) else None
            parts += (
                said if said is not None else [nodes.Output([self.generic_visit(child)], lineno=node.lineno)]
            )
        return list(joined(parts))

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.Node | Sequence[nodes.Node]:  # noqa: N802
        self.generic_visit(node)
        if node.args:
            return node
        said = self._expansion(node.call, node.body)
        return node if said is None else said

    def _expansion(self, call: nodes.Call, inner: list[nodes.Node] | None) -> list[nodes.Node] | None:
        """What the call says; None where it stays. ``inner``: what stands between ``call`` and ``endcall``."""
        fitting = self._fitting(call)
        if fitting is None or not self._may_be_expanded(fitting, has_inner=inner is not None):
            return None
        captured, values = self._captured(fitting.values)
        number = next(self._numbers)
        copy = Copy(
            self._environment,
            number,
            own=set(stored_names(fitting.macro)),
            elsewhere={} if fitting.is_own else self._elsewhere(fitting),
            inner=inner,
        )
        said = copy.bound(values, fitting.macro.body)
        if fitting.is_own:
            self._expanding.append(fitting.macro.name)
            said = [part for each in said for part in _as_list(self.visit(each))]
            self._expanding.pop()
        said = list(joined(said))
        return [nodes.With([], [], [*captured, *said])] if captured else said

    def _fitting(self, call: nodes.Call) -> Fitting | None:
        if not isinstance(call.node, nodes.Name) or call.dyn_args or call.dyn_kwargs:
            return None
        name = call.node.name
        if name in self._file.macros and name not in self._expanding:
            file, macro, template = self._file, self._file.macros[name], ""
        elif name in self._file.imports and name not in self._taken:
            template, there = self._file.imports[name]
            file = self._find(template)
            if there not in file.macros:
                return None
            macro = file.macros[there]
        else:
            return None
        values = _given(macro, call)
        return None if values is None else Fitting(macro, values, file, template)

    def _captured(
        self, values: Mapping[str, nodes.Expr]
    ) -> tuple[list[nodes.Node], Mapping[str, nodes.Expr]]:
        """Values that are calls of macros themselves are said first and kept under a name."""
        captured: list[nodes.Node] = []
        found: dict[str, nodes.Expr] = {}
        for name, value in values.items():
            said = self._expansion(value, None) if isinstance(value, nodes.Call) else None
            if said is None:
                found[name] = self.visit(value)
                continue
            kept = f"{name}__{next(self._numbers)}"
            captured.append(nodes.AssignBlock(nodes.Name(kept, "store"), None, said))
            found[name] = nodes.Name(kept, "load")
        return captured, found

    def _may_be_expanded(self, fitting: Fitting, *, has_inner: bool) -> bool:
        macro = fitting.macro
        own = set(stored_names(macro))
        known = own | {"loop", "caller"} | set(fitting.file.imports) | set(fitting.file.macros)
        free = {each.name for each in macro.find_all(nodes.Name)} - known
        if not free <= set(self._environment.globals) - _ITS_OWN - self._taken:
            return False
        if fitting.is_own and own & (set(fitting.file.imports) | set(fitting.file.macros)):
            return False
        statements = [each for each in macro.find_all(nodes.Stmt) if not isinstance(each, _STATEMENTS)]
        if statements or next(macro.find_all(nodes.NSRef), None) is not None:
            return False
        if sum(1 for _ in macro.find_all(nodes.Node)) > _MOST_NODES:
            return False
        return _asks_plainly(macro) if has_inner else not _asks(macro)

    def _elsewhere(self, fitting: Fitting) -> Mapping[str, LaterName]:
        """By what names this template gets what that file's macros call: taken in only where it is asked for."""
        beside = {name: (fitting.template, name) for name in fitting.file.macros}
        places = {**beside, **fitting.file.imports}
        return {name: LaterName(self._alias, place) for name, place in places.items()}

    def _alias(self, place: tuple[str, str]) -> str:
        if place not in self._aliases:
            self._aliases[place] = f"{place[1]}__from_{len(self._aliases)}"
        return self._aliases[place]


def _drop_unused(parsed: nodes.Template) -> None:
    used = {each.name for each in parsed.find_all(nodes.Name) if each.ctx == "load"}
    for statement in list(parsed.body):
        if isinstance(statement, nodes.FromImport):
            statement.names = [each for each in statement.names if _name_and_alias(each)[1] in used]
            if not statement.names:
                parsed.body.remove(statement)


def _name_and_alias(said: str | tuple[str, str]) -> tuple[str, str]:
    return said if isinstance(said, tuple) else (said, said)


def _as_list(visited: Any) -> Sequence[nodes.Node]:
    return visited if isinstance(visited, list) else [visited]


def _given(macro: nodes.Macro, call: nodes.Call) -> Mapping[str, nodes.Expr] | None:
    """Each parameter's value, in the macro's order; None where a call does not fit or a default is worked out."""
    names = [each.name for each in macro.args]
    given = dict(zip(names, call.args, strict=False))
    for each in call.kwargs:
        if each.key not in names or each.key in given:
            return None
        given[each.key] = each.value
    if len(call.args) > len(names):
        return None
    for name, default in zip(reversed(names), reversed(macro.defaults), strict=False):
        if not isinstance(default, Literal):
            return None
        given.setdefault(name, default)
    return {name: given[name] for name in names} if len(given) == len(names) else None


def _asks(macro: nodes.Macro) -> bool:
    return any(each.name == "caller" for each in macro.find_all(nodes.Name))


def _asks_plainly(macro: nodes.Macro) -> bool:
    """Once, and shows it as it is: not in a loop, nor within another call's text."""
    asked = sum(each.name == "caller" for each in macro.find_all(nodes.Name))
    shown = sum(is_asking(child) for each in macro.find_all(nodes.Output) for child in each.nodes)
    hidden = any(
        each.name == "caller"
        for around in macro.find_all((nodes.For, nodes.CallBlock))
        for each in around.find_all(nodes.Name)
    )
    return asked == shown == 1 and not hidden
