"""How a signature came about: the acts that the evidence page of an agreement tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class AssuranceLevel(StrEnum):
    """How a borrower's signature is proved (rule S06); the first is the default, the others need a key of the borrower's own."""

    CODE_AND_EVIDENCE = "L1"
    ONE_TIME_KEY = "L2"
    LICENSED_CA = "L3"


class SealKind(StrEnum):
    """What the lender's seal is. Only a licensed certification authority's may be called a signature (rule S06)."""

    TAMPER_EVIDENT = "tamper_evident"
    LICENSED_CA = "licensed_ca"


class EvidenceAct(StrEnum):
    """What the evidence page can tell, in the words of ``portal/texts/document``."""

    SIGNED_IN = "signed_in"
    PRIVACY_NOTICE_SHOWN = "privacy_notice_shown"
    DISCLOSURE_READ = "disclosure_read"
    KEY_TERM_ACKNOWLEDGED = "key_term_acknowledged"
    TEXT_SHOWN = "text_shown"
    DOCUMENT_DOWNLOADED = "document_downloaded"
    CODE_SENT = "code_sent"
    SIGNED = "signed"
    APPROVED_BY_POLICY = "approved_by_policy"
    APPROVED_BY_STAFF = "approved_by_staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceEntry:
    """One act. ``at`` is ISO text with its offset; ``details`` fill the act's sentence and carry no unmasked personal data."""

    act: EvidenceAct
    at: str
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealDescription:
    """Whose certificates stand behind a signature, as the document states it.

    ``certificate_sha256`` is the fingerprint of the seal's certificate, or of the authority's root; ``name`` is the authority's.
    """

    kind: SealKind
    certificate_sha256: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentStamp:
    """A time stamp over the content hash: who gave it, when (ISO with offset), and the token (CMS, DER)."""

    authority: str
    at: str
    token: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningEvidence:
    """Who, when, how proven, what was shown. ``preview_sha256`` is the hash of the unsealed document that was offered for download.

    ``borrower_authority`` signs the borrower's own field, at level L3 and only there. With ``content_stamp`` the seal
    carries a time stamp of the same authority.
    """

    level: AssuranceLevel
    entries: Sequence[EvidenceEntry]
    content_hash: str
    approved_at: str
    seal: SealDescription
    preview_sha256: str = ""
    borrower_authority: SealDescription | None = None
    content_stamp: ContentStamp | None = None
