"""Hands a file to the process that writes it anew; two at once, the others wait their turn."""

import json
import subprocess
import sys
from hashlib import sha256
from threading import BoundedSemaphore

from portal.config import ROOT
from portal.domain.attachments import LARGEST_MEGABYTES, FileType
from portal.domain.errors import DomainError
from portal.services.ports import CleanFile

AT_ONCE = 2
SECONDS = 30
WAIT_SECONDS = 20


class ChildCleaner:
    """A file that comes to nothing within the limits is refused like a broken one."""

    def __init__(self, python: str = sys.executable) -> None:
        self._python = python
        self._turns = BoundedSemaphore(AT_ONCE)

    def clean(self, body: bytes) -> CleanFile:
        """Raises ``file_missing``, ``file_too_large``, ``file_type_unknown``, ``file_heic``, ``file_broken``, ``photo_too_large``,
        ``pdf_locked``, ``pdf_too_long``, ``pdf_acts``, ``files_busy``.
        """
        if not body:
            raise DomainError("file_missing", field="file")
        if len(body) > LARGEST_MEGABYTES << 20:
            raise DomainError("file_too_large", field="file", megabytes=LARGEST_MEGABYTES)
        head, _, clean = self._run(body).partition(b"\n")
        told = json.loads(head)
        if "code" in told:
            raise DomainError(told["code"], field="file", **told["details"])
        if len(clean) > LARGEST_MEGABYTES << 20:
            raise DomainError("file_too_large", field="file", megabytes=LARGEST_MEGABYTES)
        return CleanFile(type=FileType(told["media_type"]), body=clean, sha256=sha256(clean).hexdigest())

    def _run(self, body: bytes) -> bytes:
        if not self._turns.acquire(timeout=WAIT_SECONDS):
            raise DomainError("files_busy", field="file")
        try:
            # nosemgrep: dangerous-subprocess-use-audit - our own module, nothing of the file among the words
            done = subprocess.run(  # noqa: S603 - our own module, nothing of the file in the arguments
                [self._python, "-m", "portal.adapters.attachments.child"],
                input=body,
                capture_output=True,
                timeout=SECONDS,
                env={"PYTHONPATH": str(ROOT)},
                check=True,
            )
        except (subprocess.SubprocessError, OSError) as error:
            raise DomainError("file_broken", field="file") from error
        finally:
            self._turns.release()
        return done.stdout
