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


NOT_OUR_WORDS = {
    "台账": "账目",
    "账簿": "账目",
    "账册": "账目",
    "账本": "账目",
    "出借方": "贷款机构",
    "出借人": "贷款机构",
    "贷款方": "贷款机构",
    "放款机构": "贷款机构",
    "客户": "借款人",
    "欠款人": "借款人",
    "坐席": "客服",
}
"""What the glossary has another word for: one noun, one spelling."""


def chinese_texts() -> list[tuple[str, str]]:
    """(where, what) of all that people read."""
    strings = [
        (str(message.id), text)
        for message in messages(catalogue_of("zh_CN"))
        for text in texts(message.string)
    ]
    packaged = sorted((ROOT / "portal" / "texts").rglob("*.zh_CN.toml"))
    assert packaged
    return [*strings, *((path.name, path.read_text()) for path in packaged)]


def test_one_noun_has_one_spelling() -> None:
    said = chinese_texts()
    faults = [(word, where) for word in NOT_OUR_WORDS for where, text in said if word in text]
    assert faults == []


def test_the_glossary_has_the_words_that_are_said_instead() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text()
    rows = {
        cell.strip()
        for line in glossary.splitlines()
        if line.startswith("|")
        for cell in line.split("|")[2:3]
    }
    assert set(NOT_OUR_WORDS.values()) - rows == set()
