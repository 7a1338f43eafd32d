"""Business text: what people are shown and sign, as data with versions. The words themselves stand in ``portal/texts``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TextSection:
    """One clause, item or paragraph group of a text.

    ``when`` says for which facts it applies (fact name: accepted values; empty: always). ``covers`` names the compulsory contents
    that an agreement meets by it. ``notes`` holds what this kind of text needs besides (an explanation, a payee, a method).
    """

    code: str
    title: str
    paragraphs: Sequence[str]
    when: Mapping[str, Sequence[str]] = field(default_factory=dict)
    covers: Sequence[str] = ()
    notes: Mapping[str, str] = field(default_factory=dict)

    def applies_to(self, facts: Mapping[str, str]) -> bool:
        """A fact that the section asks for and the caller did not state is a mistake (KeyError), never a silent no."""
        return all(facts[name] in accepted for name, accepted in self.when.items())

    def filled(self, values: Mapping[str, str]) -> "TextSection":
        """The same with ``{name}`` replaced; values are never read for names themselves."""
        return TextSection(
            code=self.code,
            title=self.title.format_map(values),
            paragraphs=tuple(paragraph.format_map(values) for paragraph in self.paragraphs),
            when=self.when,
            covers=self.covers,
            notes={name: note.format_map(values) for name, note in self.notes.items()},
        )


@dataclass(frozen=True, slots=True)
class Text:
    """A text in one language. ``version`` is the day it takes effect and the start of its file's SHA-256: it names exact words."""

    name: str
    locale: str
    version: str
    title: str
    introduction: Sequence[str]
    sections: Sequence[TextSection]
    labels: Mapping[str, str]

    def sections_for(self, facts: Mapping[str, str], values: Mapping[str, str]) -> Sequence[TextSection]:
        """The sections that apply, in order, with their values filled in."""
        return tuple(section.filled(values) for section in self.sections if section.applies_to(facts))
