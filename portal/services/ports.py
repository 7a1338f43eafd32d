"""The outside, as the verbs see it. Each has a development stand-in that keeps the same contract."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from portal.domain.agreements import AgreementContent
from portal.domain.attachments import FileType
from portal.domain.checkpoints import Checkpoint, Unusable
from portal.domain.evidence import SealDescription, SigningEvidence
from portal.domain.record_keys import TrustedKey
from portal.domain.texts import Text


class BusinessTexts(Protocol):
    """Versioned texts by name ("agreement", "disclosure", "key_terms", "privacy_notice", "consents", "document")."""

    def load(self, name: str, locale: str, on: date) -> Text:
        """The words in effect on that day; ``business_text_missing`` where there are none."""
        ...

    def load_version(self, name: str, locale: str, version: str) -> Text:
        """Exactly those words, however old; ``business_text_missing`` where they are gone or were changed."""
        ...


class Wording(Protocol):
    """How sums, dates and counts are written inside a text, in the text's language (rule A03)."""

    def money(self, minor: int, currency: str, locale: str) -> str: ...

    def day(self, iso: str, locale: str) -> str:
        """An ISO date in words: 2026年11月1日, 1 November 2026."""
        ...

    def currency(self, code: str, locale: str) -> str: ...

    def cycle(self, every: str, locale: str) -> str:
        """``1 month`` as 个月, ``2 weeks`` as 2 周: what stands after "every"."""
        ...


class DocumentRenderer(Protocol):
    """Makes the PDF. Both raise ``agreement_contents_missing``, and ``glyph_missing`` with the character and where it stands."""

    def render_preview(self, content: AgreementContent) -> bytes:
        """What will be signed, marked as not signed yet. The same content gives the same bytes."""
        ...

    def render_agreement(
        self, content: AgreementContent, evidence: SigningEvidence, check_code: str, check_url: str
    ) -> bytes:
        """The document to be sealed, with its evidence page, check code and QR code."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningIdentity:
    """Who signs, why and when, as written into the signature; the lender's seal adds what kind of seal it is.

    ``id_last4`` and ``reference`` go to an authority that has to know whom it signs for, and nowhere else.
    """

    name: str
    reason: str
    signed_at: datetime
    location: str = ""
    id_last4: str = ""
    reference: str = ""


class SigningAuthority(Protocol):
    """Signs a field of a document: the lender's seal, or for the borrower a licensed authority (rule S06)."""

    @property
    def description(self) -> SealDescription: ...

    def sign(self, document: bytes, field: str, identity: SigningIdentity) -> bytes:
        """The document with an invisible signature in ``field``, which is made where it is missing and nothing is signed yet.

        Raises ``signing_failed`` and ``time_stamp_failed`` with the reason; nothing came of it then, and asking again is safe.
        """
        ...


class TimeStamper(Protocol):
    """An authority that says when something was there (RFC 3161)."""

    @property
    def name(self) -> str:
        """The authority's, as its certificate has it."""
        ...

    def stamp(self, digest: bytes) -> bytes:
        """A token (CMS, DER) over a SHA-256 digest of 32 bytes. Raises ``time_stamp_failed`` with the reason; asking again is safe."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """What went out: the version of the words, the words with the code hidden, and the number that they came from."""

    version: str
    text: str
    number: str


class MessageNotSentError(Exception):
    """The provider did not take the message; the text is its code, or why there was no answer. Nothing of the message is in it.

    ``is_certain``: it said no, so that nothing went out. ``is_final``: and it will say no again, however often it is asked.
    """

    def __init__(self, code: str, *, is_certain: bool = False, is_final: bool = False) -> None:
        super().__init__(code)
        self.is_certain, self.is_final = is_certain, is_final


class MessageSender(Protocol):
    """Sends messages of one channel."""

    def write(self, template: str, values: Mapping[str, str | int], locale: str) -> SentMessage:
        """What would go out, as it is kept."""
        ...

    def send(
        self, mobile: str, template: str, values: Mapping[str, str | int], locale: str, *, key: str
    ) -> SentMessage:
        """Send one; ``values`` fill the template, the one called ``code`` is kept nowhere. ``mobile``: of e-mail the address.

        ``key`` is the same whenever the same message is sent again. Raises ``MessageNotSentError``.
        """
        ...


class Passwords(Protocol):
    """Hashes staff passwords slowly, and only so many at once: both raise ``TooManyHashings`` where the wait grows long, ``verify`` at once
    where enough wait already.
    """

    def is_common(self, plain: str) -> bool:
        """Whether everybody tries it; ``plain`` is in lower case, without spaces."""
        ...

    def is_breached(self, password: str) -> bool:
        """Whether it is known from a breach, as far as this installation has a list."""
        ...

    def hash(self, password: str) -> str: ...

    def verify(self, kept: str | None, password: str) -> bool:
        """False where nothing is kept, after the same work."""
        ...


class TooManyHashings(Exception):
    """More people sign in at this moment than the machine can check; try again."""


class TimeCodes(Protocol):
    """Six digits of an authenticator app (RFC 6238)."""

    def new_secret(self) -> str: ...

    def matching_step(self, secret: str | None, code: str, at: datetime) -> int | None:
        """The time step whose code this is, at most one step away; None for a wrong code, and where there is no secret."""
        ...

    def code_at(self, secret: str, at: datetime) -> str:
        """The six digits of an instant: what the app would show. The demo shows them itself."""
        ...

    def address(self, secret: str, *, login: str) -> str:
        """The ``otpauth:`` address that an app scans."""
        ...


@dataclass(frozen=True, slots=True)
class KeySite:
    """For whom a security key answers: the host's name, and the origins that pages may have come from."""

    host: str
    origins: Sequence[str]


@dataclass(frozen=True, slots=True)
class KeyOwner:
    """``handle``: random bytes that the key knows its owner by; login and name are shown when it is used."""

    handle: bytes
    login: str
    name: str


@dataclass(frozen=True, slots=True)
class AskedKey:
    """``options`` for the browser (JSON); ``challenge`` is kept until the answer comes."""

    challenge: bytes
    options: str


@dataclass(frozen=True, slots=True)
class NewKey:
    credential_id: bytes
    public_key: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class ShownKey:
    """Which key an answer claims to come from, and whose."""

    credential_id: bytes
    handle: bytes | None


class SecurityKeys(Protocol):
    """Keys that sign for one site alone (WebAuthn), with a PIN or a finger of their own."""

    def ask_new(self, site: KeySite, owner: KeyOwner, known: Sequence[bytes]) -> AskedKey:
        """``known``: the ids of keys that the owner has already; they refuse to be added twice."""
        ...

    def accept_new(self, site: KeySite, challenge: bytes, answer: str) -> NewKey:
        """Raises ``key_not_accepted``."""
        ...

    def ask_shown(self, site: KeySite) -> AskedKey:
        """Any key of this site."""
        ...

    def named_in(self, answer: str) -> ShownKey | None:
        """What an answer claims, unchecked; None where it is none."""
        ...

    def count_if_good(
        self, site: KeySite, challenge: bytes, answer: str, *, public_key: bytes, sign_count: int
    ) -> int | None:
        """The key's new count of signatures; None for a bad answer, and for a count that went back: a copy of the key."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanFile:
    """A stranger's file, written anew by us: these bytes and no others are kept."""

    type: FileType
    body: bytes
    sha256: str


class FileCleaner(Protocol):
    """Reads a file by its content and writes it anew."""

    def clean(self, body: bytes) -> CleanFile:
        """Raises ``DomainError`` on the field ``file`` for what is not taken."""
        ...


class CheckpointStore(Protocol):
    """Keeps the record's checkpoints outside of the database; nothing in it is ever written over. Sizes count places."""

    def turn(self) -> AbstractContextManager[None]:
        """Held by whoever signs, or changes the key that signs."""
        ...

    def keep(self, note: str, size: int) -> bool:
        """False where one of this size is kept already."""
        ...

    def repeat_newest(self) -> None:
        """Whoever kept the largest may have died before ``latest`` told of it: let it."""
        ...

    def latest(self) -> str | None: ...

    def note(self, size: int) -> str | None: ...

    def sizes(self) -> Sequence[int]:
        """The smallest first."""
        ...

    def first_covering(self, size: int) -> str | None:
        """The oldest note that signs for at least so many places."""
        ...

    def read(self, keys: Sequence[TrustedKey]) -> Iterator[Checkpoint | Unusable]:
        """All of them in order, checked; and what is not to be used, with the reason."""
        ...

    def set_aside(self, above: int) -> int:
        """Believe none any more that signs for more places; how many there were."""
        ...

    def keep_stamp(self, size: int, stamp: bytes) -> bool:
        """Beside the note of this size; False where it has one."""
        ...

    def stamp(self, size: int) -> bytes | None: ...

    def stamped(self) -> Sequence[int]:
        """The sizes of those with a time stamp, the smallest first."""
        ...

    def say_broken(self, why: str | None) -> None:
        """That the record is not what was signed for, for whoever asks how it stands; None takes it back."""
        ...

    def broken(self) -> str | None: ...
