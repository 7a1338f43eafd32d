"""Words that no letter to a borrower may carry: threats, exposure, third persons, new debts (rule C13).

A list of the eight acts that the industry's rules forbid, by language; whoever writes is told which words, and writes it otherwise.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final
from unicodedata import normalize

from portal.domain.errors import DomainError

FORBIDDEN: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "zh_CN": (
            "报警", "公安", "警察", "派出所", "抓捕", "逮捕", "拘留", "坐牢", "判刑", "刑事责任", "诈骗罪",
            "法院", "起诉", "传票", "强制执行", "失信被执行人", "老赖",
            "上门", "曝光", "通讯录", "爆通讯录", "联系您的家人", "通知您的家人", "通知您的单位", "告知您的单位",
            "后果自负", "最后通牒", "黑名单", "以贷还贷", "借新还旧", "再借一笔", "找人借",
        ),
        "en": (
            "police", "arrest", "prison", "jail", "court", "lawsuit", "sue you", "criminal", "fraudster",
            "visit your home", "come to your home", "your family will", "your employer will", "your contacts",
            "publish your name", "expose", "blacklist", "final warning", "take out another loan", "borrow from",
        ),
    }
)  # fmt: skip


def refuse_forbidden(text: str, *, field: str) -> None:
    """Raises ``forbidden_phrase`` naming the first such words; every language's list counts, whatever the letter's language is."""
    for phrase in forbidden_phrases_in(text):
        raise DomainError("forbidden_phrase", field=field, rule="C13", phrase=phrase)


def forbidden_phrases_in(text: str) -> Iterator[str]:
    """All of them, in the order of the list."""
    plain = normalize("NFKC", text).casefold()
    return (phrase for phrases in FORBIDDEN.values() for phrase in phrases if _stands_in(phrase, plain))


def _stands_in(phrase: str, plain: str) -> bool:
    """Whole words where words are written apart; else whatever blanks and dots were put between the characters."""
    if phrase.isascii():
        words = r"\W+".join(map(re.escape, phrase.split()))
        return re.search(rf"\b{words}\b", plain) is not None
    return phrase in "".join(character for character in plain if character.isalnum())
