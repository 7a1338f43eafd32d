"""Who sends the text messages of this deployment. Demo and test have a sink: no message leaves the machine."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Engine

from portal.adapters.acs3 import AccessKey
from portal.adapters.message_wording import LOCALES, TEXTS, faults_of_package
from portal.adapters.message_words import MessageWriter
from portal.adapters.vendor_messages import VendorAccount, VendorMessages, load_templates
from portal.clock import Clock
from portal.config import Config, ConfigError
from portal.db import transaction
from portal.domain.contact_wishes import Channel
from portal.models import DemoMessage
from portal.services.ports import BusinessTexts, MessageSender, SentMessage, Wording

DEMO_NUMBER = "1069 0000 0000"
"""What a telephone would show as the sender; a real sender gives its own."""


class DemoMessages:
    """Writes each message to the demo's page instead of sending it."""

    def __init__(self, engine: Engine, texts: BusinessTexts, wording: Wording, clock: Clock) -> None:
        self._engine, self._clock = engine, clock
        self._writer = MessageWriter(texts, wording, clock)

    def send(
        self, mobile: str, template: str, values: Mapping[str, str | int], locale: str, *, key: str
    ) -> SentMessage:
        del key
        words = self._writer.write(template, values, locale)
        with transaction(self._engine) as session:
            session.add(DemoMessage(mobile=mobile, text=words.text, at=self._clock.now()))
        return self.write(template, values, locale)

    def write(self, template: str, values: Mapping[str, str | int], locale: str) -> SentMessage:
        kept = self._writer.write_hidden(template, values, locale)
        return SentMessage(version=kept.version, text=kept.text, number=DEMO_NUMBER)


def message_sender(
    config: Config, engine: Engine, texts: BusinessTexts, wording: Wording, clock: Clock
) -> MessageSender:
    """The sender of this deployment: a real one where it is live, and nowhere else.

    ``ConfigError`` where a template breaks a rule of wording, a live one is not told who sends, or its vendor knows not all of our
    templates.
    """
    refuse_faulty_templates(texts, clock)
    if not config.live:
        return DemoMessages(engine, texts, wording, clock)
    templates = vendor_templates(config, texts, clock.today())
    account = VendorAccount(
        url=config.sms_url,
        key=AccessKey(config.sms_key_id, config.sms_secret),
        sign_name=config.sms_sign_name,
        number=config.sms_number,
        templates=templates,
    )
    return VendorMessages(account, MessageWriter(texts, wording, clock), clock)


def vendor_templates(config: Config, texts: BusinessTexts, day: date) -> Mapping[str, Mapping[str, str]]:
    """The vendor's template codes by locale and our names. ``ConfigError`` where there are none, or one is missing."""
    if not config.sms_url or config.sms_templates is None:
        raise ConfigError("PORTAL_LIVE is set, and no sender of text messages is configured (PORTAL_SMS_URL)")
    names = {
        locale: frozenset(section.code for section in texts.load(TEXTS[Channel.SMS], locale, day).sections)
        for locale in LOCALES
    }
    try:
        return load_templates(config.sms_templates, names)
    except ValueError as error:
        raise ConfigError(f"PORTAL_SMS_TEMPLATES: {error}") from error


def refuse_faulty_templates(texts: BusinessTexts, clock: Clock) -> None:
    """Nobody begins to send what may not be said."""
    for template, fault in faults_of_package(texts, clock.today()):
        raise ConfigError(
            f"the template {template.locale}.{template.code} ({template.channel.value}) breaks {fault.rule}: {fault.fault} {fault.found}"
        )
