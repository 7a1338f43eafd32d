"""Both catalogues are complete: nothing missing, nothing fuzzy, no placeholder lost, nothing left over."""

import re
import subprocess
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "portal" / "translations"
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
LOCALES = ("zh_CN", "en")


def catalogue(path: Path, locale: str | None = None) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def catalogue_of(locale: str) -> Catalog:
    return catalogue(TRANSLATIONS / locale / "LC_MESSAGES" / "messages.po", locale)


def messages(of: Catalog) -> list[Message]:
    return [message for message in of if message.id]


def texts(value: object) -> list[str]:
    return [str(text) for text in value] if isinstance(value, (tuple, list)) else [str(value or "")]


def placeholders(value: object) -> set[str]:
    return {name for text in texts(value) for name in PLACEHOLDER.findall(text)}


@pytest.fixture(scope="module")
def in_code(tmp_path_factory: pytest.TempPathFactory) -> set[object]:
    template = tmp_path_factory.mktemp("strings") / "messages.pot"
    subprocess.run([ROOT / "bin" / "translations", "extract", template], check=True)
    return {message.id for message in messages(catalogue(template))}


@pytest.mark.parametrize("locale", LOCALES)
def test_a_catalogue_has_the_strings_of_the_code_and_no_others(locale: str, in_code: set[object]) -> None:
    known = {message.id for message in messages(catalogue_of(locale))}
    assert (in_code - known, known - in_code) == (set(), set()), "run bin/translations"


@pytest.mark.parametrize("locale", LOCALES)
def test_every_string_is_translated(locale: str) -> None:
    of = catalogue_of(locale)
    faults = [
        message.id
        for message in messages(of)
        if message.fuzzy
        or not all(texts(message.string))
        or (message.pluralizable and len(texts(message.string)) != of.num_plurals)
    ]
    assert faults == []


@pytest.mark.parametrize("locale", LOCALES)
def test_no_translation_loses_or_invents_a_placeholder(locale: str) -> None:
    faults = [
        (message.id, message.string)
        for message in messages(catalogue_of(locale))
        if placeholders(message.id) != placeholders(message.string)
    ]
    assert faults == []


def test_chinese_is_chinese() -> None:
    """A string that reads the same in both is a name, a number or a sign, not a sentence left in English."""
    faults = [
        message.id
        for message in messages(catalogue_of("zh_CN"))
        if any(
            re.search(r"[A-Za-z]+ [a-z]+ [a-z]+", PLACEHOLDER.sub("", text)) for text in texts(message.string)
        )
    ]
    assert faults == []
