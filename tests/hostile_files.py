"""Photos and papers as people send them, and as nobody should."""

import struct
import zlib
from io import BytesIO

from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

GPS_MARK = b"N31 14 0 E121 29 0 SHANGHAI HOME"
TRAILING = b"<html><script>alert(1)</script></html>"


def photo(kind: str = "JPEG", size: tuple[int, int] = (640, 480), colour: str = "seagreen") -> bytes:
    """With place, comment and something hung on behind."""
    image = Image.new("RGB", size, colour)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    exif[0x010E] = GPS_MARK.decode()
    exif.get_ifd(0x8825)[2] = (31.0, 14.0, 0.0)
    out = BytesIO()
    more = {"comment": GPS_MARK} if kind == "JPEG" else {}
    image.save(out, kind, exif=exif, xmp=b"<x>" + GPS_MARK + b"</x>", **more)
    return out.getvalue() + TRAILING


def png_bomb(side: int = 60_000) -> bytes:
    """A few bytes that say they are 3.6 thousand million pixels."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100_000)), (b"IEND", b"")]
    body = b"\x89PNG\r\n\x1a\n"
    for name, data in chunks:
        body += struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return body


def paper(pages: int = 1, *, password: str | None = None, owner_only: bool = False) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(300, 400)
    writer.add_metadata({"/Author": GPS_MARK.decode()})
    if password is not None or owner_only:
        writer.encrypt(password or "", owner_password="owner", algorithm="AES-256")
    return _bytes(writer)


def paper_with_photo() -> bytes:
    """As a phone's scanning app makes it: the JPEG lies in it with its place."""
    writer = PdfWriter()
    page = writer.add_blank_page(300, 400)
    image = StreamObject()
    image._data = photo()[: -len(TRAILING)]
    image.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Image"),
            NameObject("/Width"): NumberObject(640),
            NameObject("/Height"): NumberObject(480),
            NameObject("/ColorSpace"): NameObject("/DeviceRGB"),
            NameObject("/BitsPerComponent"): NumberObject(8),
            NameObject("/Filter"): NameObject("/DCTDecode"),
        }
    )
    kept = writer._add_object(image)
    page[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/XObject"): DictionaryObject({NameObject("/Im0"): kept})}
    )
    return _bytes(writer)


def acting_paper(what: str) -> bytes:
    """A PDF that does something: by itself, on a tap, or with what is embedded in it."""
    writer = PdfWriter()
    page = writer.add_blank_page(300, 400)
    match what:
        case "script":
            writer.root_object[NameObject("/OpenAction")] = _action("/JavaScript")
        case "embedded":
            writer.add_attachment("run.exe", b"MZ" + GPS_MARK)
        case "launch":
            page[NameObject("/Annots")] = ArrayObject([_link("/Launch")])
        case "address":
            page[NameObject("/Annots")] = ArrayObject([_link("/URI")])
        case "page":
            page[NameObject("/AA")] = DictionaryObject({NameObject("/O"): _action("/JavaScript")})
    return _bytes(writer)


def text_of(body: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(BytesIO(body)).pages)


def _action(kind: str) -> DictionaryObject:
    return DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Action"),
            NameObject("/S"): NameObject(kind),
            NameObject("/JS"): TextStringObject("app.alert('1')"),
            NameObject("/URI"): TextStringObject("https://example.com/"),
            NameObject("/F"): TextStringObject("calc.exe"),
        }
    )


def _link(kind: str) -> DictionaryObject:
    return DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Link"),
            NameObject("/Rect"): ArrayObject([FloatObject(value) for value in (0, 0, 300, 400)]),
            NameObject("/A"): _action(kind),
        }
    )


def _bytes(writer: PdfWriter) -> bytes:
    out = BytesIO()
    writer.write(out)
    return out.getvalue()
