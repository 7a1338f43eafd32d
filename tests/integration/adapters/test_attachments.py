"""Files of strangers: told by content, written anew, nothing of place or program left in them."""

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from portal.adapters.attachments.child import clean
from portal.adapters.attachments.cleaner import ChildCleaner
from portal.adapters.attachments.jpeg_segments import without_metadata
from portal.adapters.attachments.photos import LONGEST_SIDE
from portal.domain.attachments import LARGEST_MEGABYTES, MOST_PAGES
from portal.domain.errors import DomainError
from tests.hostile_files import (
    GPS_MARK,
    TRAILING,
    acting_paper,
    paper,
    paper_with_photo,
    photo,
    png_bomb,
)

ACTING = (b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/URI", b"/OpenAction", b"/AA", b"MZ")


@pytest.mark.parametrize(
    ("kind", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/jpeg")]
)
def test_a_photo_keeps_its_picture_upright_and_loses_the_rest(kind: str, media_type: str) -> None:
    found, body = clean(photo(kind))
    assert found == media_type
    with Image.open(BytesIO(body)) as image:
        assert image.size == (480, 640)
        assert len(image.getexif()) == 0
        assert not set(image.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}
        red, green, blue = image.convert("RGB").getpixel((10, 10))  # type: ignore[misc]
        assert (abs(red - 46) < 4, abs(green - 139) < 4, abs(blue - 87) < 4) == (True, True, True)
    for mark in (GPS_MARK, TRAILING, b"Exif", b"http"):
        assert mark not in body


def test_a_photo_of_a_new_phone_is_made_smaller() -> None:
    _, body = clean(photo(size=(8000, 6000)))
    with Image.open(BytesIO(body)) as image:
        assert max(image.size) <= LONGEST_SIDE


def test_what_shines_through_stands_on_white() -> None:
    out = BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(out, "PNG")
    with Image.open(BytesIO(clean(out.getvalue())[1])) as image:
        assert image.getpixel((4, 4)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"MZ\x90\x00 a program", "file_type_unknown"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "file_type_unknown"),
        (b"GIF89a" + bytes(50), "file_type_unknown"),
        (b"PK\x03\x04 word/document.xml", "file_type_unknown"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(50), "file_heic"),
        (photo()[:300], "file_broken"),
        (b"\xff\xd8\xff\xe0 not really", "file_broken"),
        (png_bomb(), "photo_too_large"),
        (b"%PDF-1.7 nothing behind it", "file_broken"),
        (paper(MOST_PAGES + 1), "pdf_too_long"),
        (paper(password="secret"), "pdf_locked"),
    ],
)
def test_what_is_not_taken_is_refused_by_its_reason(body: bytes, code: str) -> None:
    with pytest.raises(DomainError, match=code) as refused:
        clean(body)
    assert refused.value.field == "file"


def test_a_name_in_a_paper_and_its_place_stay_out() -> None:
    media_type, body = clean(paper(3))
    assert media_type == "application/pdf"
    assert len(PdfReader(BytesIO(body)).pages) == 3
    assert GPS_MARK not in body


def test_a_photo_inside_a_paper_loses_its_place_and_keeps_its_picture() -> None:
    assert GPS_MARK in paper_with_photo()
    _, body = clean(paper_with_photo())
    assert GPS_MARK not in body
    [image] = PdfReader(BytesIO(body)).pages[0].images
    assert image.image is not None
    assert image.image.size == (640, 480)


def test_a_paper_that_opens_without_a_password_is_read() -> None:
    _, body = clean(paper(owner_only=True))
    assert not PdfReader(BytesIO(body)).is_encrypted


@pytest.mark.parametrize("what", ["script", "embedded", "launch", "address", "page"])
def test_what_acts_stays_out_of_a_paper(what: str) -> None:
    _, body = clean(acting_paper(what))
    assert [mark for mark in ACTING if mark in body] == []


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_file_is_clean_or_refused_and_never_worse(data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from([photo(), photo("PNG"), paper(2), paper_with_photo()])))
    for _ in range(data.draw(st.integers(1, 20))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        _, out = clean(bytes(body[: data.draw(st.integers(1, len(body)))]))
    except DomainError:
        return
    assert TRAILING not in out


def test_segments_without_metadata_are_the_same_picture() -> None:
    whole = photo()
    bare = without_metadata(whole)
    assert GPS_MARK not in bare
    assert TRAILING not in bare
    with Image.open(BytesIO(whole)) as one, Image.open(BytesIO(bare)) as other:
        assert list(one.convert("RGB").get_flattened_data()) == list(
            other.convert("RGB").get_flattened_data()
        )


def test_the_child_answers_with_the_file_or_the_reason() -> None:
    cleaner = ChildCleaner()
    taken = cleaner.clean(photo())
    assert (taken.type.value, len(taken.sha256)) == ("image/jpeg", 64)
    with pytest.raises(DomainError, match="pdf_locked"):
        cleaner.clean(paper(password="secret"))
    with pytest.raises(DomainError, match="file_missing"):
        cleaner.clean(b"")
    with pytest.raises(DomainError, match="file_too_large"):
        cleaner.clean(b"%PDF-" + bytes(LARGEST_MEGABYTES << 20))


def test_a_child_that_dies_is_a_broken_file() -> None:
    with pytest.raises(DomainError, match="file_broken"):
        ChildCleaner(python="/bin/false").clean(photo())
