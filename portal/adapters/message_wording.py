"""The packaged templates of messages, and whether they keep the rules of wording. What does not is never sent."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from portal.domain.contact_wishes import Channel
from portal.domain.message_lint import (
    Finding,
    MessageTemplate,
    PhraseGroup,
    WordingRules,
    lint_template,
)
from portal.domain.occasions import Occasion
from portal.domain.texts import Text
from portal.services.ports import BusinessTexts

LOCALES: Final = ("zh_CN", "en")
TEXTS: Final[Mapping[Channel, str]] = {Channel.SMS: "messages", Channel.EMAIL: "emails"}
"""Where the words of each channel stand."""
RULES: Final = "wording_rules"
_OPT_OUT: Final = "opt_out"


def wording_rules(texts: BusinessTexts, on: date) -> WordingRules:
    """Of both languages at once: a forbidden phrase is none better for being in the other one."""
    sections = [section for locale in LOCALES for section in texts.load(RULES, locale, on).sections]
    groups = [
        PhraseGroup(section.code, section.notes["rule"], section.paragraphs)
        for section in sections
        if section.code != _OPT_OUT
    ]
    return WordingRules(
        forbidden=[group for group in groups if group.rule == "C13"],
        private=[group for group in groups if group.rule == "C12"],
        opt_out=[phrase for section in sections if section.code == _OPT_OUT for phrase in section.paragraphs],
    )


def templates_of(channel: Channel, text: Text) -> Sequence[MessageTemplate]:
    """``subject`` is the title of an e-mail's section; a text message has none."""
    return [
        MessageTemplate(
            channel=channel,
            locale=text.locale,
            code=section.code,
            text="\n\n".join(section.paragraphs),
            subject=section.title if channel is Channel.EMAIL else "",
        )
        for section in text.sections
    ]


def faults_of(
    templates: Sequence[MessageTemplate], rules: WordingRules
) -> Iterator[tuple[MessageTemplate, Finding]]:
    for template in templates:
        for finding in lint_template(template, rules):
            yield template, finding


def faults_of_package(texts: BusinessTexts, on: date) -> Sequence[tuple[MessageTemplate, Finding]]:
    """All templates that hold on a day, in both languages; an occasion without words is a fault too."""
    rules = wording_rules(texts, on)
    found: list[tuple[MessageTemplate, Finding]] = []
    for channel, name in TEXTS.items():
        for locale in LOCALES:
            templates = templates_of(channel, texts.load(name, locale, on))
            found.extend(faults_of(templates, rules))
            known = {template.code for template in templates}
            found.extend(
                _missing(channel, locale, occasion) for occasion in Occasion if occasion not in known
            )
    return found


def _missing(channel: Channel, locale: str, occasion: Occasion) -> tuple[MessageTemplate, Finding]:
    template = MessageTemplate(channel=channel, locale=locale, code=occasion.value, text="")
    return template, Finding("C15", "template_missing", occasion.value)
