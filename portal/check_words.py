"""What a check of a document says: what was checked, what changed, what could not be checked. Page and command say the same."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from flask_babel import gettext

from portal.domain.document_changes import ChangeKind, DocumentChange
from portal.domain.document_checks import (
    CheckResult,
    SealedDocument,
    Sealing,
    SignatureFinding,
    Stamp,
    Trace,
    Verdict,
)
from portal.i18n import InstantFormats, format_count

BORROWER_FIELD = "Borrower"


def headline(result: CheckResult) -> str:
    if result.verdict is Verdict.GENUINE and result.document and result.document.replaced_at:
        return str(gettext("Genuine, but replaced by a later agreement"))
    if result.rests_on_record:
        return str(gettext("The file on record, with a seal that shows nothing by itself any more"))
    said = {
        Verdict.GENUINE: gettext("Genuine and unchanged"),
        Verdict.CHANGED: gettext("Not the sealed document"),
        Verdict.ON_RECORD: gettext("This code is on record"),
        Verdict.UNKNOWN: gettext("Not known here"),
    }
    return str(said[result.verdict])


def checked(result: CheckResult, zone: ZoneInfo) -> Sequence[str]:
    """What was looked at, with its outcome, good or bad."""
    return [str(line) for line in _checked(result, zone)]


def _checked(result: CheckResult, zone: ZoneInfo) -> Iterator[str]:
    if result.signatures or result.is_seal_valid is not None:
        yield gettext("The digest of the whole file is the one on record.")
        if result.is_seal_valid is False and not result.signatures:
            yield gettext("The file is on record, but no seal could be read in it. Please call us.")
        if result.document:
            yield from _of_sealing(result.document)
        for finding in result.signatures:
            yield from of_signature(finding, zone)
    elif result.sha256:
        yield gettext("The digest of the file is not on record.")
    if Trace.CHECK_CODE in result.traces:
        yield gettext("It carries the check code of a document of ours.")
    if Trace.SEAL in result.traces:
        yield gettext("It carries the certificate of our seal.")
    if Trace.DIGEST in result.traces:
        yield gettext("It states the content digest of a document of ours.")


def _of_sealing(document: SealedDocument) -> Iterator[str]:
    match document.sealing:
        case Sealing.RECORDED:
            yield gettext(
                "The record tells at place %(place)s that these bytes were sealed, as it was recorded.",
                place=format_count(document.place or 0),
            )
        case Sealing.MISSING:
            yield gettext("The record does not tell that these bytes were ever sealed. Please call us.")
        case Sealing.CHANGED:
            yield gettext("What the record tells of the sealing was changed afterwards. Please call us.")


def of_signature(finding: SignatureFinding, zone: ZoneInfo) -> Iterator[str]:
    """What one signature is worth, whosoever it is, and since when it was there."""
    is_borrower = finding.field == BORROWER_FIELD
    if finding.holds:
        yield (
            gettext("The borrower's own signature, by an authority that is trusted here, holds.")
            if is_borrower
            else gettext("The tamper-evident seal is ours and holds.")
        )
    else:
        name = gettext("The borrower's signature") if is_borrower else gettext("The seal")
        yield gettext("%(name)s does not hold: %(why)s", name=name, why=" ".join(_faults(finding, zone)))
    if finding.covers_all:
        yield gettext("It covers the whole file: nothing was added after it.")
    if finding.stamped_at:
        yield gettext(
            "A time-stamping authority that is trusted here saw it at %(at)s.",
            at=InstantFormats(zone).moment(finding.stamped_at),
        )
    if finding.holds and finding.compromised_at:
        yield gettext(
            "Its key counts as being in other hands since %(at)s; the time stamp shows that it was made before.",
            at=InstantFormats(zone).moment(finding.compromised_at),
        )


def _faults(finding: SignatureFinding, zone: ZoneInfo) -> Iterator[str]:
    if not finding.is_intact:
        yield gettext("what it covers was changed.")
    if not finding.is_trusted:
        yield gettext("its certificate is none that is trusted here.")
    if not finding.is_kept:
        yield gettext("something was added after it that it does not allow.")
    if finding.stamp is Stamp.BROKEN:
        yield gettext("its time stamp is not of this signature, or was changed.")
    if not finding.is_before_compromise and finding.compromised_at:
        yield gettext(
            "its key counts as being in other hands since %(at)s, and no time stamp shows that it was made before.",
            at=InstantFormats(zone).moment(finding.compromised_at),
        )


def changed(result: CheckResult) -> Sequence[str]:
    """How the file differs from the document on record."""
    return [of_change(change) for change in result.changes]


def of_change(change: DocumentChange) -> str:
    comma = gettext(", ")
    pages, names = comma.join(map(str, change.pages)), comma.join(change.names)
    count, first = format_count(change.count), format_count(change.first)
    said = {
        ChangeKind.BYTES: gettext(
            "Bytes that differ: %(count)s, the first at place %(first)s.", count=count, first=first
        ),
        ChangeKind.APPENDED: gettext("Something was added after the seal: %(count)s bytes.", count=count),
        ChangeKind.CUT: gettext("The end is missing: %(count)s bytes, with the seal.", count=count),
        ChangeKind.PAGES_ADDED: gettext("Pages were added: %(pages)s.", pages=pages),
        ChangeKind.PAGES_REMOVED: gettext("Pages are missing: %(pages)s.", pages=pages),
        ChangeKind.PAGES_CHANGED: gettext("Pages show something else: %(pages)s.", pages=pages),
        ChangeKind.ATTACHMENTS: gettext("Attached files were changed: %(names)s.", names=names or "–"),
        ChangeKind.SIGNATURES_MISSING: gettext("Signatures are missing: %(names)s.", names=names),
        ChangeKind.SAVED_ANEW: gettext(
            "The pages show the same. The file was saved anew by a program, or changed where pages do not show it."
        ),
        ChangeKind.UNREADABLE: gettext(
            "The file cannot be read as a PDF any more, so its pages could not be compared."
        ),
        ChangeKind.BEFORE_SEALING: gettext("It is a document from before signing: it was never sealed."),
    }
    return str(said[change.kind])


def unchecked(result: CheckResult) -> Sequence[str]:
    """What this check could not do."""
    return [str(line) for line in _unchecked(result)]


def _unchecked(result: CheckResult) -> Iterator[str]:
    if result.verdict is Verdict.ON_RECORD:
        yield gettext("The copy in front of you: for that, the file itself is needed.")
        return
    yield from of_sealing(result)
    if result.sha256 and not result.signatures:
        yield gettext("Signatures and time stamps: they are checked only in files that are on record.")
    yield from of_stamps(result.signatures)


def of_sealing(result: CheckResult) -> Iterator[str]:
    """What the record cannot say yet."""
    if result.document and result.document.sealing is Sealing.WAITING:
        yield gettext("Its place in the record: it was sealed just now. Please check again in a minute.")


def of_stamps(signatures: Sequence[SignatureFinding]) -> Iterator[str]:
    if any(finding.stamp is Stamp.NONE for finding in signatures):
        yield gettext("The time of signing: there is no time stamp, so it is that of our own system.")
    if any(finding.stamp is Stamp.UNTRUSTED for finding in signatures):
        yield gettext("The time stamp: the certificate of its authority is not known here.")
    if signatures:
        yield gettext("Whether a certificate was withdrawn meanwhile: no list of withdrawn ones was asked.")
