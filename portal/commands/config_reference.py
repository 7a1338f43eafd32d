"""The reference of all settings as Markdown: ``docs/configuration.md`` is this and nothing else."""

from collections.abc import Iterator
from typing import Final

from portal.settings import SECTIONS, Section, Setting, at_default

_BEGINNING: Final = """\
# Settings
All settings come from the environment and are read once, at the start; what cannot be is refused there with the variable's name.
`portal config show` says what is in force and where it came from, `portal config check` what is wrong, `portal doctor` whether the whole
installation is well. `deploy/systemd/portal.env.example` is a file to begin with. Flags that are empty count as not given.
A secret may stand in a file that `…_FILE` names, instead of in its variable: as agents of vaults, systemd (`LoadCredential`) and
containers hand secrets out. Its last line's end is no part of it; both at once, and a file that is empty or cannot be read, are refused.
This page is made by `portal config reference > docs/configuration.md`; change `portal/settings.py` instead."""


def reference() -> str:
    """The whole page, ending with a line's end."""
    return "\n\n".join((_BEGINNING, *(_section(section) for section in SECTIONS))) + "\n"


def _section(section: Section) -> str:
    return "\n".join((f"## {section.title}", section.about, "", *_entries(section)))


def _entries(section: Section) -> Iterator[str]:
    for number, setting in enumerate(section.settings):
        if number:
            yield ""
        yield f"### `{setting.variable}`"
        yield _meaning(setting)
        yield ""
        yield f"- Default: {_default(setting)}"
        yield f"- May be: {setting.may_be}"
        yield f"- Needed: {setting.needed}"


def _meaning(setting: Setting) -> str:
    if setting.file_variable:
        return f"{setting.meaning} It is a secret; `{setting.file_variable}` may name a file that holds it instead."
    return f"{setting.meaning} It is a secret." if setting.is_secret else setting.meaning


def _default(setting: Setting) -> str:
    """What can be typed stands as it is typed."""
    alone = at_default(setting)
    if setting.is_worked_out or alone == "none":
        return setting.default
    return f"`{alone}`{setting.default.removeprefix(alone)}"
