"""A file as a whole: what the record says of it, and what it shows by itself."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from io import BytesIO
from zoneinfo import ZoneInfo

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal import check_words
from portal.adapters.comparison.compare import compare_documents
from portal.adapters.document_check import DocumentsOnRecord, check_document, refuse_unlikely
from portal.adapters.document_traces import traces_in
from portal.adapters.seal_trust import SealTrust, seal_trust
from portal.commands.record_proofs import find_proof, proved_under
from portal.config import Config
from portal.domain.document_checks import CheckResult, SignatureFinding, Stamp, Verdict
from portal.domain.signed_notes import NoteError
from portal.i18n import InstantFormats, format_count

HOLDS, CHANGED, UNKNOWN, REPLACED = 0, 1, 2, 3
"""Exit statuses."""


@dataclass(frozen=True, slots=True)
class Examination:
    """Sentences, and the exit status that they come to."""

    sha256: str
    headline: str
    status: int
    checked: Sequence[str]
    changed: Sequence[str]
    unchecked: Sequence[str]
    place: int | None = None
    """That of the event which tells of the sealing, where the file is on record."""


def examine(body: bytes, config: Config, on_record: DocumentsOnRecord | None, zone: ZoneInfo) -> Examination:
    """With a record, its word counts; the file's own signatures and attached data are looked at in any case.

    Raises ``check_file_empty``, ``check_file_too_large`` and what makes the certificates unusable.
    """
    refuse_unlikely(len(body))
    trust = seal_trust(config)
    result = check_document(body, on_record, trust) if on_record else None
    own = _OwnWord(body, trust, zone)
    if result is None:
        return _alone(body, own)
    shown = [] if result.signatures else own.checked()
    return Examination(
        sha256=sha256(body).hexdigest(),
        headline=check_words.headline(result),
        status=_status(result),
        checked=[*check_words.checked(result, zone), *shown, *own.of_data()],
        changed=[*check_words.changed(result), *([] if result.changes else own.changed())],
        unchecked=[
            *check_words.of_sealing(result),
            *check_words.of_stamps(own.signatures),
            *own.unreadable(),
        ],
        place=result.document.place if result.document and result.verdict is Verdict.GENUINE else None,
    )


def proved(session: Session, config: Config, found: Examination) -> Examination:
    """What the checkpoints say of the place at which the sealing stands: nobody who owns the database alone can make that up."""
    if found.place is None:
        return found
    proof = find_proof(session, config, found.place)
    if proof is None:
        late = gettext("Whether a checkpoint signs for it: none covers that place of the record yet.")
        return replace(found, unchecked=[*found.unchecked, str(late)])
    try:
        under = proved_under(session, config, proof)
    except NoteError:
        foreign = gettext(
            "Whether a checkpoint signs for it: no key that is known here signed the one that should."
        )
        return replace(found, unchecked=[*found.unchecked, str(foreign)])
    if under is None:
        said = gettext("The record is not what was signed for any more. Verify all of it to learn where.")
        headline = gettext("Not confirmed by the record")
        return replace(found, headline=str(headline), status=CHANGED, changed=[*found.changed, str(said)])
    holds = gettext(
        "It stands there under the signed checkpoint of %(size)s events.", size=format_count(under.size)
    )
    return replace(found, checked=[*found.checked, str(holds)])


def _status(result: CheckResult) -> int:
    if result.verdict is Verdict.GENUINE:
        return REPLACED if result.document and result.document.replaced_at else HOLDS
    return CHANGED if result.verdict is Verdict.CHANGED else UNKNOWN


def _alone(body: bytes, own: "_OwnWord") -> Examination:
    changed = own.changed()
    if not own.signatures:
        status, headline = UNKNOWN, gettext("No seal could be read in this file")
    elif not own.holds and own.is_whole:
        status, headline = UNKNOWN, gettext("The seal of this file shows nothing by itself any more")
    elif own.holds and not changed:
        status, headline = HOLDS, gettext("The seal holds, and the file was not changed since")
    else:
        status, headline = CHANGED, gettext("Not the sealed document")
    return Examination(
        sha256=sha256(body).hexdigest(),
        headline=str(headline),
        status=status,
        checked=[*own.checked(), *own.of_data()],
        changed=changed,
        unchecked=[
            str(gettext("Whether this file is on record: the record was not asked.")),
            *check_words.of_stamps(own.signatures),
            *own.unreadable(),
        ],
    )


class _OwnWord:
    """What the file shows by itself: its signatures, the state that they cover, and the data that it carries."""

    def __init__(self, body: bytes, trust: SealTrust, zone: ZoneInfo) -> None:
        from portal.adapters.seal_checks import are_ours, check_signatures  # noqa: PLC0415 - loads pyHanko

        self._body, self._trust, self._zone = body, trust, zone
        self.signatures: Sequence[SignatureFinding] = check_signatures(body, trust)
        self.holds = are_ours(self.signatures)
        self.is_whole = all(each.is_whole for each in self.signatures)

    def checked(self) -> Sequence[str]:
        return [str(line) for each in self.signatures for line in check_words.of_signature(each, self._zone)]

    def unreadable(self) -> Sequence[str]:
        if self.signatures:
            return []
        return [str(gettext("Signatures: none could be read in this file."))]

    def changed(self) -> Sequence[str]:
        """What stands after the last state that was signed, compared with that state."""
        if not self.signatures or self.signatures[-1].covers_all:
            return []
        from portal.adapters.seal_checks import last_signed_state  # noqa: PLC0415 - loads pyHanko

        signed = last_signed_state(self._body)
        return [check_words.of_change(change) for change in compare_documents(signed, self._body)]

    def of_data(self) -> Sequence[str]:
        return [str(line) for line in self._of_data()]

    def _of_data(self) -> Iterator[str]:
        attached = _attached(self._body)
        content = attached.get("content.json")
        if content is None:
            return
        digest = sha256(content)
        if digest.hexdigest() in traces_in(self._body).content_digests:
            yield gettext("The attached content has the digest that the document states.")
        else:
            yield gettext("The attached content does not have the digest that the document states.")
        if token := attached.get("content.tst"):
            yield from self._of_stamp(token, digest.digest())

    def _of_stamp(self, token: bytes, digest: bytes) -> Iterator[str]:
        from portal.adapters.time_stamps.tokens import judge_time_stamp  # noqa: PLC0415 - loads pyHanko

        worth, at = judge_time_stamp(token, digest, self._trust.time_stamps)
        if at:
            moment = InstantFormats(self._zone).moment(at)
            yield gettext(
                "A time-stamping authority that is trusted here saw this content at %(at)s.", at=moment
            )
        elif worth is Stamp.BROKEN:
            yield gettext("The attached time stamp is not of this content, or was changed.")


def _attached(body: bytes) -> dict[str, bytes]:
    from pypdf import PdfReader  # noqa: PLC0415 - most commands need none

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        return {name: b"".join(parts) for name, parts in PdfReader(BytesIO(body)).attachments.items()}
    except Exception:  # noqa: BLE001 - whatever a broken file makes the library say, it carries no data that could be read
        return {}
