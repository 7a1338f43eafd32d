"""What somebody might do to a sealed document."""

from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise

import pikepdf
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject


def painted_over(body: bytes, page: int = 1) -> bytes:
    """A white box over a page (from 1), in an incremental update: the signed bytes stay as they are."""
    writer = PdfWriter(BytesIO(body), incremental=True)
    box = DecodedStreamObject()
    box.set_data(b"q 1 1 1 rg 60 400 480 300 re f Q")
    target = writer.pages[page - 1]
    contents = target.get_contents()
    assert contents is not None
    merged = DecodedStreamObject()
    merged.set_data(contents.get_data() + b"\n" + box.get_data())
    target[NameObject("/Contents")] = writer._add_object(merged)
    return _written(writer)


def with_a_page_more(body: bytes) -> bytes:
    """A page at the end, in an incremental update."""
    writer = PdfWriter(BytesIO(body), incremental=True)
    writer.add_blank_page(595, 842)
    return _written(writer)


def page_after(body: bytes) -> int:
    """The number that a page gets which is added behind the last."""
    return len(PdfReader(BytesIO(body)).pages) + 1


def without_its_signatures(body: bytes) -> bytes:
    """Saved anew without form and signatures."""
    saved = BytesIO()
    with pikepdf.open(BytesIO(body)) as pdf:
        del pdf.Root["/AcroForm"]
        for page in pdf.pages:
            if "/Annots" in page:
                del page["/Annots"]
        if "/Perms" in pdf.Root:
            del pdf.Root["/Perms"]
        pdf.save(saved)
    return saved.getvalue()


def with_other_data(body: bytes) -> bytes:
    """Saved anew with another content.json."""
    saved = BytesIO()
    with pikepdf.open(BytesIO(body)) as pdf:
        spec = pdf.attachments["content.json"]
        data = spec.get_file().read_bytes().replace(b'"plan_total":', b'"plan_total":1')
        pdf.attachments["content.json"] = pikepdf.AttachedFileSpec(pdf, data, filename="content.json")
        pdf.save(saved)
    return saved.getvalue()


def saved_anew(body: bytes) -> bytes:
    """As a program does that "only" saves."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(body)))
    return _written(writer)


def flipped(body: bytes, place: int) -> bytes:
    """One bit of the byte at ``place`` (from 0) turned."""
    changed = bytearray(body)
    changed[place] ^= 1 << place % 8
    return bytes(changed)


def places_of_each_part(body: bytes, each: int) -> Iterator[int]:
    """A sample of places: ``each`` of every object, of each cross-reference section and trailer, and of what holds a signature together."""
    marks = [
        at
        for mark in (b" obj", b"stream", b"endstream", b"xref", b"trailer", b"startxref", b"%%EOF")
        for at in _found(body, mark)
    ]
    edges = sorted({0, *marks, len(body)})
    seen: set[int] = set()
    for begin, end in pairwise(edges):
        seen.update(range(begin, end, max(1, (end - begin) // each)))
    for mark in (b"/ByteRange", b"/Contents", b"/Sig", b"/AcroForm"):
        at = body.rfind(mark)
        seen.update(range(at, at + len(mark) + 12, 3))
    yield from sorted(seen)


def _found(body: bytes, mark: bytes) -> Iterator[int]:
    at = body.find(mark)
    while at >= 0:
        yield at
        at = body.find(mark, at + 1)


def _written(writer: PdfWriter) -> bytes:
    body = BytesIO()
    writer.write(body)
    return body.getvalue()
