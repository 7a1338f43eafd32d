"""The process that reads strangers' PDFs: an original and a file on standard input, what differs as JSON on standard output.

It has little memory, little time and no files to write: what a hostile file blows up is this process alone.
"""

import json
import resource
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from difflib import SequenceMatcher

from portal.adapters.comparison.outlines import Outline, outline_of
from portal.domain.document_changes import ChangeKind, DocumentChange

MEMORY = 1 << 30
CPU_SECONDS = 10


def compare(original: bytes, given: bytes) -> list[DocumentChange]:
    """What of pages, attached files and signatures differs; ``SAVED_ANEW`` where nothing of it does."""
    before = outline_of(original)
    try:
        after = outline_of(given)
    except Exception:  # noqa: BLE001 - whatever a stranger's file makes a parser say, it is one answer
        return [DocumentChange(ChangeKind.UNREADABLE)]
    changes = [*_pages(before.pages, after.pages), *_rest(before, after)]
    return changes or [DocumentChange(ChangeKind.SAVED_ANEW)]


def _pages(before: Sequence[str], after: Sequence[str]) -> Iterator[DocumentChange]:
    added: list[int] = []
    removed: list[int] = []
    changed: list[int] = []
    for what, i, i_end, j, j_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        both = min(i_end - i, j_end - j)
        changed += range(j + 1, j + both + 1)
        added += range(j + both + 1, j_end + 1)
        removed += range(i + both + 1, i_end + 1)
    for kind, pages in (
        (ChangeKind.PAGES_CHANGED, changed),
        (ChangeKind.PAGES_ADDED, added),
        (ChangeKind.PAGES_REMOVED, removed),
    ):
        if pages:
            yield DocumentChange(kind, pages=tuple(pages))


def _rest(before: Outline, after: Outline) -> Iterator[DocumentChange]:
    names = {*before.attachments, *after.attachments}
    touched = sorted(name for name in names if before.attachments.get(name) != after.attachments.get(name))
    if touched:
        # Names in a stranger's file are a stranger's words: only ours are repeated.
        yield DocumentChange(
            ChangeKind.ATTACHMENTS, names=tuple(name for name in touched if name in before.attachments)
        )
    missing = [name for name in before.signed if name not in after.signed]
    if missing:
        yield DocumentChange(ChangeKind.SIGNATURES_MISSING, names=tuple(missing))


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    length = int(sys.stdin.buffer.readline())
    original = sys.stdin.buffer.read(length)
    found = compare(original, sys.stdin.buffer.read())
    sys.stdout.write(json.dumps([asdict(change) for change in found]))


if __name__ == "__main__":
    main()
