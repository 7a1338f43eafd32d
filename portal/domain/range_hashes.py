"""The roots of many ranges of leaves in one look at all of them: what many proofs at once are made of."""

from collections.abc import Iterable, Sequence

from portal.domain.merkle_trees import RangeHash, consistency_proof, inclusion_proof, node_hash

Range = tuple[int, int]


class RangeHashes:
    """Takes leaf hashes in their order, from the first; afterwards calling it with a wanted range gives its root.

    Ranges begin where RFC 6962 splits trees, at a multiple of the power of two that holds them, as those of its proofs do.
    """

    def __init__(self, ranges: Iterable[Range]) -> None:
        self._wanted = {part for start, end in ranges for part in _full_parts(start, end)}
        self._found: dict[Range, bytes] = {}
        self._peaks: list[bytes] = []
        self._size = 0

    def take(self, leaf: bytes) -> None:
        """The next leaf's hash."""
        root, span, filled = leaf, 1, self._size
        self._note(self._size, span, root)
        while filled & 1:
            root, span, filled = node_hash(self._peaks.pop(), root), span * 2, filled >> 1
            self._note(self._size + 1 - span, span, root)
        self._peaks.append(root)
        self._size += 1

    def __call__(self, start: int, end: int) -> bytes:
        """Raises ``KeyError`` for a range that was not wanted, or for which too few leaves came."""
        *larger, root = (self._found[part] for part in _full_parts(start, end))
        for peak in reversed(larger):
            root = node_hash(peak, root)
        return root

    def _note(self, start: int, span: int, root: bytes) -> None:
        if (start, span) in self._wanted:
            self._found[start, span] = root


def proofs_at_once(
    leaves: Iterable[bytes], *, indexes: Sequence[int], sizes: Sequence[int]
) -> tuple[dict[int, Sequence[bytes]], dict[int, Sequence[bytes]]]:
    """Inclusion proofs by index in the tree of the last size, and consistency proofs to it by each size before.

    ``sizes`` rise; ``leaves`` are at least as many as the last of them.
    """
    *earlier, size = sizes
    wanted: list[Range] = []

    def note(start: int, end: int) -> bytes:
        wanted.append((start, end))
        return b""

    def proofs(hashes: RangeHash) -> tuple[dict[int, Sequence[bytes]], dict[int, Sequence[bytes]]]:
        inclusion: dict[int, Sequence[bytes]] = {
            index: inclusion_proof(index, size, hashes) for index in indexes
        }
        growth: dict[int, Sequence[bytes]] = {
            first: consistency_proof(first, size, hashes) for first in earlier
        }
        return inclusion, growth

    proofs(note)
    hashes = RangeHashes(wanted)
    for _, leaf in zip(range(size), leaves, strict=False):
        hashes.take(leaf)
    return proofs(hashes)


def _full_parts(start: int, end: int) -> list[Range]:
    """The full subtrees that a range is made of, the largest first: (start, span)."""
    parts = []
    while start < end:
        span = 1 << (end - start).bit_length() - 1
        parts.append((start, span))
        start += span
    return parts
