"""Merkle trees of the record: roots, and proofs that something is in them or that one grew out of another.

Hashing is SHA-256 as RFC 6962, section 2.1: a leaf is hashed behind a byte 0, two nodes behind a byte 1, and a tree of n leaves
is split at the largest power of two below n. Hashes are 32 bytes; indexes count from 0. The checks follow RFC 9162, sections
2.1.3.2 and 2.1.4.2, and share nothing with what makes the proofs.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
"""The root of no leaves."""
HASH_BYTES = 32
_LARGEST_SPAN = 4096

RangeHash = Callable[[int, int], bytes]
"""The root of the leaves from one index up to but without another."""


def leaf_hash(data: bytes) -> bytes:
    """What a leaf counts as in its tree."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash above two neighbours."""
    return sha256(b"\x01" + left + right).digest()


class GrowingTree:
    """The root of leaves that come one by one, in memory that grows with the logarithm of their number."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []
        """The roots of the full subtrees, the largest first: one for each bit of ``size``."""

    def append(self, leaf: bytes) -> None:
        """``leaf`` is a leaf's hash."""
        carried, filled = leaf, self.size
        while filled & 1:
            carried = node_hash(self._peaks.pop(), carried)
            filled >>= 1
        self._peaks.append(carried)
        self.size += 1

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Many at once, in their order: as appending each, in half the time where they fill whole subtrees."""
        start, end = 0, len(leaves)
        while start < end:
            span = min(
                self.size & -self.size or _LARGEST_SPAN, _LARGEST_SPAN, 1 << (end - start).bit_length() - 1
            )
            self._append_full(_full_root(leaves[start : start + span]), span)
            start += span

    def _append_full(self, root: bytes, span: int) -> None:
        """The root of a full subtree of ``span`` leaves, at a place that is a multiple of its size."""
        filled = self.size // span
        while filled & 1:
            root = node_hash(self._peaks.pop(), root)
            filled >>= 1
        self._peaks.append(root)
        self.size += span

    def root(self) -> bytes:
        """The root so far; ``EMPTY_ROOT`` before the first leaf."""
        if not self._peaks:
            return EMPTY_ROOT
        *larger, root = self._peaks
        for peak in reversed(larger):
            root = node_hash(peak, root)
        return root


def _full_root(level: Sequence[bytes]) -> bytes:
    """The root of as many leaves as a power of two."""
    while len(level) > 1:
        level = [
            sha256(b"\x01" + left + right).digest()
            for left, right in zip(level[::2], level[1::2], strict=True)
        ]
    return level[0]


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root of leaf hashes in their order."""
    tree = GrowingTree()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def inclusion_proof(index: int, size: int, range_hash: RangeHash) -> list[bytes]:
    """The hashes beside the way from a leaf up to the root of ``size`` leaves, the leaf's sibling first.

    Raises ``ValueError`` where there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    return [range_hash(*beside) for beside in _beside(index, 0, size)]


def consistency_proof(first: int, second: int, range_hash: RangeHash) -> list[bytes]:
    """The hashes that show a tree of ``second`` leaves to begin with the tree of its ``first`` leaves.

    Empty where the two are equal or the first is empty. Raises ``ValueError`` unless 0 ≤ first ≤ second.
    """
    if not 0 <= first <= second:
        raise ValueError(f"a tree of {first} does not grow into one of {second}")
    if first in {0, second}:
        return []
    return [range_hash(*part) for part in _consistency_parts(first, 0, second, is_whole=True)]


def has_leaf(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof leads from the leaf's hash at this index to the root of a tree of this size."""
    if not 0 <= index < size:
        return False
    place, last, reached = index, size - 1, leaf
    for beside in proof:
        if last == 0 or len(beside) != HASH_BYTES:
            return False
        if place & 1 or place == last:
            reached = node_hash(beside, reached)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            reached = node_hash(reached, beside)
        place, last = place >> 1, last >> 1
    return last == 0 and reached == root


def has_grown(first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows the tree of ``second`` leaves to begin with the tree of ``first``, neither changed nor reordered."""
    if not 0 <= first <= second or any(len(part) != HASH_BYTES for part in proof):
        return False
    if first == second:
        return not proof and first_root == second_root
    if first == 0:
        return not proof and first_root == EMPTY_ROOT
    parts = list(proof) if first & (first - 1) else [first_root, *proof]
    return bool(parts) and _grows(first, first_root, second, second_root, parts)


def _grows(first: int, first_root: bytes, second: int, second_root: bytes, parts: Sequence[bytes]) -> bool:
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = parts[0]
    for part in parts[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(part, old), node_hash(part, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, part)
        place, last = place >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _split(count: int) -> int:
    """The largest power of two below the number of leaves."""
    return 1 << (count - 1).bit_length() - 1


def _beside(index: int, start: int, end: int) -> list[tuple[int, int]]:
    if end - start == 1:
        return []
    middle = start + _split(end - start)
    if index < middle:
        return [*_beside(index, start, middle), (middle, end)]
    return [*_beside(index, middle, end), (start, middle)]


def _consistency_parts(first: int, start: int, end: int, *, is_whole: bool) -> list[tuple[int, int]]:
    """``first`` leaves are old, counted from ``start``; ``is_whole`` while those seen so far make the old tree itself."""
    if first == end - start:
        return [] if is_whole else [(start, end)]
    middle = start + _split(end - start)
    if first <= middle - start:
        return [*_consistency_parts(first, start, middle, is_whole=is_whole), (middle, end)]
    return [*_consistency_parts(first - (middle - start), middle, end, is_whole=False), (start, middle)]
