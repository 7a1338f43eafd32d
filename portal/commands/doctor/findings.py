"""What a check finds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from portal.commands.doctor.patient import Patient


class Severity(StrEnum):
    """How bad it is."""

    FAULT = "fault"
    """People or data suffer from it, or will at the next failure."""
    WARNING = "warning"
    """It works today; somebody should look at it soon."""
    NOTE = "note"
    """Good to know; nothing has to be done now."""


@dataclass(frozen=True, slots=True)
class Finding:
    """``sentence`` says what is wrong and what to do, in the reader's language."""

    severity: Severity
    sentence: str


def fault(sentence: str) -> Finding:
    return Finding(Severity.FAULT, sentence)


def warning(sentence: str) -> Finding:
    return Finding(Severity.WARNING, sentence)


def note(sentence: str) -> Finding:
    return Finding(Severity.NOTE, sentence)


Check = Callable[[Patient], Iterator[Finding]]
"""Yields what is wrong; nothing where all is well. Its name is that of the check."""
