"""One language of a document: its fixed words, and sums and dates as it writes them."""

from collections.abc import Mapping
from typing import Final

from portal.adapters.wording import BabelWording
from portal.domain.agreement_parts import WordsBeside
from portal.domain.agreements import AgreementContent
from portal.domain.evidence import EvidenceEntry

LANGUAGE_TAGS: Final[Mapping[str, str]] = {"en": "en", "zh_CN": "zh-CN"}


class Speech:
    """``words`` are what the agreement says in this language; ``labels`` the fixed words of a document."""

    def __init__(
        self,
        words: AgreementContent | WordsBeside,
        labels: Mapping[str, str],
        wording: BabelWording,
        *,
        currency: str,
    ) -> None:
        self.words = words
        self.lang = LANGUAGE_TAGS[words.locale]
        self._labels = labels
        self._wording = wording
        self._currency = currency

    def label(self, name: str, **values: object) -> str:
        return self._labels[name].format_map({key: str(value) for key, value in values.items()})

    def number(self, minor: int) -> str:
        return self._wording.number(minor, self._currency, self.words.locale)

    def money(self, minor: int) -> str:
        return self._wording.money(minor, self._currency, self.words.locale)

    def currency(self) -> str:
        return self._wording.currency(self._currency, self.words.locale)

    def day(self, iso: str) -> str:
        return self._wording.day(iso, self.words.locale)

    def short_day(self, iso: str) -> str:
        return self._wording.short_day(iso, self.words.locale)

    def moment(self, iso: str) -> str:
        return self._wording.moment(iso)

    def numeral(self, number: int) -> str:
        return self._wording.numeral(number, self.words.locale)

    def act(self, entry: EvidenceEntry, *, titles: Mapping[str, str]) -> str:
        """``titles``: those of the language in which it happened, and what they are called in this one."""
        details = dict(entry.details)
        if "title" in details:
            details["title"] = titles.get(details["title"], details["title"])
        return self.label(f"act_{entry.act}", **details)
