import threading
import time

import pytest

from portal.adapters.passwords import Argon2Passwords
from portal.services.ports import TooManyHashings

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


def test_the_common_ones_are_long_enough_to_matter(passwords: Argon2Passwords) -> None:
    assert len(passwords.common) > 50
    assert all(len(word) >= 15 and word == word.lower() and " " not in word for word in passwords.common)
