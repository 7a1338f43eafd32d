"""Notes, checkpoints and kept proofs as text: what was written is read again, what was changed is not."""

from base64 import b64encode
from hashlib import sha256

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from portal.domain.checkpoints import Checkpoint
from portal.domain.log_proofs import GrowthProof, LogProof
from portal.domain.merkle_trees import EMPTY_ROOT, inclusion_proof, leaf_hash, root_of
from portal.domain.signed_notes import NoteError, NoteKey, SignedNote, sign_note

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = NoteKey("portal.example/record", PRIVATE.public_key().public_bytes_raw())
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32))
CHECKPOINT = Checkpoint("portal.example/record", 3, root_of(leaf_hash(bytes([n])) for n in range(3)))
WRITTEN = str(sign_note(str(CHECKPOINT), KEY, PRIVATE.sign))

PUBLISHED_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PUBLISHED_NOTE = """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.

\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""
"""The example in the documentation of golang.org/x/mod/sumdb/note."""


def is_signed_by(public_key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def test_a_published_note_is_read_and_holds() -> None:
    key, note = NoteKey.parse(PUBLISHED_KEY), SignedNote.parse(PUBLISHED_NOTE)
    assert str(key) == PUBLISHED_KEY
    assert note.signers([key], is_signed_by) == [key]
    assert str(note) == PUBLISHED_NOTE


def test_a_checkpoint_is_written_as_three_lines_and_read_again() -> None:
    assert WRITTEN.split("\n")[:2] == ["portal.example/record", "3"]
    note = SignedNote.parse(WRITTEN)
    assert note.signers([KEY], is_signed_by) == [KEY]
    assert Checkpoint.parse(note.text) == CHECKPOINT


def test_each_character_that_changes_is_noticed() -> None:
    for place, character in enumerate(WRITTEN):
        changed = WRITTEN[:place] + ("x" if character != "x" else "y") + WRITTEN[place + 1 :]
        with pytest.raises(NoteError):
            SignedNote.parse(changed).signers([KEY], is_signed_by)


def test_a_strangers_signature_is_passed_over_and_is_not_enough() -> None:
    stranger = NoteKey("witness.example", STRANGER.public_key().public_bytes_raw())
    other = sign_note(str(CHECKPOINT), stranger, STRANGER.sign)
    with pytest.raises(NoteError, match="unsigned"):
        other.signers([KEY], is_signed_by)
    both = SignedNote(str(CHECKPOINT), (*other.signatures, *SignedNote.parse(WRITTEN).signatures))
    assert SignedNote.parse(str(both)).signers([KEY], is_signed_by) == [KEY]


def test_another_key_under_our_name_is_not_ours() -> None:
    forged = sign_note(str(CHECKPOINT), KEY, STRANGER.sign)
    with pytest.raises(NoteError, match="forged"):
        forged.signers([KEY], is_signed_by)


@pytest.mark.parametrize(
    "text",
    ["", "no signature\n", "a\n\nno dash x\n", "a\n\n\u2014 name !!!\n", "a\n\n\u2014 na+me AAAAAAAA\n", "a\x07\n\n\u2014 n AAAAAAAA\n",
     "a\n\n" + "\u2014 n AAAAAAAA\n" * 17, "a" * 20_000 + "\n\n\u2014 n AAAAAAAA\n"],
)  # fmt: skip
def test_what_is_no_note_is_said_to_be_none(text: str) -> None:
    with pytest.raises(NoteError, match="unreadable"):
        SignedNote.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "o\n1\n",
        "o\n01\n{r}\n",
        "o\n-1\n{r}\n",
        "o\n1\nshort\n",
        "\n1\n{r}\n",
        "o\n1\n{r}\n\n",
        "o\n1\n{b}\n",
    ],
)
def test_what_is_no_checkpoint_is_said_to_be_none(text: str) -> None:
    right, loose = "A" * 43 + "=", "A" * 42 + "B="
    with pytest.raises(NoteError, match="unreadable"):
        Checkpoint.parse(text.replace("{r}", right).replace("{b}", loose))


@pytest.mark.parametrize(
    "text",
    ["", "name", "na me+00000000+AQ==", PUBLISHED_KEY.replace("c74f20a3", "c74f20a4"), "n+00000000+????"],
)
def test_what_is_no_key_is_said_to_be_none(text: str) -> None:
    with pytest.raises(NoteError, match="unreadable"):
        NoteKey.parse(text)


def test_a_proof_is_kept_as_text_and_places_its_leaf() -> None:
    hashes = [leaf_hash(bytes([n])) for n in range(3)]
    path = inclusion_proof(1, 3, lambda start, end: root_of(hashes[start:end]))
    written = str(LogProof(1, tuple(path), WRITTEN))
    assert written.split("\n")[:2] == ["c2sp.org/tlog-proof@v1", "index 1"]
    read = LogProof.parse(written)
    note, checkpoint = read.signed()
    assert note.signers([KEY], is_signed_by) == [KEY]
    assert checkpoint == CHECKPOINT
    assert read.places(hashes[1])
    assert not read.places(hashes[0])
    assert LogProof.parse(written.replace("index", "extra bm90aGluZw==\nindex", 1)) == read


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tlog-proof@v1", "tlog-proof@v2"),
        ("index 1", "index 01"),
        ("index 1", "place 1"),
        ("index 1\n", "index 1\nno hash\n"),
        ("\n\n", "\n"),
    ],
)
def test_what_is_no_proof_is_said_to_be_none(before: str, after: str) -> None:
    hashes = [leaf_hash(bytes([n])) for n in range(3)]
    path = inclusion_proof(1, 3, lambda start, end: root_of(hashes[start:end]))
    written = str(LogProof(1, tuple(path), WRITTEN)).replace(before, after, 1)
    with pytest.raises(NoteError, match="unreadable"):
        LogProof.parse(written).signed()


@pytest.mark.parametrize("name", ["", " ", "two words", "tab\tbed", "plus+plus", "end\n"])
def test_a_keys_name_has_no_space_and_no_plus(name: str) -> None:
    with pytest.raises(ValueError, match="not a key's name"):
        NoteKey(name, bytes(32))


def test_a_key_is_read_with_space_around_it_and_written_without() -> None:
    assert str(NoteKey.parse(f" {PUBLISHED_KEY}\n")) == PUBLISHED_KEY


def key_text(raw: bytes) -> str:
    """A key of these bytes, with the right four bytes of its id, so that nothing else is wrong."""
    return f"n+{sha256(b'n' + NEW_LINE + raw).hexdigest()[:8]}+{b64encode(raw).decode()}"


NEW_LINE, ED25519 = b"\n", b"\x01"


def test_a_key_is_thirty_two_bytes_of_the_known_kind() -> None:
    assert NoteKey.parse(key_text(ED25519 + bytes(32))) == NoteKey("n", bytes(32))
    for raw in (b"\x02" + bytes(32), ED25519 + bytes(31), ED25519 + bytes(33), bytes(33), ED25519, b""):
        with pytest.raises(NoteError, match=r"^unreadable$"):
            NoteKey.parse(key_text(raw))
    with pytest.raises(NoteError, match=r"^unreadable$"):
        NoteKey.parse(key_text(ED25519 + bytes(32)) + "=")


SIGNED = "\u2014 n AAAAAAAA\n"
"""Four bytes of a key's id and two of a signature."""


@pytest.mark.parametrize(
    ("note", "is_note"),
    [
        ("a\n\n" + SIGNED * 16, True),
        ("a\n\n" + SIGNED * 17, False),
        ("a\n\n" + SIGNED.removesuffix("\n"), False),
        ("a\n\n" + SIGNED + "\n", False),
        ("a\nb\n\nc\n\n" + SIGNED, True),
        ("a\n\n\u2014 n AAAAAAA=\n", True),
        ("a\n\n\u2014 n AAAAAA==\n", False),
        ("a\n\n\u2014 n AAAAAAAB=\n", False),
        ("a\n\n- n AAAAAAAA\n", False),
        ("a\n\n\u2014 AAAAAAAA\n", False),
        ("a\tb\n\n" + SIGNED, False),
        ("a" * (16_384 - 2 - len(SIGNED)) + "\n\n" + SIGNED, True),
        ("a" * (16_384 - 1 - len(SIGNED)) + "\n\n" + SIGNED, False),
    ],
)
def test_a_note_has_one_to_sixteen_signatures_behind_an_empty_line(note: str, is_note: bool) -> None:
    if is_note:
        assert str(SignedNote.parse(note)) == note
    else:
        with pytest.raises(NoteError, match=r"^unreadable$"):
            SignedNote.parse(note)


def test_a_note_is_split_where_the_last_empty_line_stands() -> None:
    note = SignedNote.parse("a\n\nb\n\n" + SIGNED)
    assert note.text == "a\n\nb\n"
    (signature,) = note.signatures
    assert (signature.name, signature.key_id, signature.value) == ("n", bytes(4), bytes(2))


@pytest.mark.parametrize("text", ["", "no end", "bell\x07\n", "tab\t\n", "two\r\n"])
def test_only_whole_lines_of_plain_text_are_signed(text: str) -> None:
    with pytest.raises(ValueError, match=r"^a note is whole lines of plain text$"):
        sign_note(text, KEY, PRIVATE.sign)


def test_a_key_of_another_id_or_name_is_a_strangers() -> None:
    note = SignedNote.parse(WRITTEN)
    other_name = NoteKey("portal.example/other", KEY.public_key)
    other_key = NoteKey(KEY.name, STRANGER.public_key().public_bytes_raw())
    for keys in ([], [other_name], [other_key], [other_name, other_key]):
        with pytest.raises(NoteError, match=r"^unsigned$"):
            note.signers(keys, is_signed_by)
    assert note.signers([other_name, KEY, other_key], is_signed_by) == [KEY]


def test_a_proof_has_at_most_as_many_hashes_as_the_largest_tree_asks_for() -> None:
    longest = LogProof(0, (bytes(32),) * 63, WRITTEN)
    assert LogProof.parse(str(longest)) == longest
    with pytest.raises(NoteError, match=r"^unreadable$"):
        LogProof.parse(str(LogProof(0, (bytes(32),) * 64, WRITTEN)))


def test_an_index_has_at_most_eighteen_digits() -> None:
    largest = LogProof(10**18 - 1, (), WRITTEN)
    assert LogProof.parse(str(largest)) == largest
    with pytest.raises(NoteError, match=r"^unreadable$"):
        LogProof.parse(str(LogProof(10**18, (), WRITTEN)))


def test_a_proof_of_growth_is_written_as_witnesses_ask_for_it() -> None:
    assert str(GrowthProof(2, (bytes(32), b"\xff" * 32), WRITTEN)) == (
        f"old 2\n{'A' * 43}=\n{'/' * 42}8=\n\n{WRITTEN}"
    )
    assert str(GrowthProof(0, (), WRITTEN)) == f"old 0\n\n{WRITTEN}"


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [
        ("", 0, EMPTY_ROOT),
        ("a\nb", 0, EMPTY_ROOT),
        ("a", -1, EMPTY_ROOT),
        ("a", 1, bytes(31)),
        ("a", 1, bytes(33)),
    ],
)
def test_what_could_not_be_written_is_no_checkpoint(origin: str, size: int, root: bytes) -> None:
    with pytest.raises(ValueError, match="not a checkpoint"):
        Checkpoint(origin, size, root)


def test_a_checkpoint_may_sign_nothing_and_carry_extensions() -> None:
    empty = Checkpoint("a", 0, EMPTY_ROOT)
    assert Checkpoint.parse(str(empty)) == empty
    assert Checkpoint.parse(f"{empty}more\nand more\n") == empty
