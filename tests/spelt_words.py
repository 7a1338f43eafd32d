"""Words looked for as they may be spelt: JSON, which a log line is, has other characters than ASCII by their numbers."""

import json
from collections.abc import Mapping

Words = Mapping[str, tuple[bytes, ...]]


def forms_of(word: str) -> tuple[bytes, ...]:
    """As text and as JSON spells it, which is how a log line has it."""
    return tuple(dict.fromkeys((word.encode(), json.dumps(word).strip('"').encode())))


def found_in(said: bytes, words: Words) -> list[str]:
    return [word for word, forms in words.items() if any(form in said for form in forms)]


def words_in(said: str, *words: str) -> list[str]:
    """Which of them stand in a text, JSON or not."""
    return found_in(said.encode(), {word: forms_of(word) for word in words})
