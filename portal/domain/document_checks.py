"""What a check of a document can say. No personal data in any of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """The three answers for a file; ``ON_RECORD`` is the answer for a code alone, which says nothing of a copy."""

    GENUINE = "genuine"
    CHANGED = "changed"
    UNKNOWN = "unknown"
    ON_RECORD = "on_record"


class Trace(StrEnum):
    """By what a changed file was recognised as made from one of ours."""

    CHECK_CODE = "check_code"
    SEAL = "seal"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class SealedDocument:
    """A document on record: the SHA-256 of its bytes, its check code, when it was sealed. Nothing about people or sums."""

    sha256: str
    check_code: str
    content_hash: str
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class CheckResult:
    """``document`` is the one on record that the file is, or comes from; ``sha256`` is the file's own, where a file was given."""

    verdict: Verdict
    document: SealedDocument | None = None
    sha256: str | None = None
    is_seal_valid: bool | None = None
    traces: frozenset[Trace] = frozenset()
