"""A sealed, time-stamped agreement on record, with the keys and certificates of the installation that made it."""

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from sqlalchemy.orm import Session

from portal.adapters.pdf.renderer import WeasyPrintRenderer
from portal.adapters.seal import KeyFileSealer
from portal.adapters.seal_keys import load_seal_key, make_demo_key
from portal.adapters.signature_fields import LENDER_FIELD
from portal.adapters.time_stamps.stand_in import StandInTimeStamper
from portal.adapters.time_stamps.stand_in_keys import load_stand_in_keys, make_stand_in_keys
from portal.domain.agreements import content_hash
from portal.domain.check_codes import new_check_code
from portal.domain.evidence import ContentStamp
from portal.domain.permissions import SYSTEM
from portal.models import Agreement, Document, Proposal, ProposalVersion
from portal.services.ports import SigningIdentity
from portal.services.record import record_about
from portal.services.sequencing import place_events
from tests.agreement_samples import TEXTS, WORDING, agreement_content, signing_evidence
from tests.people import NOW, Cast, add_loan

CODE = new_check_code(b"check page")


@dataclass(frozen=True)
class SealedHere:
    """``folder`` holds the seal's key and certificate and the time stamps' stand-in, as a data folder does."""

    folder: Path
    unsealed: bytes
    body: bytes


def make_sealed(folder: Path) -> SealedHere:
    """One agreement of 李娜's, sealed with keys that are made in the folder."""
    make_demo_key(folder / "seal.pem", now=NOW)
    make_stand_in_keys(folder / "time-stamps.pem")
    stamper = StandInTimeStamper(load_stand_in_keys(folder / "time-stamps.pem"), lambda: NOW)
    sealer = KeyFileSealer(load_seal_key(folder / "seal.pem"), stamper)
    content = agreement_content()
    digest = content_hash(content)
    evidence = signing_evidence(content, sealer.description)
    stamp = ContentStamp(
        authority=stamper.name, at=NOW.isoformat(), token=stamper.stamp(bytes.fromhex(digest))
    )
    drawn = WeasyPrintRenderer(TEXTS, WORDING).render_agreement(
        content, replace(evidence, content_stamp=stamp), CODE, "https://portal.example.cn/check"
    )
    identity = SigningIdentity(name="示范消费金融公司", reason="P7K3M9QX", signed_at=NOW)
    return SealedHere(folder, drawn, sealer.sign(drawn, LENDER_FIELD, identity))


def put_on_record(session: Session, cast: Cast, body: bytes) -> Agreement:
    """The agreement whose document has these bytes, sealed now."""
    loan = add_loan(session, cast.li_na)
    document = Document(sha256=sha256(body).hexdigest(), body=body, made_at=NOW)
    proposal = Proposal(
        public_id="p1",
        reference="P7K3M9QX",
        loan_id=loan.id,
        borrower_id=loan.borrower_id,
        status="active",
        answers={},
        referral_reasons=[],
        made_at=NOW,
    )
    session.add_all([document, proposal])
    session.flush()
    agreement = Agreement(
        public_id="a1",
        proposal_id=proposal.id,
        loan_id=loan.id,
        borrower_id=loan.borrower_id,
        version_number=1,
        content_hash=content_hash(agreement_content()),
        check_code=CODE,
        approved_at=NOW,
        seal_state="sealed",
        sealed_at=NOW,
        document_id=document.id,
    )
    session.add(agreement)
    session.flush()
    record_about(
        session,
        SYSTEM,
        proposal,
        "agreement:sealed",
        now=NOW,
        agreement_id=agreement.id,
        document_hash=document.sha256,
    )
    while place_events(session):
        pass
    return agreement


def replace_on_record(session: Session, agreement: Agreement) -> None:
    """A later agreement takes its place."""
    later = Proposal(
        public_id="p2",
        reference="P7K3M9QY",
        loan_id=agreement.loan_id,
        borrower_id=agreement.borrower_id,
        status="active",
        answers={},
        referral_reasons=[],
        replaces_id=agreement.proposal_id,
        made_at=NOW,
    )
    session.get_one(Proposal, agreement.proposal_id).status = "superseded"
    session.flush()
    session.add(later)
    session.flush()
    session.add(
        Agreement(
            public_id="a2",
            proposal_id=later.id,
            loan_id=agreement.loan_id,
            borrower_id=agreement.borrower_id,
            version_number=1,
            content_hash="0" * 64,
            check_code=new_check_code(b"check late"),
            approved_at=NOW,
            seal_state="sealing",
        )
    )


def add_preview(session: Session, agreement: Agreement, body: bytes) -> None:
    """A version of the agreement's plan whose document from before signing has these bytes."""
    document = Document(sha256=sha256(body).hexdigest(), body=body, made_at=NOW)
    session.add(document)
    session.flush()
    session.add(
        ProposalVersion(
            proposal_id=agreement.proposal_id,
            number=1,
            kind="reschedule",
            terms={},
            content={},
            content_hash=agreement.content_hash,
            facts_version=1,
            facts_digest="0" * 64,
            policy_version="cn-2026-11",
            priced_on=NOW.date(),
            locale="zh_CN",
            preview_document_id=document.id,
            terms_acknowledged=[],
            made_at=NOW,
        )
    )
    session.flush()
