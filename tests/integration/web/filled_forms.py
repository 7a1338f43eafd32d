"""The forms that people find on their pages, filled in as a person would, so that they are taken."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import html5lib
from flask import Flask

from portal.domain.permissions import Role
from tests.checked_client import CheckedClient
from tests.integration.web.test_access import ANYBODYS, Cell, cells, client_of
from tests.integration.web.worlds import World

_FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)
_CHOSEN = frozenset({"radio", "checkbox"})
_DAY = "2026-11-20"
_VISITS = 2
"""How many of the people look at each page: what it offers seldom differs further."""
WRITTEN = frozenset({"text", "tel", "email", "search", "textarea", "password"})


@dataclass(frozen=True, slots=True)
class Box:
    """One field of a form, with what a browser would send for it; ``options`` are what may be chosen."""

    name: str
    kind: str
    value: str
    options: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class FoundForm:
    """A form as it stands on a page of somebody's."""

    endpoint: str
    path: str
    who: str
    page: str
    boxes: Sequence[Box]

    def filled(self, typed: str, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The first of what may be chosen, ``typed`` where something is written, and ``given`` before either, by name."""
        sent: dict[str, Any] = {box.name: _filled(box, typed) for box in self.boxes if box.kind != "file"}
        return {name: value for name, value in {**sent, **(given or {})}.items() if value is not None}

    @property
    def written(self) -> Sequence[str]:
        """The names of the fields that something is written into."""
        return [box.name for box in self.boxes if box.kind in WRITTEN]


def forms_on(page: str, path: str) -> Iterator[tuple[str, Sequence[Box]]]:
    """The address that each form of a page that changes something goes to, and its fields."""
    for found in _FORM.findall(page):
        form = html5lib.parseFragment(found, namespaceHTMLElements=False)[0]
        if form.get("method", "").lower() == "post":
            yield (form.get("action") or path).partition("?")[0], list(_boxes(form))


def found_forms(
    app: Flask, world: World, people: Sequence[str] = ("nobody", "owner", *Role)
) -> Mapping[str, FoundForm]:
    """By the view that takes it: the first that any of these people finds, each on the pages that are open to them."""
    acts = {cell.path: cell.endpoint for cell in cells(app, world) if cell.method == "POST"}
    found: dict[str, FoundForm] = {}
    visits: Counter[str] = Counter()
    for who in people:
        client = client_of(app, world, who)
        for cell in _pages(app, world, who):
            visits[cell.endpoint] += 1
            if visits[cell.endpoint] > _VISITS:
                continue
            answer = client.get(cell.path)
            page = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
            for action, boxes in forms_on(page, cell.path):
                endpoint = acts.get(action)
                if endpoint is not None:
                    found.setdefault(endpoint, FoundForm(endpoint, action, who, cell.path, boxes))
    return found


def form_on(
    app: Flask, world: World, client: CheckedClient, who: str, page: str, endpoint: str, query: str = ""
) -> FoundForm:
    """The form for a view on the page of another, as it stands there now."""
    paths = {(cell.endpoint, cell.method): cell.path for cell in cells(app, world)}
    path, target = paths[page, "GET"], paths[endpoint, "POST"]
    for action, boxes in forms_on(client.get(path + query).get_data(as_text=True), path):
        if action == target:
            return FoundForm(endpoint, target, who, path, boxes)
    raise AssertionError(f"no form for {endpoint} on {path}")


def _pages(app: Flask, world: World, who: str) -> Iterator[Cell]:
    """Anybody's pages are looked at by the owner and by who has no account."""
    for cell in cells(app, world):
        is_theirs = cell.endpoint not in ANYBODYS or not isinstance(who, Role)
        if cell.method == "GET" and cell.expected(who) == "in" and is_theirs:
            yield cell


def _boxes(form: Any) -> Iterator[Box]:
    together: dict[str, list[str]] = {}
    chosen: dict[str, str] = {}
    for box in form.iter("input"):
        name, kind = box.get("name"), box.get("type", "text")
        if not name or kind == "submit":
            continue
        if kind in _CHOSEN:
            together.setdefault(f"{kind} {name}", []).append(box.get("value", "on"))
            if box.get("checked") is not None:
                chosen[name] = box.get("value", "on")
            continue
        yield Box(name, kind, box.get("value", ""))
    for key, options in together.items():
        kind, _, name = key.partition(" ")
        yield Box(name, kind, chosen.get(name, ""), options)
    for area in form.iter("textarea"):
        if area.get("name"):
            yield Box(area.get("name"), "textarea", area.text or "")
    for select in form.iter("select"):
        offered = [
            (option.get("value", ""), option.get("selected") is not None) for option in select.iter("option")
        ]
        chosen_one = next((value for value, is_chosen in offered if is_chosen), "")
        yield Box(select.get("name"), "select", chosen_one, [value for value, _ in offered if value])


def _filled(box: Box, typed: str) -> str | None:
    match box.kind:
        case "hidden":
            return box.value
        case "radio" | "select":
            return box.value or next(iter(box.options), None)
        case "checkbox":
            return box.options[0]
        case "date":
            return box.value or _DAY
        case _:
            return box.value or typed
