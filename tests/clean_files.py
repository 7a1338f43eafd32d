"""A file as it comes out of the cleaner."""

from hashlib import sha256

from portal.domain.attachments import FileType
from portal.services.ports import CleanFile

PHOTO = b"\xff\xd8\xff a photo"


def clean_photo(body: bytes = PHOTO) -> CleanFile:
    return CleanFile(type=FileType.JPEG, body=body, sha256=sha256(body).hexdigest())
