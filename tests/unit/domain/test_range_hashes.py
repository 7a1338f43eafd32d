"""Many proofs made in one look at the leaves are those that each would be by itself."""

from collections.abc import Sequence
from hashlib import sha256

import pytest

from portal.domain.merkle_trees import (
    consistency_proof,
    has_grown,
    has_leaf,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
)
from portal.domain.range_hashes import RangeHashes, proofs_at_once

LEAVES = [leaf_hash(bytes([place])) for place in range(33)]
RANGES = [
    (start, end)
    for span in (1, 2, 4, 8, 16, 32)
    for start in range(0, 33, span)
    for end in range(start + 1, min(start + span, 33) + 1)
]
"""All that begin at a multiple of the power of two that holds them."""


def by_definition(hashes: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, over leaf hashes."""
    if len(hashes) == 1:
        return hashes[0]
    middle = max(2**power for power in range(6) if 2**power < len(hashes))
    return sha256(b"\x01" + by_definition(hashes[:middle]) + by_definition(hashes[middle:])).digest()


def taken(ranges: Sequence[tuple[int, int]], count: int = len(LEAVES)) -> RangeHashes:
    hashes = RangeHashes(ranges)
    for leaf in LEAVES[:count]:
        hashes.take(leaf)
    return hashes


def test_each_range_has_the_root_of_its_leaves() -> None:
    hashes = taken(RANGES)
    assert all(hashes(start, end) == by_definition(LEAVES[start:end]) for start, end in RANGES)


def test_a_range_is_known_as_soon_as_its_last_leaf_came() -> None:
    assert taken([(4, 7)], 7)(4, 7) == node_hash(node_hash(LEAVES[4], LEAVES[5]), LEAVES[6])
    with pytest.raises(KeyError):
        taken([(4, 7)], 6)(4, 7)


def test_a_range_that_nobody_asked_for_is_not_known() -> None:
    hashes = taken([(0, 8)])
    assert hashes(0, 8) == by_definition(LEAVES[:8])
    for other in [(0, 4), (4, 8), (8, 16), (0, 16), (7, 8)]:
        with pytest.raises(KeyError):
            hashes(*other)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 13, 32, 33])
def test_proofs_at_once_are_those_made_one_by_one_and_hold(size: int) -> None:
    def range_hash(start: int, end: int) -> bytes:
        return by_definition(LEAVES[start:end])

    indexes, sizes = range(size), range(size + 1)
    inclusion, growth = proofs_at_once(LEAVES, indexes=indexes, sizes=sizes)
    assert inclusion == {index: inclusion_proof(index, size, range_hash) for index in indexes}
    assert growth == {first: consistency_proof(first, size, range_hash) for first in range(size)}
    root = root_of(LEAVES[:size])
    assert all(has_leaf(LEAVES[index], index, size, proof, root) for index, proof in inclusion.items())
    assert all(
        has_grown(first, root_of(LEAVES[:first]), size, root, proof) for first, proof in growth.items()
    )


def test_no_leaf_is_read_beyond_the_size_that_is_proved() -> None:
    """The leaves may be a row of a database that goes on: what came after the checkpoint is nobody's yet."""
    read = iter(LEAVES)
    proofs_at_once(read, indexes=[2], sizes=[3, 5])
    assert next(read) == LEAVES[5]
    inclusion, growth = proofs_at_once(LEAVES[:5], indexes=[2], sizes=[3, 5])
    assert (inclusion, growth) == proofs_at_once(LEAVES, indexes=[2], sizes=[3, 5])
    assert (set(inclusion), set(growth)) == ({2}, {3})


def test_too_few_leaves_make_no_proof() -> None:
    with pytest.raises(KeyError):
        proofs_at_once(LEAVES[:4], indexes=[0], sizes=[5])
