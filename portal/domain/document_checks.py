"""What a check of a document can say. No personal data in any of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from portal.domain.document_changes import DocumentChange


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


class Stamp(StrEnum):
    """What a signature's time stamp is worth: none there, of an authority trusted here, of another, or not of this signature."""

    NONE = "none"
    HOLDS = "holds"
    UNTRUSTED = "untrusted"
    BROKEN = "broken"


class Sealing(StrEnum):
    """What the record says of the sealing of a document that is kept."""

    RECORDED = "recorded"
    WAITING = "waiting"
    """Its event has no place yet: a matter of seconds."""
    MISSING = "missing"
    CHANGED = "changed"
    """Its event is not as it was recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureFinding:
    """One signature of a file, as far as it could be checked. ``signer`` is the name in the certificate; instants are in UTC."""

    field: str
    signer: str
    certificate_sha256: str
    is_intact: bool
    """What it covers is, byte for byte, what was signed."""
    is_trusted: bool
    """Its certificate is one of ours, or leads to an authority that is trusted here."""
    covers_all: bool
    """Nothing stands after it in the file."""
    is_kept: bool
    """Nothing was added after it but what it allows: another signature in a field that was there."""
    stated_at: datetime | None = None
    stamp: Stamp = Stamp.NONE
    stamped_at: datetime | None = None
    compromised_at: datetime | None = None
    """Since when its key is known to be in other hands, where it is."""

    @property
    def is_before_compromise(self) -> bool:
        """A time stamp alone shows it: whoever has the key can state any time."""
        if self.compromised_at is None:
            return True
        return self.stamped_at is not None and self.stamped_at < self.compromised_at

    @property
    def is_whole(self) -> bool:
        """True to the bytes, of a certificate that is known here; whoever had the key."""
        return self.is_intact and self.is_trusted and self.is_kept and self.stamp is not Stamp.BROKEN

    @property
    def holds(self) -> bool:
        return self.is_whole and self.is_before_compromise


@dataclass(frozen=True, slots=True)
class SealedDocument:
    """A document on record: the SHA-256 of its bytes, its check code, when it was sealed. Nothing about people or sums.

    ``replaced_at`` where a later agreement took its place. ``sealing`` is None where nobody looked; ``place`` that of its event.
    """

    sha256: str
    check_code: str
    content_hash: str
    sealed_at: datetime
    replaced_at: datetime | None = None
    sealing: Sealing | None = None
    place: int | None = None

    @property
    def is_borne_out(self) -> bool:
        """The record does not speak against it: whoever put a document into the database alone is found out."""
        return self.sealing not in {Sealing.MISSING, Sealing.CHANGED}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """``document`` is the one on record that the file is, or comes from; ``sha256`` is the file's own, where a file was given."""

    verdict: Verdict
    document: SealedDocument | None = None
    sha256: str | None = None
    is_seal_valid: bool | None = None
    traces: frozenset[Trace] = frozenset()
    signatures: tuple[SignatureFinding, ...] = ()
    """Of a file that is on record: what its signatures are worth."""
    changes: tuple[DocumentChange, ...] = ()
    """Of a file that is not: how it differs from ``document``."""

    @property
    def rests_on_record(self) -> bool:
        """The bytes are those on record, and the seal alone shows nothing any more: its key fell into other hands."""
        return self.verdict is Verdict.GENUINE and self.is_seal_valid is False
