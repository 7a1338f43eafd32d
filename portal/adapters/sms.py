"""Text messages. What ships is the sink of demo and tests: no message leaves the machine."""

from collections.abc import Mapping

from sqlalchemy import Engine

from portal.clock import Clock
from portal.config import Config, ConfigError
from portal.db import transaction
from portal.domain.message_checks import HIDDEN
from portal.domain.money import Money
from portal.models import DemoMessage
from portal.services.ports import BusinessTexts, MessageSender, SentMessage, Wording

TEXTS = "messages"
DEMO_NUMBER = "1069 0000 0000"
"""What a telephone would show as the sender; a real sender gives its own."""


class DemoMessages:
    """Writes each message to the demo's page instead of sending it."""

    def __init__(self, engine: Engine, texts: BusinessTexts, wording: Wording, clock: Clock) -> None:
        self._engine = engine
        self._texts = texts
        self._wording = wording
        self._clock = clock

    def send(self, mobile: str, template: str, values: Mapping[str, str | int], locale: str) -> SentMessage:
        version, text = self.text_of(template, values, locale)
        with transaction(self._engine) as session:
            session.add(DemoMessage(mobile=mobile, text=text, at=self._clock.now()))
        hidden = {**values, "code": HIDDEN} if "code" in values else values
        return SentMessage(
            version=version, text=self.text_of(template, hidden, locale)[1], number=DEMO_NUMBER
        )

    def text_of(self, template: str, values: Mapping[str, str | int], locale: str) -> tuple[str, str]:
        """(version of the words, the words)."""
        words = self._texts.load(TEXTS, locale, self._clock.today())
        section = next(section for section in words.sections if section.code == template)
        filled = section.filled(self._in_words(values, words.labels["sender"], locale))
        return words.version, "".join(filled.paragraphs)

    def _in_words(self, values: Mapping[str, str | int], portal: str, locale: str) -> Mapping[str, str]:
        """``amount_minor`` with ``currency`` becomes ``amount``, an ISO ``day`` a date; a message without one creditor names the portal."""
        written = {name: str(value) for name, value in values.items()}
        written["sender"] = written.pop("creditor", "") or portal
        if "amount_minor" in written:
            sum_ = Money(int(written.pop("amount_minor")), written.pop("currency"))
            written["amount"] = self._wording.money(sum_.minor, sum_.currency, locale)
        if "day" in written:
            written["day"] = self._wording.day(written["day"], locale)
        return written


def message_sender(
    config: Config, engine: Engine, texts: BusinessTexts, wording: Wording, clock: Clock
) -> MessageSender:
    """The sender of this deployment. A live one needs a real sender, and refuses to start without (``ConfigError``)."""
    if config.live:
        raise ConfigError("PORTAL_LIVE is set, and no sender of text messages is configured")
    return DemoMessages(engine, texts, wording, clock)
