"""Hands an original and a stranger's file to the process that compares them; two at once, others do without."""

import json
import subprocess
import sys
from collections.abc import Sequence
from threading import BoundedSemaphore
from typing import Final

from portal.config import ROOT
from portal.domain.document_changes import ChangeKind, DocumentChange, compare_bytes

SECONDS: Final = 20
_TURNS: Final = BoundedSemaphore(2)
_MOST_NAMED: Final = 20


def compare_documents(original: bytes, given: bytes) -> Sequence[DocumentChange]:
    """What the bytes tell, then what pages, attached files and signatures tell; the first alone where many ask at once."""
    found = [*compare_bytes(original, given)]
    if not _TURNS.acquire(blocking=False):
        return found
    try:
        return [*found, *_compared(original, given)]
    except (subprocess.SubprocessError, OSError, ValueError):
        return [*found, DocumentChange(ChangeKind.UNREADABLE)]
    finally:
        _TURNS.release()


def _compared(original: bytes, given: bytes) -> Sequence[DocumentChange]:
    # nosemgrep: dangerous-subprocess-use-audit - our own module, the files on its standard input
    done = subprocess.run(
        [sys.executable, "-m", "portal.adapters.comparison.child"],
        input=b"%d\n" % len(original) + original + given,
        capture_output=True,
        timeout=SECONDS,
        env={"PYTHONPATH": str(ROOT)},
        check=True,
    )
    return [_change(each) for each in json.loads(done.stdout)]


def _change(told: dict[str, object]) -> DocumentChange:
    pages, names = told["pages"], told["names"]
    assert isinstance(pages, list)
    assert isinstance(names, list)
    return DocumentChange(
        ChangeKind(str(told["kind"])),
        pages=tuple(int(page) for page in pages[:_MOST_NAMED]),
        names=tuple(str(name) for name in names[:_MOST_NAMED]),
    )
