from hashlib import sha1
from pathlib import Path

import pytest

from portal.adapters.password_hashes import PasswordHashes


def line_of(password: str, count: str = "") -> str:
    return sha1(password.encode(), usedforsecurity=False).hexdigest().upper() + count


def listed(*passwords: str, end: str = "\n") -> str:
    """As it is published: ordered by hash, with how often each was seen."""
    return "".join(f"{line}{end}" for line in sorted(line_of(each, f":{len(each)}") for each in passwords))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("many", [1, 2, 3, 50, 2_000])
def test_each_line_is_found_and_nothing_else(tmp_path: Path, many: int, end: str) -> None:
    words = [f"word {'x' * (number % 9)} {number}" for number in range(many)]
    path = tmp_path / "hashes.txt"
    for text in (listed(*words, end=end), listed(*words, end=end).rstrip(), listed(*words, end=end).lower()):
        path.write_bytes(text.encode())
        hashes = PasswordHashes(path)
        assert all(hashes.holds(word) for word in words)
        assert not any(hashes.holds(f"{word}!") for word in words[:200])
        hashes.refuse_other()


def test_hashes_alone_are_lines_too(tmp_path: Path) -> None:
    path = tmp_path / "hashes.txt"
    path.write_text("\n".join(sorted(line_of(f"word {number}") for number in range(100))))
    assert PasswordHashes(path).holds("word 7")
    PasswordHashes(path).refuse_other()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n".join(line_of(f"word {number}") for number in range(500)),
        "\n".join(sorted((line_of(f"word {number}") for number in range(500)), reverse=True)),
        "\n".join(f"{number:032X}:3" for number in range(500)),
        "correct horse\nbattery staple\n",
        "x" * 10_000,
    ],
    ids=["empty", "as they came", "backwards", "NTLM", "clear", "no lines"],
)
def test_another_kind_of_file_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "hashes.txt"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"ordered|no line|empty"):
        PasswordHashes(path).refuse_other()


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        PasswordHashes(tmp_path / "none").refuse_other()
