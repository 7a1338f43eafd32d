"""The segments of a JPEG that stands inside a PDF, without those that carry place and camera."""

_KEPT_APPLICATIONS = frozenset({0xE0, 0xEE})
"""JFIF and Adobe's colour transform: what a decoder needs. EXIF, XMP and the rest live in the others, comments in FE."""
_START_OF_SCAN = 0xDA
_END = b"\xff\xd9"


def without_metadata(jpeg: bytes) -> bytes:
    """The same picture, bit for bit; bytes that are no JPEG raise ``ValueError``."""
    if not jpeg.startswith(b"\xff\xd8"):
        raise ValueError("no JPEG")
    kept, at = [jpeg[:2]], 2
    while at + 4 <= len(jpeg):
        if jpeg[at] != 0xFF:
            raise ValueError("no segment where one should be")
        marker = jpeg[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if marker == _START_OF_SCAN:
            last = jpeg.rfind(_END)
            return b"".join(kept) + jpeg[at : last + 2 if last > at else len(jpeg)]
        length = 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        is_metadata = 0xE0 <= marker <= 0xEF and marker not in _KEPT_APPLICATIONS
        if not is_metadata and marker != 0xFE:
            kept.append(jpeg[at : at + length])
        at += length
    raise ValueError("no scan")
