"""A photo drawn anew: only its picture goes on, upright. Place, time, camera, thumbnails and whatever was hung on behind stay out."""

from io import BytesIO
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from portal.domain.errors import DomainError

MOST_PIXELS: Final = {"JPEG": 60_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}
"""A JPEG is scaled down while it is read, the others come whole into memory."""
LONGEST_SIDE: Final = 3000
QUALITY: Final = 85

# Asked here, before anything is unpacked; Pillow would only warn.
Image.MAX_IMAGE_PIXELS = None


def clean_photo(body: bytes) -> tuple[str, bytes]:
    """(media type, bytes). Raises ``photo_too_large``, ``file_broken``."""
    try:
        with Image.open(BytesIO(body), formats=tuple(MOST_PIXELS)) as image:
            return _drawn_anew(image)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, IndexError) as error:
        raise DomainError("file_broken", field="file") from error


def _drawn_anew(image: Image.Image) -> tuple[str, bytes]:
    kind = image.format or ""
    if image.width * image.height > MOST_PIXELS[kind]:
        raise DomainError("photo_too_large", field="file", megapixels=MOST_PIXELS[kind] // 1_000_000)
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    upright = ImageOps.exif_transpose(image).convert("RGBA")
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    fresh = Image.new("RGB", upright.size, "white")  # a new image has no metadata to take along
    fresh.paste(upright, mask=upright.getchannel("A"))
    out = BytesIO()
    if kind == "PNG":
        fresh.save(out, "PNG", optimize=True)
        return "image/png", out.getvalue()
    fresh.save(out, "JPEG", quality=QUALITY)
    return "image/jpeg", out.getvalue()
