"""Advisories of the PyPA about locked packages, read from a checkout: ``python -m tests.advisories FOLDER LOCK…``."""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml  # type: ignore[import-untyped]  # bandit reads its settings with it
from packaging.utils import canonicalize_name
from packaging.version import Version

_LOCKED: Final = re.compile(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


def locked_in(text: str) -> Mapping[str, str]:
    return {canonicalize_name(name): version for name, version in _LOCKED.findall(text)}


def named(folder: Path, locked: Mapping[str, str]) -> Iterator[tuple[str, str, bool]]:
    """Each advisory about one of these packages: package, advisory, whether it is about the version that is locked."""
    for name, version in sorted(locked.items()):
        for file in sorted((folder / "vulns" / name).glob("*.yaml")):
            told = yaml.safe_load(file.read_text(encoding="utf-8"))
            about = [
                each
                for each in told.get("affected", ())
                if canonicalize_name(each["package"]["name"]) == name
            ]
            if about and not told.get("withdrawn"):
                yield name, told["id"], any(_is_affected(each, Version(version)) for each in about)


def _is_affected(about: Mapping[str, Any], version: Version) -> bool:
    if any(Version(each) == version for each in about.get("versions", ())):
        return True
    return any(
        _lies_within(each["events"], version)
        for each in about.get("ranges", ())
        if each["type"] == "ECOSYSTEM"
    )


def _lies_within(events: list[Mapping[str, str]], version: Version) -> bool:
    """The events are in the order of their versions."""
    lies = False
    for event in events:
        if "introduced" in event and version >= Version(event["introduced"]):
            lies = True
        if "fixed" in event and version >= Version(event["fixed"]):
            lies = False
        if "last_affected" in event and version > Version(event["last_affected"]):
            lies = False
    return lies


def main(folder: str, *locks: str) -> int:
    locked = locked_in("\n".join(Path(lock).read_text(encoding="utf-8") for lock in locks))
    told = list(named(Path(folder), locked))
    weak = [f"{name} {locked[name]}: {advisory}" for name, advisory, is_affected in told if is_affected]
    weak.append(
        f"{len(locked)} packages, {len(told)} advisories about them, {len(weak)} about a version that is locked"
    )
    sys.stdout.write("\n".join(weak) + "\n")
    return int(len(weak) > 1 or not locked)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
