"""The evidence of a case, put together so that a stranger can check all of it without asking us."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy.orm import Session

from portal.adapters.checkpoint_copies import checkpoint_store
from portal.adapters.evidence import files
from portal.adapters.record_keys import load_trusted_keys, record_key_path
from portal.adapters.seal_trust import seal_trust
from portal.config import Config
from portal.domain.log_proofs import GrowthProof, LogProof
from portal.domain.range_hashes import proofs_at_once
from portal.queries.evidence import CaseEvidence
from portal.queries.record_rows import leaves
from portal.services.ports import CheckpointStore


@dataclass(frozen=True, slots=True)
class Bundle:
    """``uncovered`` events had no checkpoint yet when it was made."""

    body: bytes
    sha256: str
    events: int
    uncovered: int


def evidence_bundle(
    session: Session, config: Config, evidence: CaseEvidence, *, page: bytes, reason: str, now: datetime
) -> Bundle:
    """``page`` is the record to be read, HTML. Goes through all leaves once; the same case at the same time gives the same bytes."""
    store, trust = checkpoint_store(config), seal_trust(config)
    sizes = _sizes(store, evidence)
    covered = sizes[-1] if sizes else 0
    parts = {
        "README.txt": files.read_me(config.base_url),
        files.CHECKER: files.checker_source(),
        "events/events.json": files.events_file(evidence, covered),
        "events/events.html": page,
        "documents/content.json": files.content_file(evidence),
        "keys/record.keys": files.keys_file(load_trusted_keys(record_key_path(config))),
        "certificates/seal.pem": files.certificates_file(trust.seal_roots),
        "certificates/compromised.json": files.compromised_file(trust.seals),
        "certificates/authorities.pem": files.certificates_file(trust.authorities),
        "certificates/time-stamps.pem": files.certificates_file(trust.time_stamps),
        **files.checkpoint_files(store, sizes),
        **_proof_files(session, store, evidence, sizes),
    }
    if evidence.document is not None:
        parts["documents/agreement.pdf"] = evidence.document
    about = {
        "case": evidence.reference,
        "document": evidence.document_state.value,
        "made_at": now.isoformat(timespec="seconds"),
        "reason": reason,
    }
    body = files.packed({name: part for name, part in parts.items() if part}, about)
    placed = sum(1 for each in evidence.events if each.place < covered)
    count = len(evidence.events) + len(evidence.waiting)
    return Bundle(body, sha256(body).hexdigest(), count, count - placed)


def _sizes(store: CheckpointStore, evidence: CaseEvidence) -> Sequence[int]:
    """The newest checkpoint, the first that covers the sealing (or the last event), and the stamped ones nearest to both."""
    known, stamped = store.sizes(), store.stamped()
    if not known:
        return ()
    newest = known[-1]
    ends = [each.place + 1 for each in evidence.events if each.place < newest]
    sealed = [each.place + 1 for each in evidence.events if each.event.name == "agreement:sealed"]
    end = max([each for each in sealed if each <= newest] or ends, default=newest)
    first = next(size for size in known if size >= end)
    after = [size for size in stamped if size >= first]
    return sorted({first, newest, *after[:1], *stamped[-1:]} & set(known))


def _proof_files(
    session: Session, store: CheckpointStore, evidence: CaseEvidence, sizes: Sequence[int]
) -> dict[str, bytes]:
    if not sizes:
        return {}
    newest = sizes[-1]
    note = store.note(newest) or ""
    indexes = [each.place for each in evidence.events if each.place < newest]
    inclusion, growth = proofs_at_once(leaves(session, 0, newest), indexes=indexes, sizes=sizes)
    receipts = {
        f"receipts/{place:015d}.tlog-proof": str(LogProof(place, path, note)).encode()
        for place, path in inclusion.items()
    }
    grown = {
        f"consistency/{old:015d}-{newest:015d}.txt": str(GrowthProof(old, path, note)).encode()
        for old, path in growth.items()
    }
    return receipts | grown
