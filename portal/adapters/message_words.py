"""The words of text messages: versioned templates, filled in the reader's language."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Formatter

from portal.clock import Clock
from portal.domain.message_checks import HIDDEN
from portal.domain.money import Money
from portal.services.ports import BusinessTexts, Wording

TEXTS = "messages"


@dataclass(frozen=True, slots=True)
class MessageWords:
    """``written`` are the values that the template names, as people read them, ``text`` the whole message, ``version`` of its words."""

    version: str
    text: str
    written: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MessageWriter:
    """Fills the template that is in force today."""

    texts: BusinessTexts
    wording: Wording
    clock: Clock

    def write(self, template: str, values: Mapping[str, str | int], locale: str) -> MessageWords:
        words = self.texts.load(TEXTS, locale, self.clock.today())
        section = next(section for section in words.sections if section.code == template)
        written = self._in_words(values, words.labels["sender"], locale)
        named = {name: written[name] for paragraph in section.paragraphs for name in names_in(paragraph)}
        return MessageWords(words.version, "".join(section.filled(written).paragraphs), named)

    def write_hidden(self, template: str, values: Mapping[str, str | int], locale: str) -> MessageWords:
        """The same as it is kept: without its code."""
        return self.write(template, {**values, "code": HIDDEN} if "code" in values else values, locale)

    def _in_words(self, values: Mapping[str, str | int], portal: str, locale: str) -> Mapping[str, str]:
        """``amount_minor`` with ``currency`` becomes ``amount``, an ISO ``day`` a date; a message without one creditor names the portal."""
        written = {name: str(value) for name, value in values.items()}
        written["sender"] = written.pop("creditor", "") or portal
        if "amount_minor" in written:
            sum_ = Money(int(written.pop("amount_minor")), written.pop("currency"))
            written["amount"] = self.wording.money(sum_.minor, sum_.currency, locale)
        if "day" in written:
            written["day"] = self.wording.day(written["day"], locale)
        return written


def names_in(words: str) -> Iterator[str]:
    """The names of the values that a template asks for."""
    return (name for _, name, _, _ in Formatter().parse(words) if name)
