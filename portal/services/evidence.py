"""The evidence page's content, from the record: what happened, in the order in which it happened."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.decisions import DecisionKind, DecisionState
from portal.domain.evidence import (
    AssuranceLevel,
    EvidenceAct,
    EvidenceEntry,
    SealDescription,
    SigningEvidence,
)
from portal.models import Agreement, Consent, Decision, Document, Event, ProposalVersion, StaffMember
from portal.queries.proposals import events_of_proposal


def signing_evidence(
    session: Session, agreement: Agreement, version: ProposalVersion, *, seal: SealDescription, zone: ZoneInfo
) -> SigningEvidence:
    """Who, when, how proven, what was shown: from events, the signature and the decision alone."""
    preview = session.scalar(select(Document.sha256).where(Document.id == version.preview_document_id))
    return SigningEvidence(
        level=AssuranceLevel.CODE_AND_EVIDENCE,
        entries=tuple(_entries(session, agreement, version, zone)),
        content_hash=version.content_hash,
        approved_at=_iso(agreement.approved_at, zone),
        seal=seal,
        preview_sha256=preview or "",
    )


def _entries(
    session: Session, agreement: Agreement, version: ProposalVersion, zone: ZoneInfo
) -> Iterator[EvidenceEntry]:
    signature = version.signature or {}
    mobile = str(version.content["borrower"]["mobile"])
    if signed_in := signature.get("signed_in_at"):
        yield EvidenceEntry(
            act=EvidenceAct.SIGNED_IN,
            at=_iso(datetime.fromisoformat(signed_in), zone),
            details={"mobile": mobile},
        )
    yield from _privacy(session, agreement, version, zone)
    decision = _decision(session, agreement)
    approval, is_counter = _approval(session, decision, zone), decision.kind == DecisionKind.COUNTER
    if is_counter:
        # The lender agreed before the borrower read it.
        yield approval
    titles = {term["code"]: term["title"] for term in version.content["key_terms"]}
    acknowledged: set[str] = set()
    for event in events_of_proposal(session, agreement.proposal_id):
        if event.fields.get("version_number") != version.number and event.name != "code:sent":
            continue
        if event.name == "plan:text_shown":
            yield _of_text(event, version, zone)
        else:
            yield from _of_event(event, titles, acknowledged, mobile, zone)
    if not is_counter:
        yield approval


def _privacy(
    session: Session, agreement: Agreement, version: ProposalVersion, zone: ZoneInfo
) -> Iterator[EvidenceEntry]:
    consent = session.scalar(
        select(Consent)
        .where(
            Consent.borrower_id == agreement.borrower_id,
            Consent.kind == "privacy_notice",
            Consent.given_at <= (version.signed_at or agreement.approved_at),
        )
        .order_by(Consent.id.desc())
        .limit(1)
    )
    if consent is not None:
        yield EvidenceEntry(
            act=EvidenceAct.PRIVACY_NOTICE_SHOWN,
            at=_iso(consent.given_at, zone),
            details={"version": consent.text_version},
        )


def _of_text(event: Event, version: ProposalVersion, zone: ZoneInfo) -> EvidenceEntry:
    """How long before the signature the text lay open: from when it was shown to the code."""
    seconds = int(((version.signed_at or event.at) - event.at).total_seconds())
    return EvidenceEntry(
        act=EvidenceAct.TEXT_SHOWN, at=_iso(event.at, zone), details={"seconds": str(seconds)}
    )


def _of_event(
    event: Event, titles: dict[str, str], acknowledged: set[str], mobile: str, zone: ZoneInfo
) -> Iterator[EvidenceEntry]:
    at = _iso(event.at, zone)
    match event.name:
        case "plan:disclosure_read":
            yield EvidenceEntry(
                act=EvidenceAct.DISCLOSURE_READ, at=at, details={"seconds": str(event.fields["seconds"])}
            )
        case "plan:preview_downloaded":
            yield EvidenceEntry(act=EvidenceAct.DOCUMENT_DOWNLOADED, at=at)
        case "plan:terms_acknowledged":
            for code in event.fields["terms"]:
                if code not in acknowledged:
                    acknowledged.add(code)
                    yield EvidenceEntry(
                        act=EvidenceAct.KEY_TERM_ACKNOWLEDGED,
                        at=at,
                        details={"title": titles.get(code, code)},
                    )
        case "code:sent" if event.fields.get("purpose") == "signing":
            yield EvidenceEntry(act=EvidenceAct.CODE_SENT, at=at, details={"mobile": mobile})
        case "plan:submitted" | "plan:counter_signed":
            yield EvidenceEntry(act=EvidenceAct.SIGNED, at=at)
        case _:
            return


def _decision(session: Session, agreement: Agreement) -> Decision:
    """The one that these terms are in force by: an approval, or the counter-offer that was accepted."""
    return session.scalars(
        select(Decision)
        .where(
            Decision.proposal_id == agreement.proposal_id,
            Decision.version_number == agreement.version_number,
            Decision.kind.in_([DecisionKind.APPROVE.value, DecisionKind.COUNTER.value]),
            Decision.state == DecisionState.SENT.value,
        )
        .order_by(Decision.id.desc())
        .limit(1)
    ).one()


def _approval(session: Session, decision: Decision, zone: ZoneInfo) -> EvidenceEntry:
    """By policy, or by number: both numbers where two had to agree."""
    at = _iso(decision.sent_at or decision.decided_at, zone)
    if decision.by_policy:
        return EvidenceEntry(
            act=EvidenceAct.APPROVED_BY_POLICY, at=at, details={"version": decision.policy_version}
        )
    ids = (decision.first_staff_id, decision.second_staff_id)
    numbers = session.scalars(
        select(StaffMember.number).where(StaffMember.id.in_(ids)).order_by(StaffMember.number)
    )
    return EvidenceEntry(act=EvidenceAct.APPROVED_BY_STAFF, at=at, details={"staff": ", ".join(numbers)})


def _iso(instant: datetime, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).isoformat(timespec="seconds")
