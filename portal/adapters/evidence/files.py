"""The files of a case's evidence by name, and the zip that holds them."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256

# nosemgrep: python37-compatibility-importlib2 - this runs on 3.11 and newer
from importlib.resources import files as packaged
from io import BytesIO
from typing import Any, Final
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from portal.adapters.seal_keys import SealCertificate
from portal.domain.canonical_json import canonical_json
from portal.domain.record_keys import TrustedKey
from portal.domain.record_leaves import RecordedEvent
from portal.queries.evidence import CaseEvidence
from portal.services.ports import CheckpointStore

CHECKER: Final = "check_agreement.py"
_FIRST_MOMENT: Final = (1980, 1, 1, 0, 0, 0)
"""In a zip nothing is older; the same files give the same bytes, whenever they are packed."""
_READ_ME: Final = """\
本证据包：如何核验
==================
1. 需要 Python 3.9 或更高版本；最好另装 cryptography 和 pyhanko（pip install cryptography pyhanko）。
2. 在本文件夹中运行：python check_agreement.py .
3. 公钥请从别处取得（例如从前保存的 {address}/record/keys），用 --key 逐个给出；证据包自带的公钥只能说明包内各文件互相一致。
4. events/events.html 是便于阅读的记录；用于核验的是 events/events.json。
5. 今后如需证明记录此后也未被改写：向出具方索取到更晚检查点的一致性证明，用 --later 给出。

This bundle: how to check it
============================
1. Python 3.9 or newer; better with cryptography and pyhanko (pip install cryptography pyhanko).
2. In this folder run: python check_agreement.py .
3. Get the public keys from elsewhere (for example a copy of {address}/record/keys that you kept) and give each by --key. Those in
   the bundle only show that its files agree with each other.
4. events/events.html is the record to be read; events/events.json is what is checked.
5. To see later that the record was not rewritten since: ask for the consistency proof up to a later checkpoint, give it by --later.
"""


def checker_source() -> bytes:
    """The program that goes through a bundle: one file that needs nothing of ours."""
    return packaged("portal.adapters.evidence").joinpath(CHECKER).read_bytes()


def read_me(address: str) -> bytes:
    return _READ_ME.format(address=address).encode()


def events_file(evidence: CaseEvidence, covered: int) -> bytes:
    """Each event as it was committed to, with its salt; those that no checkpoint covers yet without a place."""
    entries: list[Mapping[str, Any]] = []
    for each in evidence.events:
        if each.place < covered:
            entries.append(_entry(each.event, each.place, each.salt.hex() or None))
        else:
            entries.append(_entry(each.event, None, None))
    entries += [_entry(event, None, None) for event in evidence.waiting]
    return json.dumps(entries, ensure_ascii=False, indent=1, sort_keys=True).encode()


def checkpoint_files(store: CheckpointStore, sizes: Sequence[int]) -> Mapping[str, bytes]:
    """Notes as they were signed, with the time stamps that there are."""
    found = {}
    for size in sizes:
        found[f"checkpoints/{size:015d}.txt"] = (store.note(size) or "").encode()
        if (stamp := store.stamp(size)) is not None:
            found[f"checkpoints/{size:015d}.tst"] = stamp
    return found


def keys_file(keys: Sequence[TrustedKey]) -> bytes:
    return "".join(f"{key}\n" for key in keys).encode()


def certificates_file(certificates: Sequence[bytes]) -> bytes:
    """PEM, of DER."""
    loaded = (x509.load_der_x509_certificate(each) for each in certificates)
    return b"".join(each.public_bytes(Encoding.PEM) for each in loaded)


def compromised_file(seals: Sequence[SealCertificate]) -> bytes:
    """Since when the keys of some certificates are known to be in other hands, by fingerprint; empty where none is."""
    lost = {each.fingerprint: each.compromised_at.isoformat() for each in seals if each.compromised_at}
    return json.dumps(lost, indent=1, sort_keys=True).encode() if lost else b""


def content_file(evidence: CaseEvidence) -> bytes:
    return canonical_json(evidence.content)


def packed(files: Mapping[str, bytes], about: Mapping[str, object]) -> bytes:
    """A zip with a manifest: ``about`` and each file's SHA-256. Nothing is compressed, so that it can be read for centuries."""
    manifest = {**about, "files": {name: sha256(files[name]).hexdigest() for name in sorted(files)}}
    body = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()
    whole, out = {**files, "manifest.json": body}, BytesIO()
    with ZipFile(out, "w", ZIP_STORED) as archive:
        for name in sorted(whole):
            entry = ZipInfo(name, _FIRST_MOMENT)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, whole[name])
    return out.getvalue()


def _entry(event: RecordedEvent, place: int | None, salt: str | None) -> Mapping[str, Any]:
    said = json.loads(event.canonical(place or 0))
    return {"event": {**said, "place": place}, "salt": salt}
