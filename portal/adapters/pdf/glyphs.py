"""Characters that no font can draw: WeasyPrint only warns, and draws boxes over a text layer that still reads right."""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import get_ident

from portal.domain.errors import DomainError

_LOGGER = logging.getLogger("weasyprint")


class _MissingGlyphs(logging.Handler):
    """Collects the characters that this thread's rendering lacked."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._thread = get_ident()
        self.characters: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread and ".notdef glyph" in str(record.msg):
            self.characters.extend(re.findall(r'"(.)" \(U\+', record.getMessage(), re.DOTALL))


@contextmanager
def refusing_missing_glyphs(data: Mapping[str, object]) -> Iterator[None]:
    """Raises ``glyph_missing`` with the character, its code point, and where ``data`` holds it (``borrower.name``):
    the shortest text of several, since a name goes into sentences too.
    """
    missing = _MissingGlyphs()
    _LOGGER.addHandler(missing)
    try:
        yield
    finally:
        _LOGGER.removeHandler(missing)
    if missing.characters:
        character = missing.characters[0]
        places = sorted(_places_of(character, data, ()))
        where = places[0][1] if places else "document"
        raise DomainError(
            "glyph_missing", character=character, code_point=f"U+{ord(character):04X}", where=where
        )


def _places_of(character: str, value: object, path: Sequence[str]) -> Iterator[tuple[int, str]]:
    match value:
        case str() if character in value:
            yield len(value), ".".join(path)
        case Mapping():
            for name, item in value.items():
                yield from _places_of(character, item, (*path, str(name)))
        case list() | tuple():
            for number, item in enumerate(value, start=1):
                yield from _places_of(character, item, (*path, str(number)))
        case _:
            return
