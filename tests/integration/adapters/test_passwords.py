import threading
import time
from pathlib import Path

import pytest

from portal.adapters import passwords as adapter
from portal.adapters.password_hashes import PasswordHashes
from portal.adapters.passwords import Argon2Passwords, common
from portal.services.ports import TooManyHashings
from tests.integration.adapters.test_password_hashes import listed

HASHES = Path(adapter.__file__).with_name("common_passwords.sha1")
PHRASE = "a long calm pass phrase"


@pytest.fixture(scope="module")
def passwords() -> Argon2Passwords:
    return Argon2Passwords()


def test_a_hash_says_how_hard_it_was_to_make(passwords: Argon2Passwords) -> None:
    kept = passwords.hash(PHRASE)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert kept != passwords.hash(PHRASE)


def test_the_right_password_is_told_from_others(passwords: Argon2Passwords) -> None:
    kept = passwords.hash(PHRASE)
    assert passwords.verify(kept, PHRASE)
    assert not passwords.verify(kept, PHRASE + " ")
    assert not passwords.verify(kept, "")
    assert not passwords.verify(None, "nobody has this password")
    assert not passwords.verify("not a hash", PHRASE)


def test_the_same_password_from_another_keyboard_is_the_same(passwords: Argon2Passwords) -> None:
    assert passwords.verify(passwords.hash("ｐａｓｓ ｐｈｒａｓｅ １２３４"), "pass phrase 1234")


def test_nobodys_password_takes_as_long_as_somebodys(passwords: Argon2Passwords) -> None:
    kept = passwords.hash(PHRASE)
    times: dict[str | None, list[float]] = {kept: [], None: []}
    for _ in range(12):
        for which, taken in times.items():
            start = time.perf_counter()
            passwords.verify(which, "wrong and long enough")
            taken.append(time.perf_counter() - start)
    middle = {which: sorted(taken)[6] for which, taken in times.items()}
    assert 0.5 < middle[None] / middle[kept] < 2


def test_only_so_many_are_hashed_at_once_and_the_rest_is_turned_away() -> None:
    crowded = Argon2Passwords(at_once=1, longest_wait=0.001)
    turned_away: list[bool] = []

    def sign_in() -> None:
        try:
            crowded.hash(PHRASE)
        except TooManyHashings:
            turned_away.append(True)

    threads = [threading.Thread(target=sign_in) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert turned_away
    assert crowded.hash(PHRASE)


def test_a_comparison_that_finds_the_line_full_is_turned_away_at_once(passwords: Argon2Passwords) -> None:
    kept, crowded = passwords.hash(PHRASE), Argon2Passwords(at_once=1, in_line=1, longest_wait=60)
    answers: list[bool | None] = []

    def sign_in() -> None:
        try:
            answers.append(crowded.verify(kept, PHRASE))
        except TooManyHashings:
            answers.append(None)

    threads = [threading.Thread(target=sign_in) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) == {True, None}
    assert len(answers) == 20
    assert crowded.verify(kept, PHRASE)


def test_the_common_ones_are_long_enough_to_matter() -> None:
    assert len(common()) > 50
    assert all(len(word) >= 15 and word == word.lower() and " " not in word for word in common())


@pytest.mark.parametrize(
    "plain", ["passwordpassword", "mailcreated5240", "q1w2e3r4t5y6u7i8o9p0", "correcthorsebatterystaple"]
)
def test_what_many_try_is_common(passwords: Argon2Passwords, plain: str) -> None:
    assert passwords.is_common(plain)
    assert not passwords.is_common(plain + "-")
    assert not passwords.is_breached(plain)


def test_more_than_3000_of_15_characters_are_listed() -> None:
    hashes = HASHES.read_text("ascii").splitlines()
    assert len(set(hashes)) == len(hashes) > 3_000
    PasswordHashes(HASHES).refuse_other()


def test_what_is_known_from_a_breach_is_told_as_typed_and_as_kept(tmp_path: Path) -> None:
    path = tmp_path / "breached.txt"
    path.write_text(listed("pass phrase 1234", "others know this"), "ascii")
    passwords = Argon2Passwords(breached=path)
    assert passwords.is_breached("pass phrase 1234")
    assert passwords.is_breached("ｐａｓｓ ｐｈｒａｓｅ １２３４")
    assert not passwords.is_breached("Pass phrase 1234")
    path.unlink()
    assert not passwords.is_breached("pass phrase 1234")
