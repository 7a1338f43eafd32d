"""Traces of our documents in any bytes, found without parsing a PDF: what may be hostile is only searched, within limits."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from portal.domain.check_codes import PATTERN, parse_check_code
from portal.domain.errors import DomainError

_CODE: Final = re.compile(f"check-code:({PATTERN})".encode())
_DIGEST: Final = re.compile(rb"content-sha256:([0-9a-f]{64})")
_WIDE: Final = "check-code:".encode("utf-16-be")
_WIDE_LENGTH: Final = 400
"""Bytes of UTF-16 looked at after the mark: both traces stand in one line of keywords."""

_STREAM: Final = re.compile(rb"stream\r?\n")
_MOST_FOUND: Final = 20
_MOST_READ: Final = 64 << 20
"""Deflated bytes read in all; streams lie one after another, so an honest file needs its own size."""

_MOST_INFLATED: Final = 32 << 20
"""Inflated bytes searched in all: a bomb stops being inflated here."""


@dataclass(frozen=True, slots=True)
class TracesFound:
    """Well-formed check codes and stated content digests, in the order found."""

    check_codes: tuple[str, ...]
    content_digests: tuple[str, ...]


def traces_in(body: bytes) -> TracesFound:
    """Looks for the keywords of our documents as they are, in UTF-16, and inside deflated streams."""
    codes: dict[str, None] = {}
    digests: dict[str, None] = {}
    for text in _searchable(body):
        for match in _CODE.finditer(text):
            _keep_code(codes, match[1].decode())
        digests.update((match[1].decode(), None) for match in _DIGEST.finditer(text))
        if max(len(codes), len(digests)) >= _MOST_FOUND:
            break
    return TracesFound(tuple(codes)[:_MOST_FOUND], tuple(digests)[:_MOST_FOUND])


def holds_certificate(body: bytes, certificate: bytes) -> bool:
    """Whether a signature in the file carries this certificate (DER), written as hexadecimal text as PDF does."""
    return certificate.hex().encode() in body.lower()


def _keep_code(codes: dict[str, None], text: str) -> None:
    try:
        codes[parse_check_code(text)] = None
    except DomainError:
        return


def _searchable(body: bytes) -> Iterator[bytes]:
    yield body
    yield from _narrowed(body)
    to_read, to_inflate = _MOST_READ, _MOST_INFLATED
    for match in _STREAM.finditer(body):
        end = body.find(b"endstream", match.end())
        deflated = memoryview(body)[match.end() : end if end >= 0 else len(body)]
        to_read -= len(deflated)
        if to_read < 0 or to_inflate <= 0:
            return
        inflated = _inflated(deflated, to_inflate)
        to_inflate -= len(inflated)
        if inflated:
            yield inflated
            yield from _narrowed(inflated)


def _narrowed(text: bytes) -> Iterator[bytes]:
    """Keywords written in UTF-16, as some programs do when they save anew."""
    at = text.find(_WIDE)
    if at >= 0:
        yield text[at : at + _WIDE_LENGTH].replace(b"\x00", b"")


def _inflated(deflated: memoryview, most: int) -> bytes:
    """The start of a deflated stream; empty where it is none."""
    try:
        return zlib.decompressobj().decompress(deflated, most)
    except zlib.error:
        return b""
