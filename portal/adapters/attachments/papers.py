"""A PDF written anew from its pages alone: what acts, what is embedded, who made it and where stay out."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, StreamObject

from portal.adapters.attachments.jpeg_segments import without_metadata
from portal.domain.attachments import MOST_PAGES
from portal.domain.errors import DomainError

MOST_OBJECTS: Final = 100_000
_PAGE_KEYS: Final = frozenset(
    {"/Type", "/Parent", "/MediaBox", "/CropBox", "/Rotate", "/Resources", "/Contents", "/UserUnit", "/Group", "/Annots"}
)  # fmt: skip
_DRAWN_NOTES: Final = frozenset(
    {"/Widget", "/FreeText", "/Stamp", "/Ink", "/Highlight", "/Underline", "/StrikeOut", "/Square", "/Circle", "/Line", "/Polygon"}
)  # fmt: skip
_NOTE_KEYS: Final = ("/Type", "/Subtype", "/Rect", "/AP", "/AS", "/F", "/C", "/BS", "/Border")
_STREAM_METADATA: Final = (
    "/Metadata", "/PieceInfo", "/AF", "/OPI", "/Alternates", "/LastModified", "/StructParent", "/StructParents", "/Ref",
)  # fmt: skip
_ACTING_KEYS: Final = frozenset(
    {"/JS", "/JavaScript", "/EF", "/EmbeddedFiles", "/XFA", "/AA", "/OpenAction", "/RichMediaContent"}
)
_ACTING_TYPES: Final = frozenset(
    {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition", "/Movie", "/Sound", "/URI"}
)  # fmt: skip


def clean_paper(body: bytes) -> bytes:
    """Raises ``pdf_locked``, ``pdf_too_long``, ``pdf_acts``, ``file_broken``."""
    try:
        return _written_anew(_opened(body))
    except DomainError:
        raise
    except (
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        OSError,
        RecursionError,
    ) as error:
        raise DomainError("file_broken", field="file") from error


def _opened(body: bytes) -> PdfReader:
    """Papers of a bank often open without a password but forbid changes: those are read; what needs one is refused."""
    reader = PdfReader(BytesIO(body))
    if reader.is_encrypted and not reader.decrypt(""):
        raise DomainError("pdf_locked", field="file")
    pages = len(reader.pages)
    if pages > MOST_PAGES:
        raise DomainError("pdf_too_long", field="file", most=MOST_PAGES)
    if pages == 0:
        raise DomainError("file_broken", field="file")
    return reader


def _written_anew(reader: PdfReader) -> bytes:
    writer = PdfWriter()
    writer.metadata = None
    for page in reader.pages:
        _prune_page(page)
        writer.add_page(page)
    out = BytesIO()
    writer.write(out)
    _refuse_what_acts(out.getvalue())
    return out.getvalue()


def _prune_page(page: PageObject) -> None:
    """Before it is copied, so that nothing which is left out comes along unseen."""
    for key in set(page) - _PAGE_KEYS:
        del page[key]
    notes = page.get("/Annots")
    if notes is not None:
        page[NameObject("/Annots")] = ArrayObject(_drawn_notes(notes.get_object()))
    page.pop("/Metadata", None)
    for found in _within(page, but=frozenset({"/Parent"})):
        if isinstance(found, StreamObject):
            _prune_stream(found)


def _drawn_notes(notes: Any) -> Iterator[DictionaryObject]:
    """Filled-in fields, stamps and marks as they look; nothing that opens, plays or sends."""
    for note in (entry.get_object() for entry in notes):
        if isinstance(note, DictionaryObject) and note.get("/Subtype") in _DRAWN_NOTES:
            yield DictionaryObject({NameObject(key): note.raw_get(key) for key in _NOTE_KEYS if key in note})


def _prune_stream(stream: StreamObject) -> None:
    for key in _STREAM_METADATA:
        stream.pop(key, None)
    filters = stream.get("/Filter")
    names = list(filters) if isinstance(filters, ArrayObject) else [filters]
    if names == ["/DCTDecode"]:
        stream._data = without_metadata(stream._data)  # noqa: SLF001 - pypdf sets no data of a stream whose filter it cannot undo
    elif "/DCTDecode" in names:
        raise DomainError("file_broken", field="file")


def _refuse_what_acts(body: bytes) -> None:
    """The second wall: the finished file is read once more, whole."""
    reader = PdfReader(BytesIO(body))
    for found in _within(reader.trailer):
        if isinstance(found, DictionaryObject) and (
            _ACTING_KEYS & set(found)
            or found.get("/S") in _ACTING_TYPES
            or found.get("/Type") == "/EmbeddedFile"
        ):
            raise DomainError("pdf_acts", field="file")


def _within(root: Any, *, but: frozenset[str] = frozenset()) -> Iterator[Any]:
    """Everything that can be reached, each once, without recursion."""
    seen: set[tuple[int, int]] = set()
    waiting, count = [root], 0
    while waiting:
        found = waiting.pop()
        if isinstance(found, IndirectObject):
            if (found.idnum, found.generation) in seen:
                continue
            seen.add((found.idnum, found.generation))
            found = found.get_object()
        count += 1
        if count > MOST_OBJECTS:
            raise DomainError("file_broken", field="file")
        yield found
        if isinstance(found, DictionaryObject):
            waiting += [found.raw_get(key) for key in found if key not in but]
        elif isinstance(found, ArrayObject):
            waiting += list.__iter__(found)
