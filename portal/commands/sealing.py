"""From an approved agreement to its sealed bytes: drawn, time-stamped, signed for the borrower where an authority does, sealed.

All of it happens in memory and outside of any transaction: whatever fails on the way, the agreement is as it was.
"""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from portal.adapters.time_stamps.configured import time_stamp_trust
from portal.domain.evidence import AssuranceLevel, ContentStamp, SigningEvidence
from portal.services.documents import SealWork
from portal.services.ports import SigningIdentity, TimeStamper

if TYPE_CHECKING:
    from portal.commands.work import Workshop


def seal_document(shop: "Workshop", work: SealWork) -> bytes:
    """Raises ``time_stamp_failed``, ``signing_failed`` and what rendering raises."""
    # pyHanko takes most of a second to load; no worker should start later for it.
    from portal.adapters.signature_fields import BORROWER_FIELD, LENDER_FIELD, make_fields  # noqa: PLC0415

    check_url = f"{shop.config.base_url}/check?code={work.check_code}"
    drawn = shop.renderer.render_agreement(work.content, evidence_for(shop, work), work.check_code, check_url)
    now = shop.clock.now()
    if shop.borrowers:
        drawn = make_fields(drawn, [BORROWER_FIELD, LENDER_FIELD])
        drawn = shop.borrowers.sign(drawn, BORROWER_FIELD, _borrower(work, now))
    return shop.sealer.sign(drawn, LENDER_FIELD, _lender(work, now))


def evidence_for(shop: "Workshop", work: SealWork) -> SigningEvidence:
    """What the document tells of its signing, stamped where a stamper is there. Raises ``time_stamp_failed``."""
    evidence = work.evidence
    if shop.stamper:
        evidence = replace(evidence, content_stamp=_stamped(shop, shop.stamper, evidence.content_hash))
    if shop.borrowers:
        evidence = replace(
            evidence, level=AssuranceLevel.LICENSED_CA, borrower_authority=shop.borrowers.description
        )
    return evidence


def _stamped(shop: "Workshop", stamper: TimeStamper, content_hash: str) -> ContentStamp:
    from portal.adapters.time_stamps.tokens import verify_time_stamp  # noqa: PLC0415 - loads pyHanko

    digest = bytes.fromhex(content_hash)
    token = stamper.stamp(digest)
    at = verify_time_stamp(token, digest, time_stamp_trust(shop.config))
    return ContentStamp(
        authority=stamper.name, at=at.astimezone(shop.clock.zone).isoformat(timespec="seconds"), token=token
    )


def _borrower(work: SealWork, now: datetime) -> SigningIdentity:
    borrower = work.content.borrower
    return SigningIdentity(
        name=borrower.name,
        reason=work.content.agreement_ref,
        signed_at=now,
        id_last4=borrower.id_last4,
        reference=work.content.agreement_ref,
    )


def _lender(work: SealWork, now: datetime) -> SigningIdentity:
    return SigningIdentity(
        name=work.content.creditor.name,
        reason=f"{work.content.agreement_ref} {work.check_code}",
        signed_at=now,
    )
