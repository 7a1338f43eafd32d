"""Roots and proofs against the published vectors, and against RFC 6962's own definition written down as it stands."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.merkle_trees import (
    EMPTY_ROOT,
    GrowingTree,
    consistency_proof,
    has_grown,
    has_leaf,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
)
from tests.published import published

LEAVES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
"""Of the Certificate Transparency reference tree, in hexadecimal."""
LARGEST = 18


def leaves(count: int) -> list[bytes]:
    return [
        leaf_hash(bytes.fromhex(LEAVES[place])) if place < 8 else leaf_hash(bytes([place]))
        for place in range(count)
    ]


def by_definition(hashes: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, over leaf hashes."""
    if len(hashes) <= 1:
        return hashes[0] if hashes else sha256(b"").digest()
    middle = max(2**power for power in range(64) if 2**power < len(hashes))
    return sha256(b"\x01" + by_definition(hashes[:middle]) + by_definition(hashes[middle:])).digest()


class Tree:
    def __init__(self, size: int) -> None:
        self.size, self.leaves = size, leaves(size)
        self.root = by_definition(self.leaves)

    def range_hash(self, start: int, end: int) -> bytes:
        return by_definition(self.leaves[start:end])


def spoilt(parts: Sequence[bytes]) -> list[list[bytes]]:
    """The proof with one hash changed, one missing, one too many, and turned round."""
    changed = [
        [*parts[:at], bytes([part[0] ^ 1]) + part[1:], *parts[at + 1 :]] for at, part in enumerate(parts)
    ]
    missing = [[*parts[:at], *parts[at + 1 :]] for at in range(len(parts))]
    turned = [list(reversed(parts))] if list(reversed(parts)) != list(parts) else []
    return [*changed, *missing, [*parts, bytes(32)], *turned]


@pytest.mark.parametrize("case", published("rules", "merkle_root"))
def test_published_roots(case: dict[str, Any]) -> None:
    hashes = [leaf_hash(bytes.fromhex(leaf)) for leaf in case["input"]["leaves_hex"]]
    assert EMPTY_ROOT.hex() == case["expected"]["root_size_0"]
    roots = [root_of(hashes[: size + 1]).hex() for size in range(len(hashes))]
    assert roots == case["expected"]["roots_size_1_to_8"]


@pytest.mark.parametrize("case", published("rules", "merkle_inclusion"))
def test_published_proofs_of_inclusion(case: dict[str, Any]) -> None:
    index, size = case["input"]["leaf_index"], case["input"]["tree_size"]
    proof = inclusion_proof(index, size, Tree(size).range_hash)
    assert [part.hex() for part in proof] == case["expected"]["path"]


@pytest.mark.parametrize("case", published("rules", "merkle_consistency"))
def test_published_proofs_of_consistency(case: dict[str, Any]) -> None:
    first, second = case["input"]["first"], case["input"]["second"]
    proof = consistency_proof(first, second, Tree(second).range_hash)
    assert [part.hex() for part in proof] == case["expected"]["proof"]


@given(st.lists(st.binary(max_size=4), max_size=70))
def test_a_growing_tree_has_the_root_of_the_definition(data: list[bytes]) -> None:
    hashes = [leaf_hash(item) for item in data]
    assert root_of(hashes) == by_definition(hashes)


@pytest.mark.parametrize("before", range(10))
@pytest.mark.parametrize("more", [0, 1, 2, 3, 7, 8, 9, 17])
def test_leaves_that_come_together_make_the_tree_of_those_that_come_one_by_one(
    before: int, more: int
) -> None:
    hashes = [leaf_hash(bytes([place])) for place in range(before + more + 1)]
    tree = GrowingTree()
    tree.extend(hashes[:before])
    tree.extend(hashes[before:-1])
    assert (tree.size, tree.root()) == (before + more, by_definition(hashes[:-1]))
    tree.append(hashes[-1])
    assert (tree.size, tree.root()) == (before + more + 1, by_definition(hashes))


def test_thousands_of_leaves_that_come_together_make_the_tree_of_those_that_come_one_by_one() -> None:
    hashes = [leaf_hash(place.to_bytes(2)) for place in range(3 * 4096 + 5)]
    tree = GrowingTree()
    tree.extend(hashes)
    assert (tree.size, tree.root()) == (len(hashes), root_of(hashes))


def test_a_proof_is_of_whole_hashes_and_no_longer_than_the_way() -> None:
    """A part of another length, or one that follows the root, proves nothing, whatever it is hashed to."""
    leaf, (short, beside) = leaf_hash(b"a"), (b"short", bytes(32))
    assert has_leaf(leaf, 0, 2, [beside], node_hash(leaf, beside))
    assert not has_leaf(leaf, 0, 2, [short], node_hash(leaf, short))
    assert not has_leaf(leaf, 0, 1, [beside], node_hash(beside, leaf))
    assert not has_leaf(leaf, 0, 1, [beside], node_hash(leaf, beside))


def test_every_leaf_is_proved_and_nothing_else_is() -> None:
    for size in range(1, LARGEST):
        tree = Tree(size)
        for index, leaf in enumerate(tree.leaves):
            proof = inclusion_proof(index, size, tree.range_hash)
            assert has_leaf(leaf, index, size, proof, tree.root)
            assert not any(
                has_leaf(leaf, other, size, proof, tree.root)
                for other in range(-1, size + 1)
                if other != index
            )
            assert not any(has_leaf(leaf, index, size, bad, tree.root) for bad in spoilt(proof))
            assert not has_leaf(leaf_hash(b"another"), index, size, proof, tree.root)
            assert not has_leaf(leaf, index, size, proof, leaf_hash(b"another"))


def test_every_growth_is_proved_and_nothing_else_is() -> None:
    trees = [Tree(size) for size in range(LARGEST)]
    for second in trees:
        for first in trees[: second.size + 1]:
            proof = consistency_proof(first.size, second.size, second.range_hash)
            assert has_grown(first.size, first.root, second.size, second.root, proof)
            assert not any(
                has_grown(first.size, first.root, second.size, second.root, bad) for bad in spoilt(proof)
            )
            assert not has_grown(first.size, leaf_hash(b"another"), second.size, second.root, proof)
            assert not has_grown(second.size + 1, first.root, second.size, second.root, proof)
            if first.size:
                assert not has_grown(first.size, first.root, second.size, leaf_hash(b"another"), proof)


def test_a_leaf_that_changed_is_no_growth() -> None:
    before, after = Tree(6), Tree(11)
    after.leaves[2] = leaf_hash(b"rewritten")
    root = by_definition(after.leaves)
    assert not has_grown(6, before.root, 11, root, consistency_proof(6, 11, after.range_hash))


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 3), (3, 3)])
def test_there_is_no_proof_of_a_leaf_outside(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_proof(index, size, Tree(size).range_hash)


def test_there_is_no_proof_of_shrinking() -> None:
    with pytest.raises(ValueError, match="does not grow"):
        consistency_proof(3, 2, Tree(3).range_hash)
