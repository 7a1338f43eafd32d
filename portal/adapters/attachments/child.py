"""The process that reads strangers' files: one from standard input, answered on standard output by a line of JSON and the bytes.

It has little memory, little time and no files to write: what a hostile file blows up is this process alone.
"""

import json
import resource
import sys

from portal.adapters.attachments.kinds import Found, kind_of
from portal.domain.errors import DomainError

MEMORY = 1 << 30
CPU_SECONDS = 15


def clean(body: bytes) -> tuple[str, bytes]:
    """(media type, bytes). Raises ``DomainError`` for what is not taken."""
    match kind_of(body):
        case Found.JPEG | Found.PNG | Found.WEBP:
            from portal.adapters.attachments.photos import clean_photo  # noqa: PLC0415 - each kind loads what it needs

            return clean_photo(body)
        case Found.PDF:
            from portal.adapters.attachments.papers import clean_paper  # noqa: PLC0415

            return "application/pdf", clean_paper(body)
        case Found.HEIC:
            raise DomainError("file_heic", field="file")
        case Found.OTHER:
            raise DomainError("file_type_unknown", field="file")


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        media_type, body = clean(sys.stdin.buffer.read())
        head: dict[str, object] = {"media_type": media_type}
    except DomainError as error:
        head, body = {"code": error.code, "details": dict(error.details)}, b""
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + body)


if __name__ == "__main__":
    main()
