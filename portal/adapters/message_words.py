"""The words of messages: versioned templates, filled in the reader's language."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from string import Formatter

from portal.adapters.message_wording import TEXTS, faults_of, templates_of, wording_rules
from portal.clock import Clock
from portal.domain.contact_wishes import Channel
from portal.domain.message_checks import HIDDEN
from portal.domain.money import Money
from portal.domain.texts import Text, TextSection
from portal.services.ports import BusinessTexts, Wording


@dataclass(frozen=True, slots=True)
class MessageWords:
    """``written`` are the values that the template names, as people read them, ``text`` the whole message, ``version`` of its words."""

    version: str
    text: str
    written: Mapping[str, str]
    subject: str = ""
    written_sender: str = ""
    """Whom it comes from: the lender, or the portal where it speaks for several."""


class TemplateRefusedError(Exception):
    """A template that breaks a rule of wording; the text names the rule. Nothing is sent with it."""


@dataclass(frozen=True, slots=True)
class MessageWriter:
    """Fills the template that is in force today. One that breaks a rule of wording is refused when it is first read."""

    texts: BusinessTexts
    wording: Wording
    clock: Clock
    channel: Channel = Channel.SMS
    _checked: set[tuple[str, str]] = field(default_factory=set, init=False, compare=False)

    def write(self, template: str, values: Mapping[str, str | int], locale: str) -> MessageWords:
        """Raises ``TemplateRefusedError``."""
        words = self.texts.load(TEXTS[self.channel], locale, self.clock.today())
        self._check(words)
        section = next(section for section in words.sections if section.code == template)
        written = self._in_words(values, words.labels, locale)
        named = {name: written[name] for paragraph in section.paragraphs for name in names_in(paragraph)}
        filled = section.filled(written)
        return MessageWords(
            words.version, "\n\n".join(filled.paragraphs), named, self._subject(filled), written["sender"]
        )

    def _subject(self, filled: TextSection) -> str:
        return filled.title if self.channel is Channel.EMAIL else ""

    def _check(self, words: Text) -> None:
        known = (words.locale, words.version)
        if known in self._checked:
            return
        rules = wording_rules(self.texts, self.clock.today())
        for template, fault in faults_of(templates_of(self.channel, words), rules):
            raise TemplateRefusedError(f"{template.locale}.{template.code}: {fault.rule} {fault.fault}")
        self._checked.add(known)

    def write_hidden(self, template: str, values: Mapping[str, str | int], locale: str) -> MessageWords:
        """The same as it is kept: without its code."""
        return self.write(template, {**values, "code": HIDDEN} if "code" in values else values, locale)

    def _in_words(
        self, values: Mapping[str, str | int], labels: Mapping[str, str], locale: str
    ) -> Mapping[str, str]:
        """``amount_minor`` with ``currency`` becomes ``amount``, an ISO ``day`` a date; a message without one creditor names the portal.

        ``placed_with``: the agency that handles it for the lender stands beside the lender's name.
        """
        written = {name: str(value) for name, value in values.items()}
        written["sender"] = written.pop("creditor", "") or labels["sender"]
        if agency := written.pop("placed_with", ""):
            written["sender"] = labels["with_agency"].format(lender=written["sender"], agency=agency)
        if "amount_minor" in written:
            sum_ = Money(int(written.pop("amount_minor")), written.pop("currency"))
            written["amount"] = self.wording.money(sum_.minor, sum_.currency, locale)
        if "day" in written:
            written["day"] = self.wording.day(written["day"], locale)
        return written


def names_in(words: str) -> Iterator[str]:
    """The names of the values that a template asks for."""
    return (name for _, name, _, _ in Formatter().parse(words) if name)
