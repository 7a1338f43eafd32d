"""What does not belong in a note about a call: numbers of IDs and cards, words about health (rule P17). A warning, not a refusal."""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from unicodedata import normalize

LONGEST_NOTE: Final = 500
_ID_NUMBER: Final = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"
_CARD_NUMBER: Final = re.compile(r"(?<!\d)\d{13,19}(?!\d)")
_BETWEEN_DIGITS: Final = re.compile(r"(?<=\d)[ \-_.,·]+(?=\d)")


class Sensitive(StrEnum):
    """Kinds of data that a note had better do without."""

    ID_NUMBER = "id_number"
    BANK_CARD = "bank_card"
    HEALTH = "health"


_HEALTH: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "zh_CN": (
            "癌", "肿瘤", "化疗", "透析", "手术", "住院", "抑郁", "精神病", "怀孕", "流产", "艾滋", "肝炎", "糖尿病", "残疾", "病历",
            "诊断", "心脏病", "中风", "尿毒症", "生病", "患病", "重病", "白血病",
        ),
        "en": (
            "cancer", "tumour", "tumor", "chemotherapy", "dialysis", "surgery", "hospital", "depression", "depressed", "pregnant",
            "miscarriage", "hiv", "hepatitis", "diabetes", "disabled", "disability", "diagnosis", "diagnosed", "stroke", "illness", "ill",
            "sick", "leukaemia", "leukemia",
        ),
    }
)  # fmt: skip


def sensitive_in(text: str) -> frozenset[Sensitive]:
    """The kinds that a text seems to hold; blanks and dashes between the digits of a number hide nothing."""
    plain = normalize("NFKC", text).casefold()
    joined = _BETWEEN_DIGITS.sub("", plain)
    found = set()
    if any(_is_id_number(each.group()) for each in _ID_NUMBER.finditer(joined)):
        found.add(Sensitive.ID_NUMBER)
    if any(_is_card_number(each.group()) for each in _CARD_NUMBER.finditer(joined)):
        found.add(Sensitive.BANK_CARD)
    if any(word in plain for word in _HEALTH["zh_CN"]) or set(re.findall(r"[a-z]+", plain)) & set(
        _HEALTH["en"]
    ):
        found.add(Sensitive.HEALTH)
    return frozenset(found)


def _is_id_number(text: str) -> bool:
    """GB 11643: the last character is the weighted sum of the others, modulo 11."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text[:17], strict=True))
    return _CHECKS[total % 11] == text[17].upper()


def _is_card_number(text: str) -> bool:
    """ISO/IEC 7812: Luhn's sum is a multiple of ten."""
    digits = [int(digit) for digit in reversed(text)]
    doubled = [sum(divmod(digit * 2, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
