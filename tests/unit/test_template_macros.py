"""What calls of macros become says what the calls say, whoever's names meet, and what does not fit stays a call."""

from collections.abc import Mapping
from typing import Any

import pytest
from jinja2 import DictLoader, Environment, StrictUndefined, Template, UndefinedError, nodes
from markupsafe import Markup

from portal.template_macros import ExpandMacros, MacroFile, macro_file_of

FILES: Mapping[str, str] = {
    "row.html": "{% macro row(text, href, hint=none, value=none) %}<a href='{{ href }}'>{{ text }}{% if hint %}<i>{{ hint }}</i>{% endif %}"
    "{% if value %}<b>{{ value }}</b>{% endif %}</a>{% endmacro %}",
    "tag.html": "{% macro tag(text, kind='') %}<em class='tag{{ ' ' ~ kind if kind }}{{ ' none' if not kind }}'>{{ text }}</em>"
    "{% endmacro %}",
    "box.html": "{% macro box(title, open=false) %}<div{{ ' open' if open }}>{{ title }}: {{ caller() }}</div>{% endmacro %}",
    "list.html": "{% from 'tag.html' import tag %}{% macro list(items) %}{% for item in items %}{% set text = item|upper %}"
    "{{ loop.index }}{{ tag(text, 'in') }}{% else %}none{% endfor %}{% endmacro %}",
    "each.html": "{% macro each(items) %}{% for item in items %}[{{ caller() }}]{% endfor %}{% endmacro %}",
    "give.html": "{% macro give(items) %}{{ caller(items) }}{% endmacro %}",
    "deep.html": "{% from 'box.html' import box %}{% from 'row.html' import row %}{% macro inner(text) %}{{ row(text, 'in') }}"
    "{% endmacro %}"
    "{% macro deep(title, text='x') %}{% call box(title) %}{{ inner(text) }}{% endcall %}{% endmacro %}",
    "again.html": "{% macro again(n) %}{{ n }}{% if n %}{{ again(n - 1) }}{% endif %}{% endmacro %}",
    "any.html": "{% macro any() %}{{ varargs|join('-') }}{{ kwargs.get('k') }}{% endmacro %}",
    "ask.html": "{% macro ask(a) %}{% if caller is defined %}{{ caller() }}{% else %}{{ a }}{% endif %}{% endmacro %}",
    "which.html": "{% macro which(kind) %}{% if kind == 'a' %}A{% elif kind == 'b' %}B{% else %}{{ kind }}{% endif %}{% endmacro %}",
    "lead.html": "{% macro lead(text, size=text) %}{{ text }}{{ size }}{% endmacro %}",
    "part.html": "{{ item }}{% set item = 'part' %}{{ item }}",
    "base.html": "<{% block title %}{% endblock %}|{% block content %}{% endblock %}>",
}
SOURCES = (
    "{% from 'row.html' import row %}{{ row('Pay', value) }}{{ row(value, '/x', hint='<h>') }}",
    "{% from 'row.html' import row %}{% from 'tag.html' import tag %}{{ row('a', 'b', value=tag(value, 'good')) }}",
    "{% from 'row.html' import row %}{{ row('a', 'b', hint=none) }}{{ row('a', 'b', hint=value if no else none) }}",
    "{% from 'tag.html' import tag as mark %}{{ mark(value) }}{{ mark('<') }}{{ mark(value, 'x' if yes else '') }}",
    (
        "{% from 'box.html' import box %}{% set title = value %}"
        "{% call box('t', open=true) %}{{ title }}{% set title = 1 %}{% endcall %}{{ title }}"
    ),
    (
        "{% from 'box.html' import box %}{% for title in items %}"
        "{% call box(title ~ '!', open=no) %}{{ loop.index }}{{ title }}{% endcall %}{% endfor %}"
    ),
    "{% from 'list.html' import list %}{% set text = 'mine' %}{{ list(items) }}{{ text }}{{ list([]) }}",
    "{% from 'each.html' import each %}{% for item in items %}{% call each(items) %}{{ item }}{{ loop.index }}{% endcall %}{% endfor %}",
    "{% from 'give.html' import give %}{% call(rows) give(items) %}{{ rows|join }}{{ value }}{% endcall %}",
    "{% from 'deep.html' import deep %}{{ deep(value) }}{{ deep('<t>', text=value) }}",
    "{% from 'again.html' import again %}{{ again(3) }}",
    "{% from 'any.html' import any %}{{ any(1, 2, k=value) }}",
    "{% from 'ask.html' import ask %}{{ ask(value) }}{% call ask(1) %}inner{% endcall %}",
    "{% from 'which.html' import which %}{{ which('a') }}{{ which('b') }}{{ which('<c>') }}{{ which(value) }}",
    "{% from 'lead.html' import lead %}{{ lead(value) }}",
    "{% from 'tag.html' import tag %}{% for tag in items %}{{ tag }}{% endfor %}{{ tag(value) }}",
    (
        "{% from 'tag.html' import tag %}{% macro row(text, href) %}{{ tag(text) }}{{ href }}{% endmacro %}"
        "{{ row('a', value) }}{{ row(value, 'b') }}"
    ),
    "{% from 'row.html' import row %}{{ row(*items) }}{{ row(**{'text': 1, 'href': 2}) }}{{ row('a', 'b') ~ value }}",
    "{% from 'row.html' import row %}{% set made = row('a', value) %}{{ made }}{{ [row('a', 'b')]|join(value) }}",
    "{% from 'tag.html' import tag %}{% set item = value %}{% include 'part.html' %}{{ item }}{{ tag('x') }}",
    (
        "{% extends 'base.html' %}{% from 'deep.html' import deep %}{% block title %}{{ deep('t') }}{% endblock %}"
        "{% block content %}{% for text in items %}{{ deep(text, text=value) }}{% endfor %}{% endblock %}"
    ),
    "{% import 'tag.html' as tags %}{{ tags.tag(value) }}",
)
VALUES = ("<&'", Markup("<b>"), 7, None, "", ["<"])


class Expanding(Environment):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.files: dict[str, MacroFile] = {}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parsed = ExpandMacros(self, super()._parse(source, name, filename), self.found).expanded()
        parsed.set_environment(self)
        return parsed

    def found(self, name: str) -> MacroFile:
        if name not in self.files:
            self.files[name] = MacroFile()
            self.files[name] = macro_file_of(self._parse(FILES[name], name, None))
        return self.files[name]


OPTIONS: Mapping[str, Any] = {
    "loader": DictLoader(FILES), "undefined": StrictUndefined, "autoescape": True,
}  # fmt: skip


def both_ways(source: str) -> tuple[Template, Template]:
    return Expanding(**OPTIONS).from_string(source), Environment(**OPTIONS).from_string(source)


@pytest.mark.parametrize("source", SOURCES)
def test_a_call_says_the_same_both_ways(source: str) -> None:
    expanded, called = both_ways(source)
    for value in VALUES:
        given = {"value": value, "items": ["a", "<b>"], "yes": True, "no": False}
        assert expanded.render(given) == called.render(given), value


@pytest.mark.parametrize(
    "source",
    [
        "{% from 'row.html' import row %}{{ row('a') }}",
        "{% from 'row.html' import row %}{{ row('a', 'b', 1, 2, 3) }}",
        "{% from 'row.html' import row %}{{ row('a', 'b', other=1) }}",
        "{% from 'row.html' import row %}{{ row('a', nowhere) }}",
        "{% from 'box.html' import box %}{{ box('a') }}",
        "{% from 'row.html' import nothing %}{{ nothing('a') }}",
    ],
)
def test_what_fails_when_called_fails_when_expanded(source: str) -> None:
    for template in both_ways(source):
        with pytest.raises((UndefinedError, TypeError)):
            template.render()


def compiled(source: str) -> str:
    return str(Expanding(**OPTIONS).compile(source, raw=True))


def test_what_is_known_ahead_is_text() -> None:
    source = "{% from 'row.html' import row %}{{ row('Pay', '/pay', hint='<h>') }}"
    said = compiled(source)
    assert "<a href='/pay'>Pay<i>&lt;h&gt;</i></a>" in said
    assert "context.call" not in said
    assert "row.html" not in said


def test_a_value_is_worked_out_once() -> None:
    asked: list[int] = []

    def kind() -> str:
        asked.append(1)
        return "good"

    source = "{% from 'tag.html' import tag %}{{ tag('x', kind()) }}"
    expanded, _ = both_ways(source)
    assert expanded.render(kind=kind) == "<em class='tag good'>x</em>"
    assert len(asked) == 1
