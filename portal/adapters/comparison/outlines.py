"""The parts of a PDF as digests: what each page draws, what is attached, which fields are signed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Any, Final

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

_ELSEWHERE: Final = {"/Parent", "/P", "/StructParent", "/StructParents", "/Length", "/Filter", "/DecodeParms"}
"""Keys that lead back, or say how and not what."""


@dataclass(frozen=True, slots=True)
class Outline:
    """Digests, hexadecimal, of the pages in their order and of the attached files by name; the names of signed fields."""

    pages: Sequence[str]
    attachments: Mapping[str, str]
    signed: Sequence[str]


def outline_of(body: bytes) -> Outline:
    """Raises whatever a PDF that cannot be read makes the library raise."""
    reader = PdfReader(BytesIO(body))
    seen: dict[int, str] = {}
    return Outline(
        pages=[_page(page, seen) for page in reader.pages],
        attachments={name: sha256(b"".join(parts)).hexdigest() for name, parts in reader.attachments.items()},
        signed=sorted(_signed(reader)),
    )


def _page(page: DictionaryObject, seen: dict[int, str]) -> str:
    drawn = {key: page.get(key) for key in ("/Contents", "/Resources", "/MediaBox", "/CropBox", "/Rotate")}
    notes = [note for each in page.get("/Annots") or () if not _is_signature(note := each.get_object())]
    return _digest([drawn, notes], seen)


def _is_signature(note: Any) -> bool:
    return isinstance(note, DictionaryObject) and note.get("/FT") == "/Sig"


def _digest(value: Any, seen: dict[int, str]) -> str:
    """Of a value and all that it leads to; each indirect object is read once."""
    if isinstance(value, IndirectObject):
        if value.idnum not in seen:
            seen[value.idnum] = ""
            seen[value.idnum] = _digest(value.get_object(), seen)
        return seen[value.idnum]
    if isinstance(value, dict):
        parts = [
            f"{key}={_digest(value.raw_get(key) if isinstance(value, DictionaryObject) else value[key], seen)}"
            for key in sorted(value)
            if key not in _ELSEWHERE
        ]
        stream = sha256(_data(value)).hexdigest() if isinstance(value, StreamObject) else ""
        return _of(f"<<{' '.join(parts)}>>{stream}")
    if isinstance(value, (list, ArrayObject)):
        return _of(f"[{' '.join(_digest(each, seen) for each in value)}]")
    return _of(f"{type(value).__name__}:{value}")


def _data(stream: StreamObject) -> bytes:
    try:
        return stream.get_data()
    except Exception:  # noqa: BLE001 - one that does not inflate is another one than the original
        return b"unreadable"


def _of(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _signed(reader: PdfReader) -> Iterator[str]:
    form = reader.root_object.get("/AcroForm")
    fields = form.get_object().get("/Fields", ()) if form else ()
    for field in fields:
        known = field.get_object()
        value = known.get("/V")
        if known.get("/FT") == "/Sig" and value and "/ByteRange" in value.get_object():
            yield str(known.get("/T", ""))
