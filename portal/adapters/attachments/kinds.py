"""What a file is, told by its first bytes alone; its name and its stated type say nothing."""

from enum import StrEnum


class Found(StrEnum):
    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    PDF = "pdf"
    HEIC = "heic"
    OTHER = "other"


_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif"})


def kind_of(body: bytes) -> Found:
    if body.startswith(b"\xff\xd8\xff"):
        return Found.JPEG
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return Found.PNG
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return Found.WEBP
    if body[4:8] == b"ftyp" and body[8:12] in _HEIC_BRANDS:
        return Found.HEIC
    # The standard lets up to 1,024 bytes stand before the header, and scanners make use of it.
    return Found.PDF if b"%PDF-" in body[:1024] else Found.OTHER
