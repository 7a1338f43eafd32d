"""One JSON object a line in, one a line out; what cannot be used is answered in its place."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import IO, Any, Final

from portal.domain.errors import DomainError

LONGEST_LINE: Final = 1 << 20
"""Bytes; a longer line is answered with an error and skipped without being held in memory."""

Handler = Callable[[dict[str, Any]], Mapping[str, Any]]


def run_json_lines(handler: Handler, stdin: IO[bytes], stdout: IO[bytes]) -> int:
    """Answer each line with what ``handler`` makes of it, or with ``{"error": …}`` where it raises
    DomainError.

    Returns the exit status: 1 where any line was answered with an error, else 0. Numbers reach the handler as
    int or Decimal, never as float.
    """
    status = 0
    for line in _lines(stdin):
        answer = _answer(handler, line)
        status = status or int("error" in answer)
        stdout.write(_encoded(answer))
        stdout.flush()
    return status


def main(handler: Handler) -> None:
    """Run over the process's own streams and leave with the status."""
    sys.exit(run_json_lines(handler, sys.stdin.buffer, sys.stdout.buffer))


def _lines(stdin: IO[bytes]) -> Iterator[bytes | None]:
    """Lines without their end; None for one that is too long."""
    while line := stdin.readline(LONGEST_LINE + 1):
        if line.endswith(b"\n") or len(line) <= LONGEST_LINE:
            yield line.rstrip(b"\r\n")
            continue
        while line and not line.endswith(b"\n"):
            line = stdin.readline(LONGEST_LINE)
        yield None


def _answer(handler: Handler, line: bytes | None) -> Mapping[str, Any]:
    try:
        return handler(_object_in(line))
    except DomainError as error:
        return {"error": {"code": error.code, "field": error.field, "message": _said(error)}}


def _said(error: DomainError) -> str:
    """In the shell's language; the first error waits for the catalogues, lines without one never do."""
    from portal.i18n import use_locale
    from portal.messages import text_of

    with use_locale(locale_of_shell()):
        return text_of(error)


def _object_in(line: bytes | None) -> dict[str, Any]:
    if line is None:
        raise DomainError("line_too_long")
    try:
        value = json.loads(
            line.decode("utf-8-sig"),
            parse_float=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_without_repeats,
        )
    except (ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise DomainError("line_not_json") from None
    if not isinstance(value, dict):
        raise DomainError("line_not_an_object")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in pairs:
        if key in values:
            raise DomainError("key_repeated", field=key[:80])
        values[key] = value
    return values


def _encoded(answer: Mapping[str, Any]) -> bytes:
    """A lone surrogate that came in as an escape goes out as the same escape."""
    return json.dumps(answer, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def locale_of_shell() -> str:
    """English where the shell speaks it, else the product's default."""
    from portal.i18n import LOCALES

    language = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "en" if language.startswith("en") else LOCALES[0]
