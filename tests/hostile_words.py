"""What people and programs type into text fields: markup, code, what no database or document likes, and names that are simply rare."""

from typing import Final

WORDS: Final = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</textarea></title><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "'; DROP TABLE loan; --",
    "1' OR '1'='1",
    "{{ 7 * 7 }}{% raw %}",
    "%(sum)s {0} ${x} %s%n",
    "=cmd|' /C calc'!A0",
    "..\\..\\etc/passwd\x00.pdf",
    "\x08\x07\x1b[31m",
    "\u202eabc\u2066def\u2069",
    "\u200b\u200d\ufeff",
    "\ud83d",
    "𠮷野家 㐂 \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "e" + "\u0301" * 500,
    "مرحبا שלום",
    "行一\r\n行二\r行三",
    " \t ",
    "长" * 2001,
)
"""A half surrogate is what some keyboards leave of an emoji; a browser sends it as U+FFFD."""


NUMBERS: Final = ("١٢٣", "NaN", "1e309", "-0", "９９９９９９９９９９９９９９９９９９")
CORPUS: Final = (*NUMBERS, *WORDS)


def as_sent(words: str) -> str:
    """As it goes over the wire: UTF-8 knows no half surrogates."""
    return words.encode("utf-8", "replace").decode()
