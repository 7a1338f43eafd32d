"""What does not belong in a note about a call: numbers of IDs, cards and telephones, secrets, words about health or belief (rule P17).

A warning, not a refusal: it says what was found, and whoever writes decides.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from unicodedata import normalize

from portal.domain.errors import DomainError
from portal.domain.free_text import clean_text
from portal.domain.masking import mask_secret
from portal.domain.phrases import refuse_forbidden

LONGEST_NOTE: Final = 500
_ID_NUMBER: Final = re.compile(r"(?<!\d)(?:\d{17}[\dxX]|\d{15})(?!\d)")
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"
_CARD_NUMBER: Final = re.compile(r"(?<!\d)\d{13,19}(?!\d)")
_PHONE: Final = re.compile(r"(?<!\d)(?:(?:\+?86)?1[3-9]\d{9}|0\d{2,3}-?\d{7,8})(?!\d)")
_EMAIL: Final = re.compile(r"[\w.+-]+@([\w-]+\.[\w.-]+)")
_SECRET: Final = re.compile(
    r"(密码|口令|验证码|校验码|动态码|短信码|安全码|\b(?:password|passcode|pass phrase|pin|otp|cvv|code)\b)"
    r"((?:[^\w\n]|是|为|告诉我|报了|念了|\b(?:is|was|number)\b){0,6})"
    r"([a-z0-9][a-z0-9!@#$%^&*_-]{3,}|[0-9]{3,}|[0-9](?:[ \-]?[0-9]){3,})"
)
_BETWEEN_DIGITS: Final = re.compile(r"(?<=[\dx])[ \-_.,·/]+(?=[\dx])")
_SPOKEN: Final = str.maketrans("〇零一二三四五六七八九幺", "001234567891")
_SPOKEN_RUN: Final = re.compile(r"[〇零一二三四五六七八九幺\s,，、\-]{4,}")
_SAYS: Final = re.compile(r"[:=]|是|为|\b(?:is|was)\b")


class Sensitive(StrEnum):
    """Kinds of data that a note had better do without."""

    ID_NUMBER = "id_number"
    BANK_CARD = "bank_card"
    PHONE = "phone"
    EMAIL = "email"
    SECRET = "secret"  # noqa: S105 - the name of a kind
    HEALTH = "health"
    BELIEF = "belief"
    """Religion, origin, party, what one loves: nobody's business at a desk."""


_WORDS: Final[Mapping[Sensitive, str]] = MappingProxyType(
    {
        Sensitive.HEALTH: (
            "癌 肿瘤 化疗 透析 手术 住院 抑郁 精神病 精神分裂 焦虑症 怀孕 流产 艾滋 肝炎 糖尿病 残疾 病历 诊断 "
            "心脏病 中风 尿毒症 生病 患病 重病 白血病 自杀 吸毒 传染病 高血压 癫痫 病情 "
            "cancer tumour tumor chemotherapy dialysis surgery hospital depression depressed pregnant "
            "miscarriage hiv hepatitis diabetes diabetic disabled disability diagnosis diagnosed stroke illness "
            "ill sick leukaemia leukemia suicide suicidal epilepsy addiction psychiatric"
        ),
        Sensitive.BELIEF: (
            "宗教 信教 教徒 基督 天主教 伊斯兰 穆斯林 清真 佛教 信佛 道教 法轮 教堂 少数民族 维吾尔 藏族 回族 "
            "政治面貌 党员 同性恋 性取向 前科 案底 "
            "religion religious christian catholic protestant muslim islam buddhist taoist church mosque temple "
            "jewish atheist ethnicity uyghur tibetan homosexual gay lesbian"
        ),
    }
)
"""Chinese words stand anywhere in a text, English ones as words of their own."""


@dataclass(frozen=True, slots=True)
class Found:
    """``shown``: the word itself, or of a number its last characters, so that a page does not repeat what it warns of."""

    kind: Sensitive
    shown: str


class SensitiveNoteError(DomainError):
    """A note seems to hold what does not belong in one; ``found`` says what. Who keeps it all the same has read that."""

    def __init__(self, found: Sequence[Found], *, field: str = "note") -> None:
        super().__init__("note_sensitive", field=field, rule="P17")
        self.found = found

    @property
    def kinds(self) -> frozenset[Sensitive]:
        return frozenset(each.kind for each in self.found)


def sensitive_in(text: str) -> frozenset[Sensitive]:
    """The kinds that a text seems to hold."""
    return frozenset(found.kind for found in found_in(text))


def checked_note(text: str, *, keeps: bool, field: str = "note") -> str:
    """As it is kept; empty where nothing was written. ``keeps``: the warning was read.

    Raises:
        DomainError: ``text_too_long``, ``forbidden_phrase``.
        SensitiveNoteError: for what does not belong there, unless ``keeps``.

    """
    if not text.strip():
        return ""
    note = clean_text(text, field=field, most=LONGEST_NOTE)
    refuse_forbidden(note, field=field)
    found = found_in(note)
    if found and not keeps:
        raise SensitiveNoteError(found, field=field)
    return note


def found_in(text: str) -> Sequence[Found]:
    """All that seems not to belong in a note, in the order of the kinds, each once.

    Blanks and dashes between the digits of a number hide nothing, nor do wide digits, nor a number spelt 一三八…
    """
    plain = normalize("NFKC", text).casefold()
    readings = (plain, _BETWEEN_DIGITS.sub("", plain), _unspoken(plain))
    found = {each for reading in readings for each in _numbers_in(reading)}
    secrets = [each for reading in readings for each in _SECRET.finditer(reading)]
    found |= {Found(Sensitive.SECRET, each[1]) for each in secrets if _is_secret(each[2], each[3])}
    found |= {Found(Sensitive.EMAIL, f"…@{each[1]}") for each in _EMAIL.finditer(plain)}
    found |= set(_words_in(plain))
    order = list(Sensitive)
    return sorted(found, key=lambda each: (order.index(each.kind), each.shown))


def _numbers_in(text: str) -> Iterator[Found]:
    """What is an ID is no card as well."""
    ids = {each[0] for each in _ID_NUMBER.finditer(text) if _is_id_number(each[0])}
    cards = {each[0] for each in _CARD_NUMBER.finditer(text) if _is_card_number(each[0])} - ids
    phones = {each[0] for each in _PHONE.finditer(text)} - cards
    for kind, numbers in (
        (Sensitive.ID_NUMBER, ids),
        (Sensitive.BANK_CARD, cards),
        (Sensitive.PHONE, phones),
    ):
        yield from (Found(kind, mask_secret(number)) for number in numbers)


def _words_in(text: str) -> Iterator[Found]:
    words = frozenset(re.findall(r"[a-z]+", text))
    for kind, sensitive in _WORDS.items():
        for word in sensitive.split():
            if (word in words) if word.isascii() else (word in text):
                yield Found(kind, word)


def _is_secret(between: str, value: str) -> bool:
    """A word alone is none ("code received"), unless the text says that it is one ("password: sunflower")."""
    return any(sign.isdigit() for sign in value) or _SAYS.search(between) is not None


def _unspoken(text: str) -> str:
    """Runs of digits in characters, as somebody writes down what is read out."""
    return _SPOKEN_RUN.sub(lambda run: re.sub(r"\D", "", run[0].translate(_SPOKEN)), text)


def _is_id_number(text: str) -> bool:
    """GB 11643: the last character is the weighted sum of the others, modulo 11. Of 15 digits, as before 1999, the day is all there is."""
    if len(text) == 15:
        return _is_day(f"19{text[6:12]}")
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text[:17], strict=True))
    return _CHECKS[total % 11] == text[17].upper()


def _is_day(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


def _is_card_number(text: str) -> bool:
    """ISO/IEC 7812: Luhn's sum is a multiple of ten."""
    digits = [int(digit) for digit in reversed(text)]
    doubled = [sum(divmod(digit * 2, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
