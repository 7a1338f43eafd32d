"""What messages and scripts may not say: forbidden phrases (rule C13), and debt facts where others could read them (rule C12).

The words are data (``portal/texts/wording_rules``); here is how they are looked for. Spaces, punctuation, width and case hide nothing.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Final

from portal.domain.contact_requests import Purpose
from portal.domain.contact_wishes import Channel
from portal.domain.occasions import PURPOSES, Occasion

LONGEST: Final = 350
"""Characters of a template: with its values it is kept whole."""
CODES: Final = frozenset({"sign_in", "signing", "new_number", "new_email"})
"""What somebody asks for in this moment. The signing code names document and sum, so that nobody signs what they did not see."""
_OTHERS: Final = {"new_message": Purpose.ANSWER, "number_notice": Purpose.ASKED_FOR}
_NAMES: Final = frozenset({"sender", "address", "check", "phone", "day", "agency", "reference"})
_NAMES_OF: Final = {"number_notice": _NAMES | {"last4"}}
_NAMES_OF_CODES: Final = _NAMES | {"code", "minutes", "document", "amount"}
_PRESSING: Final = frozenset({Purpose.COLLECTION, Purpose.PLAN_REMINDER})
_AMOUNT: Final = re.compile(
    r"[0-9零〇一二两三四五六七八九十百千万亿][0-9零〇一二两三四五六七八九十百千万亿,.]*\s*"
    r"(?:元|圆|块钱|万|人民币|rmb|cny|usd|yuan|dollars?|pounds?|euros?)|[¥$€£]\s*[0-9]",
    re.IGNORECASE,
)
_ELSEWHERE: Final = re.compile(
    r"https?:|www\.|(?<![\w}])[a-z0-9-]+\.(?:com|cn|net|org|io|top|xyz|cc|me|ly|link|vip|app|info|co|tk|site|club|shop|url|hk)\b",
    re.IGNORECASE,
)
_GLUED: Final = re.compile(r"\{address\}(?=[A-Za-z0-9_]|[.@:-][A-Za-z0-9])")
_CHINESE: Final = re.compile(r"[㐀-鿿豈-﫿]")


@dataclass(frozen=True, slots=True)
class PhraseGroup:
    """Phrases of one kind, and the rule that speaks of them. A star at the end: the word may go on."""

    code: str
    rule: str
    phrases: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingRules:
    """``forbidden`` everywhere, ``private`` where others could read it; one of ``opt_out`` must stand in what presses."""

    forbidden: Sequence[PhraseGroup]
    private: Sequence[PhraseGroup]
    opt_out: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTemplate:
    """One template with its values' names in braces; ``subject`` of e-mails alone."""

    channel: Channel
    locale: str
    code: str
    text: str
    subject: str = ""

    @property
    def purpose(self) -> Purpose:
        """What nobody has sorted counts as collection, the strictest."""
        if self.code in CODES:
            return Purpose.ASKED_FOR
        if self.code in set(Occasion):
            return PURPOSES[Occasion(self.code)]
        return _OTHERS.get(self.code, Purpose.COLLECTION)


@dataclass(frozen=True, slots=True)
class Finding:
    """``rule`` that is broken, ``fault`` in it, and what was ``found``."""

    rule: str
    fault: str
    found: str


def forbidden_in(text: str, rules: WordingRules) -> Iterator[Finding]:
    """What nobody may say to a borrower, in writing or on the telephone: for templates, letters, and scripts of agents."""
    return _phrases_in(text, rules.forbidden)


def lint_template(template: MessageTemplate, rules: WordingRules) -> Sequence[Finding]:
    """All that is wrong with it; empty where it may be sent."""
    whole = f"{template.subject}\n{template.text}"
    return [
        *forbidden_in(whole, rules),
        *_private_in(template, whole, rules),
        *_names_in(template, whole),
        *_links_in(whole),
        *_missing_in(template, whole, rules),
    ]


def _private_in(template: MessageTemplate, whole: str, rules: WordingRules) -> Iterator[Finding]:
    """A code says what it opens, and it was asked for in this moment."""
    if template.code in CODES:
        return
    yield from _phrases_in(whole, rules.private)
    if amount := _AMOUNT.search(unicodedata.normalize("NFKC", whole)):
        yield Finding("C12", "amount", amount[0])


def _names_in(template: MessageTemplate, whole: str) -> Iterator[Finding]:
    allowed = _NAMES_OF_CODES if template.code in CODES else _NAMES_OF.get(template.code, _NAMES)
    for _, name, _, _ in Formatter().parse(whole):
        if name is not None and name not in allowed:
            yield Finding("C12", "value", name)


def _links_in(whole: str) -> Iterator[Finding]:
    """Nowhere but to our own address."""
    plain = unicodedata.normalize("NFKC", whole)
    for found in (*_ELSEWHERE.finditer(plain), *_GLUED.finditer(plain)):
        yield Finding("C12", "link_elsewhere", found[0])


def _missing_in(template: MessageTemplate, whole: str, rules: WordingRules) -> Iterator[Finding]:
    head = template.subject if template.channel is Channel.EMAIL else template.text
    if "{sender}" not in head:
        yield Finding("C12", "lender_missing", "{sender}")
    if "{check}" not in whole:
        yield Finding("C15", "check_missing", "{check}")
    if template.purpose in _PRESSING and not any(each.lower() in whole.lower() for each in rules.opt_out):
        yield Finding("C12", "opt_out_missing", " / ".join(rules.opt_out))
    if len(whole) > LONGEST:
        yield Finding("C15", "too_long", str(len(whole)))


def _phrases_in(text: str, groups: Sequence[PhraseGroup]) -> Iterator[Finding]:
    tight, spaced = _folded(text)
    for group in groups:
        for phrase in group.phrases:
            if _stands(phrase, tight, spaced):
                yield Finding(group.rule, group.code, phrase)


def _stands(phrase: str, tight: str, spaced: str) -> bool:
    if _CHINESE.search(phrase):
        return _folded(phrase)[0] in tight
    wanted = _folded(phrase)[1].rstrip()
    return (wanted if phrase.endswith("*") else f"{wanted} ") in spaced


def _folded(text: str) -> tuple[str, str]:
    """(letters and digits alone, words with one space around each): names of values left out, whatever is invisible dropped."""
    plain = unicodedata.normalize("NFKC", re.sub(r"\{[^{}]*\}", " ", text)).casefold()
    seen = "".join(
        sign for sign in plain if unicodedata.category(sign) not in {"Cf", "Mn", "Cc"} or sign.isspace()
    )
    words = re.findall(r"[^\W_]+", seen)
    return "".join(words), f" {' '.join(words)} "
