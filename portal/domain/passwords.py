"""What a staff password must be. Length is what counts; no rules about kinds of characters, no forced changes."""

from collections.abc import Iterable
from typing import Final, Protocol

from portal.domain.errors import DomainError

SHORTEST: Final = 15
LONGEST: Final = 128
HOUSE_WORDS: Final = (
    "password",
    "repayment",
    "administrator",
    "supervisor",
    "collector",
    "approver",
    "auditor",
    "portal",
    "lender",
    "borrower",
    "还款门户",
    "还款平台",
)
"""What everybody at such a desk thinks of first; compared as the person's own words are."""
_FEWEST_DIFFERENT: Final = 5
_SHORTEST_OWN_WORD: Final = 4


class KnownPasswords(Protocol):
    """What others try: ``plain`` is in lower case and without spaces, ``password`` as it was typed."""

    def is_common(self, plain: str) -> bool: ...

    def is_breached(self, password: str) -> bool: ...


def refuse_weak(password: str, *, known: KnownPasswords, own_words: Iterable[str] = ()) -> None:
    """``own_words`` are what others know of the person (login, number, name).

    Raises ``password_too_short``, ``password_too_long``, ``password_common``, ``password_repeats``, ``password_own_word`` or
    ``password_breached``.
    """
    plain = password.lower()
    if len(password) < SHORTEST:
        raise DomainError("password_too_short", field="password", least=SHORTEST)
    if len(password) > LONGEST:
        raise DomainError("password_too_long", field="password", most=LONGEST)
    if known.is_common("".join(plain.split())):
        raise DomainError("password_common", field="password")
    if len(set(plain)) < _FEWEST_DIFFERENT:
        raise DomainError("password_repeats", field="password")
    if any(_is_mostly(plain, word.lower()) for word in (*HOUSE_WORDS, *own_words)):
        raise DomainError("password_own_word", field="password")
    if known.is_breached(password):
        raise DomainError("password_breached", field="password")


def _is_mostly(password: str, word: str) -> bool:
    """The password is a word that others know, repeated or with a little around it."""
    if len(word) < _SHORTEST_OWN_WORD or word not in password:
        return False
    return len(password.replace(word, "")) < SHORTEST // 2
