"""Keys that sign checkpoints: a past one holds up to where it signed, and nothing beyond."""

from base64 import b64encode
from hashlib import sha256

import pytest

from portal.domain.checkpoints import Checkpoint
from portal.domain.record_keys import TrustedKey, ended, read_checkpoint
from portal.domain.signed_notes import NoteError, NoteKey, Signature, SignedNote, sign_note

ORIGIN = "portal.example/record"
FIRST, SECOND = NoteKey(ORIGIN, bytes([1]) * 32), NoteKey(ORIGIN, bytes([2]) * 32)
WITNESS = NoteKey("witness.example", bytes([3]) * 32)


def signature(key: NoteKey, text: str) -> bytes:
    """Stands for Ed25519: who has the public key can check it."""
    return sha256(key.public_key + text.encode()).digest() * 2


def is_signed_by(public_key: bytes, value: bytes, message: bytes) -> bool:
    return value == sha256(public_key + message).digest() * 2


def note(*keys: NoteKey, size: int = 10, origin: str = ORIGIN) -> str:
    text = str(Checkpoint(origin, size, bytes(32)))
    return str(SignedNote(text, tuple(Signature(key.name, key.id, signature(key, text)) for key in keys)))


def refusal(text: str, *keys: TrustedKey) -> str | None:
    try:
        assert read_checkpoint(text, keys, is_signed_by) == Checkpoint(ORIGIN, 10, bytes(32))
    except NoteError as error:
        return str(error)
    return None


@pytest.mark.parametrize(("until", "code"), [(None, None), (11, None), (10, None), (9, "retired"), (0, "retired")])  # fmt: skip
def test_a_key_signs_up_to_its_last_size(until: int | None, code: str | None) -> None:
    assert TrustedKey(FIRST, until).may_sign(10) is (code is None)
    assert refusal(note(FIRST), TrustedKey(FIRST, until)) == code


def test_a_checkpoint_that_a_key_in_use_signed_too_holds() -> None:
    past, used = TrustedKey(FIRST, 9), TrustedKey(SECOND)
    assert refusal(note(FIRST, SECOND), past, used) is None
    assert refusal(note(FIRST), past, used) == "retired"
    assert refusal(note(SECOND), past, used) is None


def test_a_witness_alone_makes_no_checkpoint_of_ours() -> None:
    keys = TrustedKey(FIRST), TrustedKey(WITNESS)
    assert refusal(note(WITNESS), *keys) == "foreign"
    assert refusal(note(FIRST, WITNESS), *keys) is None


def test_what_our_key_signed_under_another_name_is_of_another_record() -> None:
    assert refusal(note(FIRST, origin="other.example/record"), TrustedKey(FIRST)) == "foreign"


def test_a_strangers_a_forged_and_an_unreadable_note_are_told_apart() -> None:
    assert refusal(note(SECOND), TrustedKey(FIRST)) == "unsigned"
    assert refusal(note(FIRST).replace("\n10\n", "\n11\n"), TrustedKey(FIRST)) == "forged"
    assert refusal("no note", TrustedKey(FIRST)) == "unreadable"
    no_checkpoint = sign_note("a\n", FIRST, lambda _: signature(FIRST, "a\n"))
    assert refusal(str(no_checkpoint), TrustedKey(FIRST)) == "unreadable"


def test_a_key_that_ended_is_kept_with_its_last_size_and_the_others_as_they_are() -> None:
    keys = [TrustedKey(FIRST, 4), TrustedKey(SECOND), TrustedKey(WITNESS)]
    assert ended(keys, SECOND, 25) == [TrustedKey(FIRST, 4), TrustedKey(SECOND, 25), TrustedKey(WITNESS)]


@pytest.mark.parametrize(("until", "end"), [(None, ""), (0, " until 0"), (250, " until 250")])
def test_a_key_is_written_as_a_line_and_read_again(until: int | None, end: str) -> None:
    packed = b64encode(b"\x01" + FIRST.public_key).decode()
    line = f"{ORIGIN}+{FIRST.id.hex()}+{packed}{end}"
    assert str(TrustedKey(FIRST, until)) == line
    assert TrustedKey.parse(f" {line}\n") == TrustedKey(FIRST, until)


@pytest.mark.parametrize("until", ["x", "-1", "1.5", "1 2", "²", "٣"])
def test_a_key_whose_last_size_is_no_number_is_not_read(until: str) -> None:
    with pytest.raises(NoteError, match=r"^unreadable$"):
        TrustedKey.parse(f"{FIRST} until {until}")
