"""The inventory of keys and algorithms in docs/security.md against the code: each use of cryptography names its line."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.key_uses import ROOT, uses, uses_of_the_program

INVENTORY = ROOT / "docs" / "security.md"
LISTED = Path(__file__).with_name("key_uses.txt")
"""``module primitive times: line`` for each; a line is how its first cell begins. A new use is put here, beside the line that it needs."""


def lines_of_the_inventory() -> dict[str, str]:
    """First cell and the whole line, as far as the table goes."""
    _, _, after = INVENTORY.read_text(encoding="utf-8").partition("## Keys and algorithms\n")
    table = after.partition("\n\n")[0].splitlines()[2:]
    return {line.split("|")[1].strip().replace("`", ""): line for line in table}


def listed() -> dict[tuple[str, str], tuple[int, list[str]]]:
    found = {}
    for line in LISTED.read_text(encoding="utf-8").splitlines():
        use, _, of = line.partition(": ")
        module, primitive, times = use.split()
        assert (module, primitive) not in found, line
        found[module, primitive] = int(times), of.split("; ")
    return found


def test_each_use_of_cryptography_is_listed_as_often_as_it_is_there() -> None:
    there = {
        (module, primitive): times
        for module, named in uses_of_the_program().items()
        for primitive, times in named.items()
    }
    assert there == {use: times for use, (times, _) in listed().items()}


def test_each_use_names_a_line_of_the_inventory_and_each_line_has_a_use() -> None:
    lines = lines_of_the_inventory()
    assert len(lines) > 15
    named = {line for _, of in listed().values() for line in of}
    assert named - lines.keys() == set()
    assert lines.keys() - named == set()


@pytest.mark.parametrize(
    ("primitive", "said"),
    [
        (r"\.AESGCM$", "AES-256-GCM"),
        (r"\.HKDF$", "HKDF-SHA-256"),
        (r"\.Ed25519", "Ed25519"),
        (r"\.RSA|rsa\.generate", "RSA"),
        (r"\.ECDSA$|SECP256R1$", "ECDSA"),
        (r"^argon2\.", "argon2id"),
        (r"^hashlib\.md5$", "MD5"),
        (r"^hashlib\.sha1$|^pyotp\.TOTP$", "SHA-1"),
        (r"^hmac\.(new|digest)$", "HMAC-SHA-256"),
        (r"^itsdangerous\.", "HMAC-SHA-256"),
        (r"^hashlib\.sha256$", "SHA-256"),
        (r"^webauthn\.verify", "WebAuthn"),
        (r"^secrets\.(token|choice|randbits)", "random"),
    ],
)
def test_the_line_that_a_use_names_says_its_algorithm(primitive: str, said: str) -> None:
    lines = lines_of_the_inventory()
    of = [(use, names) for use, (_, names) in listed().items() if re.search(primitive, use[1])]
    assert of
    assert [use for use, names in of if not any(said in lines[name] for name in names)] == []


def test_uses_are_found_however_they_are_imported_and_types_are_none() -> None:
    source = """
import hashlib, hmac as h, ssl
from hashlib import sha256 as made
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding
def f(cipher: AESGCM, key: "x") -> AESGCM:
    hashlib.sha1(b""); h.digest(b"", b"", "sha256"); made(b""); made(b"")
    kept: AESGCM = AESGCM(key)
    return ec.ECDSA(hashlib.sha256)
"""
    aead = "cryptography.hazmat.primitives.ciphers.aead.AESGCM"
    assert uses(source) == Counter(
        {
            "hashlib.sha1": 1,
            "hmac.digest": 1,
            "hashlib.sha256": 3,
            aead: 1,
            "cryptography.hazmat.primitives.asymmetric.ec.ECDSA": 1,
        }
    )
