"""What is put into words when a template is loaded says what Flask-Babel's own gettext says when it is shown."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

import pytest
from flask import Flask
from flask_babel import force_locale, lazy_gettext
from jinja2 import Environment, UndefinedError, nodes
from markupsafe import Markup

from portal.config import ROOT
from portal.domain.permissions import Role
from portal.i18n import LOCALES
from portal.template_words import SpokenTemplates
from tests.checked_client import CheckedClient
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.integration.web.test_access import cells
from tests.integration.web.worlds import build_world, visit

TEMPLATES = ROOT / "portal" / "templates"
_QUOTED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.fixture
def app(own_app: Flask) -> Flask:
    """Its templates are spoken in one way and in the other."""
    own_app.jinja_env.bytecode_cache = None
    return own_app


def spoken(app: Flask, source: str, **values: object) -> str:
    environment = app.jinja_env
    assert isinstance(environment, SpokenTemplates)
    return environment.in_language().from_string(source).render(**values)


def asked_when_shown(app: Flask, source: str, **values: object) -> str:
    return app.jinja_env.from_string(source).render(**values)


@cache
def sentences() -> Sequence[str]:
    return sorted(set(_calls(Environment(trim_blocks=True))))


def _calls(environment: Environment) -> Iterator[str]:
    """Every call of gettext in every template, its values given by name."""
    for file in sorted(TEMPLATES.rglob("*.html")):
        for call in environment.parse(file.read_text()).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in {"_", "gettext"}:
                (said,) = call.args
                assert isinstance(said, nodes.Const), file
                values = "".join(f", {each.key}={each.key}" for each in call.kwargs)
                yield f'_("{said.value.translate(_QUOTED)}"{values})'


@pytest.mark.parametrize("locale", LOCALES)
def test_each_sentence_of_each_template_says_the_same(app: Flask, locale: str) -> None:
    calls = sentences()
    assert len(calls) > 1000
    source = "\n".join(f"{{{{ {call} }}}}" for call in calls)
    names = {each.key for each in app.jinja_env.parse(source).find_all(nodes.Keyword)}
    values = {name: f'<{name} & "more">' for name in names}
    with app.test_request_context(), force_locale(locale):
        assert spoken(app, source, **values) == asked_when_shown(app, source, **values)
        assert spoken(app, "{{ _('Sign out') }}") == {"zh_CN": "退出登录", "en": "Sign out"}[locale]


SOURCES = (
    "{{ _('As of %(moment)s', moment=value) }}",
    "<a title=\"{{ _('As of %(moment)s', moment=value) }}\">",
    "{{ _('Sign out') if value else _('Pay') }}",
    "{{ [_('Sign out'), _('Pay')]|join(value) }}",
    "{{ _('nobody translated <b>100 %%</b>') }}",
    "{{ _('twice %(moment)s and %(moment)s', moment=value) }}",
    "{{ _('not in it', moment=value) }}",
    "{{ _('%(moment)r', moment=1) }}",
    "{{ _('Sign out')|upper }}{{ _('Pay') ~ value }}",
    "{{ ngettext('%(num)s day', '%(num)s days', 1) }}{{ ngettext('%(num)s day', '%(num)s days', 2) }}",
    "{% set said = _('As of %(moment)s', moment=value) %}{{ said }}",
    "{% set message = 'Sign out' %}{{ _(message) }}{{ gettext(message) }}",
    "{{ _('As of %(moment)s', **{'moment': value}) }}",
)


VALUES = ("<&'", Markup("<b>"), 7, None, lazy_gettext("Pay"))


@pytest.mark.parametrize("locale", LOCALES)
def test_a_value_is_escaped_as_before(app: Flask, locale: str) -> None:
    with app.test_request_context(), force_locale(locale):
        for source in SOURCES:
            for value in VALUES:
                said = asked_when_shown(app, source, value=value)
                assert spoken(app, source, value=value) == said, (source, value)


def test_what_fails_when_asked_fails_when_spoken(app: Flask) -> None:
    with app.test_request_context():
        for source in ("{{ _('As of %(moment)s', moment=nowhere) }}", "{{ _('%(moment)s') }}"):
            for way in (asked_when_shown, spoken):
                with pytest.raises((UndefinedError, KeyError)):
                    way(app, source)


def test_each_language_has_its_own_words_whichever_was_first(client: CheckedClient) -> None:
    for locale in ("zh_CN", "en", "zh_CN"):
        client.set_cookie("language", locale)
        page = client.get("/sign-in").text
        assert ("手机" in page, "Mobile" in page) == (locale == "zh_CN", locale == "en")


def masked(page: str) -> str:
    """Without what differs from one look to the next: tokens, numbers of requests, how often a page was looked at."""
    return re.sub(
        r'name="csrf_token" value="[^"]+"|\bR[2-9A-Z]{8}\b|\b[0-9a-f]{32}\b|：\d+ 次，最近', "OTHERS", page
    )


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("who", ["owner", "nobody"])
def test_each_page_has_the_same_bytes_both_ways(app: Flask, writing: Writing, who: str, locale: str) -> None:
    world = build_world(writing)
    client = visit(app, borrower=world.cast.li_na.id if who == "owner" else None)
    client.set_cookie("language", locale)
    paths = [cell.path for cell in cells(app, world) if cell.method == "GET" and "/desk" not in cell.path]
    assert shown_alike(app, client, paths) > (25 if who == "owner" else 5)


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AUDITOR, Role.ADMINISTRATOR, Role.APPROVER], ids=str)
def test_each_page_of_the_desk_has_the_same_bytes_both_ways(app: Flask, writing: Writing, role: Role) -> None:
    world = build_world(writing)
    client = visit(app, staff=world.staff[role])
    paths = [cell.path for cell in cells(app, world) if cell.method == "GET" and "/desk" in cell.path]
    assert shown_alike(app, client, paths) > 5


def shown_alike(app: Flask, client: CheckedClient, paths: Sequence[str]) -> int:
    """How many pages were shown; each both ways, and the same."""
    environment = app.jinja_env
    assert isinstance(environment, SpokenTemplates)
    shown = 0
    for path in paths:
        if client.get(path).mimetype != "text/html":
            continue
        ahead = client.get(path)  # the second time: what is shown once only is gone
        filters, environment.filters_in = environment.filters_in, None
        asked = client.get(path)
        environment.filters_in = filters
        assert masked(ahead.text) == masked(asked.text), path
        shown += ahead.status_code == 200
    return shown
