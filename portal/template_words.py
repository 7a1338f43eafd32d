"""Templates in each language: what a template says is put into its words once, when it is loaded, and not at each showing.

``{{ _("As of %(moment)s", moment=now|datetime) }}`` becomes the catalogue's sentence with an escaped value in it, as Flask-Babel's own
``gettext`` says it at the time of showing (newstyle: always a format string, values escaped). Filters are bound to their language too.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from babel.support import NullTranslations
from flask import Flask
from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from portal.i18n import catalogue, current_locale
from portal.template_macros import ExpandMacros, MacroFile, macro_file_of

_GETTEXT: Final = frozenset({"_", "gettext"})
_PARTS: Final = re.compile(r"%(?:\((\w+)\)s|(%))")
_UNLIMITED: Final = -1

Filters = Mapping[str, Callable[..., Any]]


class SpokenTemplates(Environment):
    """Flask's templates; a page that is asked for comes in the request's language, with all that it includes and imports.

    ``filters_in`` gives the filters of a language. Without it, nothing is put into words ahead.
    """

    def __init__(self, app: Flask, **options: Any) -> None:
        super().__init__(app, **options)
        self.filters_in: Callable[[str], Filters] | None = None
        self.words: NullTranslations | None = None
        self.locale = ""
        self._spoken: dict[str, SpokenTemplates] = {}
        self.macro_files: dict[str, MacroFile] = {}

    def get_template(self, name: Any, parent: str | None = None, globals: Any = None) -> Template:  # noqa: A002
        return super(SpokenTemplates, self.in_language()).get_template(name, parent, globals)

    def select_template(self, names: Any, parent: str | None = None, globals: Any = None) -> Template:  # noqa: A002
        return super(SpokenTemplates, self.in_language()).select_template(names, parent, globals)

    def in_language(self) -> "SpokenTemplates":
        """The environment of the request's language."""
        if self.words is not None or self.filters_in is None:
            return self
        locale = current_locale()
        if locale not in self._spoken:
            self._spoken[locale] = self._speaking(locale, self.filters_in(locale))
        return self._spoken[locale]

    def _speaking(self, locale: str, filters: Filters) -> "SpokenTemplates":
        """The same environment, with memory, filters and words of its own."""
        one = self.overlay(cache_size=_UNLIMITED)
        assert isinstance(one, SpokenTemplates)
        one.locale, one.words, one.macro_files = locale, catalogue(locale), {}
        one.filters = {**self.filters, **filters}
        one.globals = {**self.globals, **_functions(one.words)}
        return one

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parsed = super()._parse(source, name, filename)
        if self.words is not None and self.autoescape is True:
            parsed = ExpandMacros(self, PutIntoWords(self.words).visit(parsed), self._macros_of).expanded()
            parsed.set_environment(self)
        return parsed

    def _macros_of(self, name: str) -> MacroFile:
        """Another template's, put into words and expanded; none while that is being done."""
        if name not in self.macro_files:
            self.macro_files[name] = MacroFile()
            assert self.loader is not None
            source, filename, _ = self.loader.get_source(self, name)
            self.macro_files[name] = macro_file_of(self._parse(source, name, filename))
        return self.macro_files[name]


def speak_ahead(app: Flask, filters_in: Callable[[str], Filters]) -> None:
    """From here on templates come in their language, with its filters."""
    assert isinstance(app.jinja_env, SpokenTemplates)
    app.jinja_env.filters_in = filters_in


def _functions(words: NullTranslations) -> Mapping[str, Callable[..., Markup]]:
    """For what cannot be said ahead: plural forms, and messages that are no literals."""

    def gettext(message: str, /, **values: Any) -> Markup:
        return Markup(words.gettext(message)) % values  # nosec B704  # noqa: S704 - the catalogue's texts are ours; values are escaped

    def ngettext(one: str, many: str, num: int, /, **values: Any) -> Markup:
        return Markup(words.ngettext(one, many, num)) % {"num": num, **values}  # nosec B704  # noqa: S704 - as above

    return {"_": gettext, "gettext": gettext, "ngettext": ngettext}


class PutIntoWords(NodeTransformer):
    """Calls of ``_("…")`` with a literal become the words of one catalogue."""

    def __init__(self, words: NullTranslations) -> None:
        self._words = words

    def visit_Call(self, node: nodes.Call) -> nodes.Expr:  # noqa: N802 - the visitor's name
        """A sentence within an expression."""
        self.generic_visit(node)
        message = self._message(node)
        if message is None:
            return node
        if not node.kwargs:
            return nodes.TemplateData(_plain(message), lineno=node.lineno)
        pairs = [nodes.Pair(nodes.Const(each.key), each.value) for each in node.kwargs]
        return nodes.Mod(nodes.TemplateData(message), nodes.Dict(pairs), lineno=node.lineno)

    def visit_Output(self, node: nodes.Output) -> nodes.Output:  # noqa: N802
        """A sentence that is shown as it is: its parts and its values one after the other."""
        shown: list[nodes.Expr] = []
        for child in node.nodes:
            parts = self._parts(child) if isinstance(child, nodes.Call) else None
            shown += [self.visit(part) for part in (parts or [child])]
        node.nodes = shown
        return node

    def _message(self, call: nodes.Call) -> str | None:
        """What the catalogue has for a literal; None where it must be said at the time of showing."""
        if not isinstance(call.node, nodes.Name) or call.node.name not in _GETTEXT:
            return None
        if call.dyn_args or call.dyn_kwargs or len(call.args) != 1:
            return None
        (said,) = call.args
        if not isinstance(said, nodes.Const) or not isinstance(said.value, str):
            return None
        message = self._words.gettext(said.value)
        return message if call.kwargs or _is_plain(message) else None

    def _parts(self, call: nodes.Call) -> Sequence[nodes.Expr] | None:
        """None where a value is missing, stands twice or not at all, or is written in another way than as text."""
        message = self._message(call)
        if message is None or not call.kwargs or "%" in _PARTS.sub("", message):
            return None
        values = {each.key: each.value for each in call.kwargs}
        if sorted(name for name, _ in _PARTS.findall(message) if name) != sorted(values):
            return None
        return list(_in_turn(message, values))


def _in_turn(message: str, values: Mapping[str, nodes.Expr]) -> Iterator[nodes.Expr]:
    end = 0
    for found in _PARTS.finditer(message):
        yield nodes.TemplateData(message[end : found.start()])
        yield values[found[1]] if found[1] else nodes.TemplateData("%")
        end = found.end()
    yield nodes.TemplateData(message[end:])


def _is_plain(message: str) -> bool:
    """A format string that wants no value."""
    return "%" not in message.replace("%%", "")


def _plain(message: str) -> str:
    return message.replace("%%", "%")
