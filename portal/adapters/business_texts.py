"""Business texts from the package's own data: ``texts/<name>/<first day>.<locale>.toml``."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from portal.domain.errors import DomainError
from portal.domain.texts import Text, TextSection

TEXTS = Path(__file__).resolve().parent.parent / "texts"


class PackagedTexts:
    """Reads each file once. A version is the file's first day and the start of its SHA-256, so that it names exact words."""

    def __init__(self, root: Path = TEXTS) -> None:
        self._all = cache(partial(_read_all, root))

    def load(self, name: str, locale: str, on: date) -> Text:
        in_effect = [text for first_day, text in self._all(name, locale) if first_day <= on]
        if not in_effect:
            raise DomainError("business_text_missing", name=name, locale=locale, on=on.isoformat())
        return in_effect[-1]

    def load_version(self, name: str, locale: str, version: str) -> Text:
        for _, text in self._all(name, locale):
            if text.version == version:
                return text
        raise DomainError("business_text_missing", name=name, locale=locale, on=version)


def _read_all(root: Path, name: str, locale: str) -> Sequence[tuple[date, Text]]:
    paths = sorted((root / name).glob(f"*.{locale}.toml"))
    return [(date.fromisoformat(path.name.split(".")[0]), _read(path, name, locale)) for path in paths]


def _read(path: Path, name: str, locale: str) -> Text:
    body = path.read_bytes()
    data = tomllib.loads(body.decode())
    return Text(
        name=name,
        locale=locale,
        version=f"{path.name.split('.')[0]}-{sha256(body).hexdigest()[:8]}",
        title=data["title"],
        introduction=tuple(data["introduction"]),
        sections=tuple(_section(section) for section in data["sections"]),
        labels=data.get("labels", {}),
    )


def _section(data: Mapping[str, Any]) -> TextSection:
    return TextSection(
        code=data["code"],
        title=data["title"],
        paragraphs=tuple(data["paragraphs"]),
        when=data.get("when", {}),
        covers=tuple(data.get("covers", ())),
        notes=data.get("notes", {}),
    )
