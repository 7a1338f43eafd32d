"""Addresses of our pages as templates ask for them: the map's own, built once for each kind and then filled in."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from flask import Flask, current_app, has_request_context, request, url_for

from portal.web.static_files import static_version

_ID: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
_MOST_KINDS: Final = 2000

Pieces = tuple[str, ...]


def is_id(value: str) -> bool:
    """Whether it looks as the ids in our addresses do."""
    return _ID.fullmatch(value) is not None


def init_addresses(app: Flask) -> None:
    """Templates take them from here on."""
    app.extensions["addresses"] = app.jinja_env.globals["url_for"] = Addresses(app)


def address_of(endpoint: str, **values: Any) -> str:
    """As a template's ``url_for`` gives it."""
    addresses: Addresses = current_app.extensions["addresses"]
    return addresses(endpoint, **values)


def outside_address(endpoint: str, **values: Any) -> str:
    """For whoever is not on our pages: below the configured base, for a request may have come by another name, or a proxy without TLS."""
    config = current_app.extensions["portal"].config
    return f"{config.base_url.rstrip('/')}{url_for(endpoint, **values)}"


class Addresses:
    """``url_for`` for pages whose values are all ids of 32 hexadecimal digits, or that have none, and for static files; anything else
    goes to Flask's own.

    An id needs no quoting and no converter changes it, so an address differs from another one of its kind by the ids alone. A static
    file's stays as it is while its version does.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._kinds: dict[tuple[str, ...], Pieces] = {}
        self._files: dict[tuple[str, str, str], str] = {}

    def __call__(self, endpoint: str, **values: Any) -> str:
        if endpoint == "static":
            return self._file(values)
        for name, value in values.items():
            if type(value) is not str or not is_id(value) or name[0] == "_":
                return self._app.url_for(endpoint, **values)
        if endpoint[0] == "." or not has_request_context():
            return self._app.url_for(endpoint, **values)
        kind = (request.root_path, endpoint, *values)
        pieces = self._kinds.get(kind)
        if pieces is None:
            pieces = self._pieces(kind, endpoint, values)
        if len(pieces) == 1:
            return pieces[0]
        filled = list(pieces)
        filled[1::2] = [values[name] for name in pieces[1::2]]
        return "".join(filled)

    def _file(self, values: Mapping[str, Any]) -> str:
        if len(values) > 1 or not has_request_context():
            return self._app.url_for("static", **values)
        name = values["filename"]
        version = static_version(self._app, name)
        kind = (request.root_path, name, version or "")
        address = self._files.get(kind)
        if address is None:
            address = self._app.url_for("static", filename=name, v=version)
            if len(self._files) < _MOST_KINDS:
                self._files[kind] = address
        return address

    def _pieces(self, kind: tuple[str, ...], endpoint: str, names: Iterable[str]) -> Pieces:
        """Text, a name, text, a name, …, text."""
        values: dict[str, Any]
        marks = {f"{place:x}".rjust(32, "f"): name for place, name in enumerate(names)}
        values = {name: mark for mark, name in marks.items()}
        built = self._app.url_for(endpoint, **values)
        split = re.split(f"({'|'.join(marks)})", built) if marks else [built]
        split[1::2] = [marks[mark] for mark in split[1::2]]
        if len(self._kinds) < _MOST_KINDS:
            self._kinds[kind] = tuple(split)
        return tuple(split)
