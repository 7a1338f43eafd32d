"""A macro's statements written anew for the place of a call: its names are nobody else's there, and what is known ahead is put in."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from jinja2 import nodes
from jinja2.environment import Environment
from jinja2.nodes import EvalContext

Literal = nodes.Const | nodes.TemplateData
_ASKED: Final = (nodes.Name, nodes.Call)


@dataclass(frozen=True, slots=True)
class LaterName:
    """What a macro's file imports: ``take`` gives the name by which the calling template has it, and has it imported."""

    take: Callable[[tuple[str, str]], str]
    place: tuple[str, str]


class Copy:
    """One macro's statements written anew, with names that are nobody else's, and with what is known put in."""

    def __init__(
        self,
        environment: Environment,
        number: int,
        *,
        own: set[str],
        elsewhere: Mapping[str, LaterName],
        inner: list[nodes.Node] | None,
    ) -> None:
        self._environment = environment
        self._number = number
        self._own = own
        self._elsewhere = elsewhere
        self._inner = inner
        self._known: dict[str, nodes.Expr] = {}

    def bound(self, values: Mapping[str, nodes.Expr], body: Sequence[nodes.Node]) -> list[nodes.Node]:
        """The body with its parameters: literals and plain names are put in, anything else is worked out once before."""
        changed = {name for each in body for name in stored_names(each)}
        targets: list[nodes.Node] = []
        given: list[nodes.Expr] = []
        for name, value in values.items():
            if name not in changed and isinstance(value, Literal | nodes.Name):
                self._known[name] = value
            else:
                targets.append(nodes.Name(self._renamed(name), "param"))
                given.append(value)
        said = self._statements(body)
        return [nodes.With(targets, given, said)] if targets or changed else said

    def _statements(self, body: Sequence[nodes.Node]) -> list[nodes.Node]:
        return list(joined(part for each in body for part in self._statement(each)))

    def _statement(self, node: nodes.Node) -> Sequence[nodes.Node]:
        if isinstance(node, nodes.Output):
            return [part for child in node.nodes for part in self._shown(child, node.lineno)]
        if isinstance(node, nodes.If):
            return self._branch(node)
        if isinstance(node, nodes.With):
            return self._with(node)
        return [self._plain(node)]

    def _shown(self, child: nodes.Expr, lineno: int) -> Sequence[nodes.Node]:
        if self._inner is not None and is_asking(child):
            return [nodes.Scope(self._inner)] if self._inner else []
        shown = self._expr(child)
        if isinstance(shown, nodes.CondExpr) and shown.expr2 is None:
            told = self._constant(shown.test)
            if told is not None:  # false: what is true became its expression
                return []
        return [nodes.Output([shown], lineno=lineno)]

    def _branch(self, node: nodes.If) -> Sequence[nodes.Node]:
        """Only those branches that can be taken."""
        tests = [(node.test, node.body), *((each.test, each.body) for each in node.elif_)]
        left: list[tuple[nodes.Expr, list[nodes.Node]]] = []
        last = node.else_
        for test, body in tests:
            asked = self._expr(test)
            told = self._constant(asked)
            if told:
                last = body
                break
            if told is None:
                left.append((asked, self._statements(body)))
        otherwise = self._statements(last)
        if not left:
            return otherwise
        (test, body), *more = left
        return [
            nodes.If(
                test,
                body,
                [nodes.If(t, b, [], [], lineno=node.lineno) for t, b in more],
                otherwise,
                lineno=node.lineno,
            )
        ]

    def _with(self, node: nodes.With) -> Sequence[nodes.Node]:
        changed = {name for each in node.body for name in stored_names(each)}
        targets: list[nodes.Node] = []
        values: list[nodes.Expr] = []
        for target, value in zip(node.targets, node.values, strict=True):
            given = self._expr(value)
            if isinstance(target, nodes.Name) and target.name not in changed and isinstance(given, Literal):
                self._known[target.name] = given
            else:
                targets.append(self._expr(target))
                values.append(given)
        said = self._statements(node.body)
        return [nodes.With(targets, values, said, lineno=node.lineno)] if targets or changed else said

    def _expr(self, node: nodes.Node) -> Any:
        if isinstance(node, nodes.Name):
            return self._name(node)
        written = self._plain(node)
        if isinstance(written, nodes.CondExpr):
            told = self._constant(written.test)
            if told:
                return written.expr1
            if told is not None and written.expr2 is not None:
                return written.expr2
        return written

    def _name(self, node: nodes.Name) -> nodes.Expr:
        if node.ctx == "load" and node.name in self._known:
            return self._known[node.name]
        if node.name in self._own:
            return nodes.Name(self._renamed(node.name), node.ctx, lineno=node.lineno)
        if node.name in self._elsewhere:
            later = self._elsewhere[node.name]
            return nodes.Name(later.take(later.place), node.ctx, lineno=node.lineno)
        return node

    def _plain(self, node: nodes.Node) -> Any:
        """With its parts copied."""
        values = [self._value(value) for _, value in node.iter_fields()]
        return type(node)(*values, lineno=node.lineno)

    def _value(self, value: Any) -> Any:
        if isinstance(value, list):
            if value and isinstance(value[0], nodes.Stmt):
                return self._statements(value)
            return [self._value(each) for each in value]
        if isinstance(value, nodes.Expr):
            return self._expr(value)
        return self._plain(value) if isinstance(value, nodes.Node) else value

    def _renamed(self, name: str) -> str:
        return f"{name}__{self._number}" if name in self._own else name

    def _constant(self, asked: nodes.Expr) -> bool | None:
        """None where it is not known ahead."""
        if isinstance(asked, _ASKED) or next(asked.find_all(_ASKED), None) is not None:
            return None
        asked.set_environment(self._environment)
        try:
            return bool(asked.as_const(EvalContext(self._environment)))
        except nodes.Impossible:
            return None


def is_asking(node: nodes.Node) -> bool:
    """``{{ caller() }}``"""
    return (
        isinstance(node, nodes.Call)
        and isinstance(node.node, nodes.Name)
        and node.node.name == "caller"
        and not (node.args or node.kwargs or node.dyn_args or node.dyn_kwargs)
    )


def stored_names(node: nodes.Node) -> Iterator[str]:
    """Names that get a value somewhere in a node: parameters, targets of loops and of ``set``."""
    for each in node.find_all(nodes.Name):
        if each.ctx != "load":
            yield each.name
    if isinstance(node, nodes.Name) and node.ctx != "load":
        yield node.name


def joined(statements: Iterable[nodes.Node]) -> Iterator[nodes.Node]:
    """Neighbours that only show something are one."""
    last: nodes.Output | None = None
    for each in statements:
        if isinstance(each, nodes.Output):
            if last is None:
                last = nodes.Output([], lineno=each.lineno)
            last.nodes += each.nodes
            continue
        if last is not None:
            yield last
            last = None
        yield each
    if last is not None:
        yield last
