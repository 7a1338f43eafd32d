"""Check the evidence of a repayment agreement without trusting whoever made it.  核验还款协议的证据，无需信任出具方。

    python check_agreement.py BUNDLE                  a bundle: the zip file, or the folder it was unpacked to / 证据包（zip 或解压后的文件夹）
    python check_agreement.py BUNDLE --pdf FILE       another copy of the agreement, checked against the bundle / 核验您手中的另一份协议
    python check_agreement.py BUNDLE --key KEY        the record's public key as it was handed to you / 您自己保存的记录公钥
    python check_agreement.py BUNDLE --later FILE     a consistency proof up to a later checkpoint / 与更晚检查点的一致性证明

Exit status / 退出码:
    0  all was checked and holds / 全部核验通过
    1  something does not hold / 有不符之处
    2  the evidence cannot be read / 无法读取证据
    3  what could be checked holds; something could not be checked here / 能核验的都相符，另有未能核验的项目

This one file is the whole program: nothing is fetched, nothing is written. It needs Python 3.9 or newer. With the package
"cryptography" it checks signatures and time stamps, with "pyhanko" the signatures inside the PDF; without them it says what it
left out. How the pieces hang together:

1. Each thing that happened is an EVENT. COMMITMENT = SHA-256(salt + event), the event as JSON with sorted keys and no spaces.
   The 16 random bytes of salt keep anybody from guessing events that were not disclosed.
2. All commitments are the leaves of one hash tree (RFC 6962, section 2.1). To change, add, remove or reorder any event changes
   the ROOT of the tree. A RECEIPT gives an event's place and the hashes that lead from it to a root.
3. A CHECKPOINT is a text: the record's name, how many events, the root. It is signed with Ed25519 (C2SP signed-note and
   tlog-checkpoint), published, and copied elsewhere; some carry a TIME STAMP of an independent authority (RFC 3161), which shows
   that the record stood so at that time. A CONSISTENCY proof shows that a later tree begins with all of an earlier one.
4. The event "agreement:sealed" names the SHA-256 of the PDF, and "agreement:made" that of its content; so whoever changed the
   document would have to change the record, its checkpoints and every copy of them.
"""

import argparse
import json
import sys
import zipfile
from base64 import b64decode
from datetime import datetime, timezone
from hashlib import new as new_hash
from hashlib import sha256
from io import BytesIO
from pathlib import Path

try:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
except ImportError:
    x509 = None
try:
    from asn1crypto import x509 as asn1_x509
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator.context import ValidationContext
except ImportError:
    PdfFileReader = None

LARGEST = 512 * 1024 * 1024  # bytes of a bundle, unpacked
PDF = "documents/agreement.pdf"
CONTENT = "documents/content.json"


class Wrong(Exception):
    """Something does not hold; says what, as all texts here: Chinese | English."""


class Unproved(Exception):
    """Something holds and proves nothing; says why."""


class Report:
    """One line for each thing that was looked at: holds, does not hold, or was not checked."""

    def __init__(self):
        self.wrong = self.unchecked = 0

    def holds(self, text):
        self._say(" OK ", text)

    def fails(self, text):
        self.wrong += 1
        self._say("FAIL", text)

    def skips(self, text):
        self.unchecked += 1
        self._say(" -- ", text)

    def _say(self, mark, text):
        print(f"[{mark}]", text.replace(" | ", "\n       "))

    def check(self, step, *given):
        """Run one step; whatever it stumbles over counts as not holding."""
        try:
            said = step(*given)
        except Wrong as wrong:
            self.fails(str(wrong))
        except Unproved as why:
            self.skips(str(why))
        except Exception as error:  # the files may be anybody's: unreadable is not genuine
            zh, en = step.__doc__.split(":")[0].rstrip(".").split(" / ")
            self.fails(f"无法读取：{zh}（{error!r}） | Cannot be read: {en} ({error!r})")
        else:
            if said:
                self.holds(said)


# ---------------------------------------------------------------- the tree: RFC 6962, checks as RFC 9162, 2.1.3.2 and 2.1.4.2


def leaf_hash(data):
    return sha256(b"\x00" + data).digest()


def node_hash(left, right):
    return sha256(b"\x01" + left + right).digest()


def is_in_tree(leaf, index, size, path, root):
    """Walk from the leaf up: where the place is odd, or the last of its level, the neighbour stands on the left."""
    if not 0 <= index < size:
        return False
    place, last, reached = index, size - 1, leaf
    for beside in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            reached = node_hash(beside, reached)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            reached = node_hash(reached, beside)
        place, last = place >> 1, last >> 1
    return last == 0 and reached == root


def has_grown(first, first_root, second, second_root, path):
    """The same walk twice at once: one set of hashes has to lead to the old root and to the new one."""
    if first == second:
        return not path and first_root == second_root
    if not 0 < first < second:
        return False
    parts = list(path) if first & (first - 1) else [first_root, *path]
    if not parts:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = parts[0]
    for part in parts[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(part, old), node_hash(part, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, part)
        place, last = place >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


# ---------------------------------------------------------------- checkpoints: texts signed with Ed25519


class Key:
    """A line ``name+id+base64``, for a past key followed by `` until SIZE``: it signed nothing larger."""

    def __init__(self, line):
        text, _, until = line.strip().partition(" until ")
        self.name, self.id, packed = text.split("+", 2)
        self.raw = b64decode(packed, validate=True)
        self.text, self.until = text, int(until) if until else None
        if self.raw[:1] != b"\x01" or len(self.raw) != 33:
            raise ValueError("not an Ed25519 key")
        if sha256(self.name.encode() + b"\n" + self.raw).digest()[:4].hex() != self.id:
            raise ValueError("a key whose id is another's")


class Checkpoint:
    """The text of a note: origin, size, root; an empty line; signatures."""

    def __init__(self, note):
        self.note = note
        text, _, rest = note.rpartition("\n\n")
        self.text = text + "\n"
        self.origin, size, root = self.text.split("\n")[:3]
        self.size, self.root = int(size), b64decode(root, validate=True)
        self.signatures = []
        for line in rest.splitlines():
            dash, name, packed = line.split(" ")
            if dash != "\u2014":
                raise ValueError("a line that is no signature")
            raw = b64decode(packed, validate=True)
            self.signatures.append((name, raw[:4].hex(), raw[4:]))


def check_checkpoint(checkpoint, keys):
    """检查点的签名 / the signature of a checkpoint."""
    signers = []
    for name, key_id, signature in checkpoint.signatures:
        for key in keys:
            if (key.name, key.id) == (name, key_id):
                try:
                    public = ed25519.Ed25519PublicKey.from_public_bytes(key.raw[1:])
                    public.verify(signature, checkpoint.text.encode())
                except InvalidSignature:
                    raise Wrong(
                        f"检查点 {checkpoint.size}：签名不符，检查点被改动过 | Checkpoint {checkpoint.size}: the signature does not hold; it was changed"
                    ) from None
                signers.append(key)
    if not signers:
        raise Wrong(
            f"检查点 {checkpoint.size}：没有已知密钥的签名 | Checkpoint {checkpoint.size}: no known key signed it"
        )
    if checkpoint.origin not in {key.name for key in signers}:
        raise Wrong(
            f"检查点 {checkpoint.size}：属于另一份记录 | Checkpoint {checkpoint.size}: is of another record"
        )
    if all(key.until is not None and checkpoint.size > key.until for key in signers):
        raise Wrong(
            f"检查点 {checkpoint.size}：由已停用的密钥签署 | Checkpoint {checkpoint.size}: was signed by a key after its end"
        )
    ids = ", ".join(key.id for key in signers)
    return (
        f"检查点 {checkpoint.size}：密钥 {ids} 的签名有效 | Checkpoint {checkpoint.size}: signed by key {ids}"
    )


def read_hashes(lines):
    """Base64, one hash a line."""
    found = [b64decode(line, validate=True) for line in lines]
    if any(len(each) != 32 for each in found):
        raise ValueError("a hash that has no 32 bytes")
    return found


def check_consistency(text, known, keys, report):
    """一致性证明 / a consistency proof: ``old SIZE``, hashes, an empty line, the later checkpoint as it was signed."""
    head, _, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    old, later = known[int(first.removeprefix("old "))], Checkpoint(note)
    if note not in {each.note for each in known.values()} and x509 is not None:
        report.check(check_checkpoint, later, keys)
    if not has_grown(old.size, old.root, later.size, later.root, read_hashes(lines)):
        raise Wrong(
            f"检查点 {later.size} 不是由检查点 {old.size} 增长而来：之间的记录被改动过 | Checkpoint {later.size} did not grow out of checkpoint {old.size}: the record was changed in between"
        )
    return f"检查点 {later.size} 完整包含检查点 {old.size} 的全部记录 | Checkpoint {later.size} begins with all that checkpoint {old.size} signed for"


# ---------------------------------------------------------------- time stamps: RFC 3161 tokens, read from their DER by hand


def der(data):
    """The items in a DER body, as (tag, body, whole)."""
    found, at = [], 0
    while at < len(data):
        start, length = at, data[at + 1]
        at += 2
        if length & 0x80:
            width = length & 0x7F
            length, at = int.from_bytes(data[at : at + width], "big"), at + width
        if at + length > len(data):
            raise ValueError("cut off")
        found.append((data[start], data[at : at + length], data[start : at + length]))
        at += length
    return found


DIGESTS = {"608648016503040201": "sha256", "608648016503040202": "sha384", "608648016503040203": "sha512"}
ECDSA = {"2a8648ce3d040302": "sha256", "2a8648ce3d040303": "sha384", "2a8648ce3d040304": "sha512"}
RSA = {"2a864886f70d01010b": "sha256", "2a864886f70d01010c": "sha384", "2a864886f70d01010d": "sha512"}
MESSAGE_DIGEST = "2a864886f70d010904"


def check_stamp(token, checkpoint, roots):
    """时间戳 / a time stamp: it names the digest of the checkpoint, and an authority that is trusted signed it."""
    (content,) = der(token)
    signed = der(der(der(content[1])[1][1])[0][1])
    info = der(der(signed[2][1])[1][1])[0][1]
    stated = der(der(info)[0][1])
    algorithm, digest = der(stated[2][1])
    imprint = new_hash(DIGESTS[der(algorithm[1])[0][1].hex()], checkpoint.note.encode()).digest()
    if imprint != digest[1]:
        raise Wrong(
            f"检查点 {checkpoint.size} 的时间戳：盖的是另一份内容 | The time stamp of checkpoint {checkpoint.size} is of something else"
        )
    moment = datetime.strptime(stated[4][1].decode().split(".")[0].rstrip("Z"), "%Y%m%d%H%M%S").replace(
        tzinfo=timezone.utc
    )
    # The signature covers attributes, one of which is the digest of what was stated.
    signer = der(der(signed[-1][1])[0][1])
    hashed = DIGESTS[der(signer[2][1])[0][1].hex()]
    attributes = {der(each)[0][1].hex(): der(der(each)[1][1])[0][1] for _, each, _ in der(signer[3][1])}
    if attributes.get(MESSAGE_DIGEST) != new_hash(hashed, info).digest():
        raise Wrong(
            f"检查点 {checkpoint.size} 的时间戳：内容被改动过 | The time stamp of checkpoint {checkpoint.size} was changed"
        )
    kind, signature, message = der(signer[4][1])[0][1].hex(), signer[5][1], b"\x31" + signer[3][2][1:]
    certificates = pkcs7.load_der_pkcs7_certificates(token)
    able = [each for each in certificates if may_stamp(each)]
    by = next((each for each in able if has_signed(each, kind, hashed, signature, message)), None)
    if by is None:
        raise Wrong(
            f"检查点 {checkpoint.size} 的时间戳：签名不符 | The time stamp of checkpoint {checkpoint.size}: its signature does not hold"
        )
    if not leads_to(by, certificates, roots, moment):
        raise Wrong(
            f"检查点 {checkpoint.size} 的时间戳：不是由所信任的机构签发 | The time stamp of checkpoint {checkpoint.size}: no authority that is trusted here made it"
        )
    when = f"{moment:%Y-%m-%d %H:%M:%S} UTC"
    return f"检查点 {checkpoint.size} 的时间戳：{when}，机构 {name_of(by)} | The time stamp of checkpoint {checkpoint.size}: {when}, by {name_of(by)}"


def may_stamp(certificate):
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return x509.oid.ExtendedKeyUsageOID.TIME_STAMPING in usage


def has_signed(certificate, kind, hashed, signature, message):
    key = certificate.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(hash_named(ECDSA[kind])))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), hash_named(RSA.get(kind, hashed)))
        else:
            return False
    except (InvalidSignature, KeyError):
        return False
    return True


def hash_named(name):
    return {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[name]


def leads_to(certificate, others, roots, moment):
    """Up to four steps to one of the roots, each certificate in its time; revocation is not looked up."""
    trusted = {each.fingerprint(hashes.SHA256()) for each in roots}
    for _ in range(5):
        if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
            return False
        if certificate.fingerprint(hashes.SHA256()) in trusted:
            return True
        above = [each for each in [*roots, *others] if each != certificate and issued(each, certificate)]
        if not above:
            return False
        certificate = above[0]
    return False


def issued(issuer, certificate):
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def name_of(certificate):
    return certificate.subject.rfc4514_string()


# ---------------------------------------------------------------- events and their receipts


def canonical(value):
    """The bytes that were committed to: sorted keys, no spaces, UTF-8. Texts are in normal form NFC already."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def check_receipt(entry, receipt, known):
    """记录的凭证 / the receipt of an event (tlog-proof@v1)."""
    place = entry["event"]["place"]
    head, _, note = receipt.partition("\n\n")
    first, index, *lines = head.split("\n")
    checkpoint = Checkpoint(note)
    if first != "c2sp.org/tlog-proof@v1" or index != f"index {place}":
        raise Wrong(f"第 {place} 条记录：凭证属于另一条 | Event {place}: the receipt is of another")
    if known.get(checkpoint.size) is None or known[checkpoint.size].note != note:
        raise Wrong(
            f"第 {place} 条记录：凭证所引检查点不在证据包中 | Event {place}: its receipt is under a checkpoint that is not here"
        )
    if entry["salt"] is None:
        return  # erased: only its leaf was kept, nothing is said about it
    leaf = leaf_hash(sha256(bytes.fromhex(entry["salt"]) + canonical(entry["event"])).digest())
    if not is_in_tree(leaf, place, checkpoint.size, read_hashes(lines), checkpoint.root):
        raise Wrong(
            f"第 {place} 条记录（{entry['event']['name']}）：与签署过的记录不符 | Event {place} ({entry['event']['name']}): is not what was signed for"
        )


def check_events(files, known, report):
    """全部记录 / all events."""
    entries, wrong = json.loads(files["events/events.json"]), report.wrong
    placed = [each for each in entries if each["event"]["place"] is not None]
    for entry in placed:
        name = f"receipts/{entry['event']['place']:015d}.tlog-proof"
        report.check(check_receipt, entry, files.get(name, b"").decode(), known)
    waiting = len(entries) - len(placed)
    if waiting:
        report.skips(
            f"{waiting} 条最新的记录尚无检查点，未核验 | The newest {waiting} events have no checkpoint yet and were not checked"
        )
    if report.wrong > wrong:
        return None
    return f"{len(placed)} 条记录都在签署过的记录之中，一字未改 | {len(placed)} events stand in the record that was signed for, unchanged"


# ---------------------------------------------------------------- the document


def told(files, name):
    """What the newest event of that name says, of those in the record: the step before went through them."""
    events = [each["event"] for each in json.loads(files["events/events.json"])]
    found = [each["fields"] for each in events if each["name"] == name and each["place"] is not None]
    return found[-1] if found else None


def check_document(body, files):
    """协议文件 / the document's bytes against the event that was recorded when it was sealed."""
    sealed = told(files, "agreement:sealed")
    if sealed is None:
        raise Wrong("记录中没有封存协议这一步 | No event tells that an agreement was sealed")
    if sha256(body).hexdigest() != sealed["document_hash"]:
        raise Wrong(
            "这份 PDF 不是封存的那一份：内容被改动过，或是另一份文件 | This PDF is not the one that was sealed: it was changed, or is another"
        )
    return "PDF 与封存时记录的哈希一致 | The PDF is, byte for byte, the one whose hash was recorded when it was sealed"


def check_content(files):
    """协议内容 / the agreement's content against what was signed and what was made."""
    digest, made = sha256(files[CONTENT]).hexdigest(), told(files, "agreement:made")
    signed = [told(files, name) for name in ("plan:submitted", "plan:counter_signed")]
    if digest not in {each["content_hash"] for each in signed if each}:
        raise Wrong("协议内容不是借款人签署的内容 | The content is not what the borrower signed")
    if made is None or digest != made["content_hash"]:
        raise Wrong("协议内容不是生效的内容 | The content is not what came into force")
    return "协议内容与签署、生效时记录的哈希一致 | The content is what was signed and what came into force"


def check_pdf_signatures(body, roots, lost):
    """PDF 签名 / the signatures inside the PDF: intact, by a certificate of this bundle, the last over the whole file."""
    unproved = []
    signatures = PdfFileReader(BytesIO(body)).embedded_signatures
    if not signatures:
        raise Wrong("PDF 中没有签名 | The PDF carries no signature")
    for signature in signatures:
        moment = signature.self_reported_timestamp
        context, times = (
            ValidationContext(
                trust_roots=roots, allow_fetching=False, moment=moment, best_signature_time=moment
            )
            for _ in range(2)
        )
        status = validate_pdf_signature(signature, context, ts_validation_context=times)
        if not status.bottom_line:
            said = status.summary()
            raise Wrong(
                f"PDF 签名“{signature.field_name}”不成立：{said} | The PDF signature {signature.field_name} does not hold: {said}"
            )
        since = lost.get(sha256(signature.signer_cert.dump()).hexdigest())
        stamp = status.timestamp_validity
        if since and not (stamp and stamp.valid and stamp.trusted and stamp.timestamp < since):
            unproved.append(f"{signature.field_name} ({since:%Y-%m-%d %H:%M:%S} UTC)")
    if status.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        raise Wrong("PDF 在签名之后又被添加过内容 | Something was added to the PDF after it was signed")
    if unproved:
        named = ", ".join(unproved)
        raise Unproved(
            f"PDF 签名的密钥自所示时间起已落入他人之手，且没有更早的时间戳，签名本身不能证明什么：{named} | The key of a PDF signature has been in other hands since the time shown, and no earlier time stamp shows the signature to be older; by itself it proves nothing: {named}"
        )
    fields = ", ".join(each.field_name for each in signatures)
    return (
        f"PDF 签名有效并覆盖整个文件：{fields} | The PDF's signatures hold and cover the whole file: {fields}"
    )


# ---------------------------------------------------------------- the bundle


def read_bundle(path):
    """All files by name."""
    if path.is_dir():
        return {
            each.relative_to(path).as_posix(): each.read_bytes()
            for each in sorted(path.rglob("*"))
            if each.is_file()
        }
    with zipfile.ZipFile(path) as packed:
        if sum(each.file_size for each in packed.infolist()) > LARGEST:
            raise ValueError("the bundle is too large")
        return {each.filename: packed.read(each) for each in packed.infolist() if not each.is_dir()}


def check_manifest(files):
    """清单 / the manifest: each file is there, is the one that was put in, and there is no other."""
    listed = json.loads(files["manifest.json"])["files"]
    for name in sorted(listed.keys() | files.keys() - {"manifest.json"}):
        if name not in files:
            raise Wrong(f"清单中的文件缺失：{name} | A file of the manifest is missing: {name}")
        if name not in listed:
            raise Wrong(f"多出清单之外的文件：{name} | A file that is not in the manifest: {name}")
        if sha256(files[name]).hexdigest() != listed[name]:
            raise Wrong(f"文件与清单不符：{name} | A file is not the one of the manifest: {name}")
    return f"清单中的 {len(listed)} 个文件齐全无误 | All {len(listed)} files of the manifest are there, unchanged"


def pem_certificates(files, name):
    return x509.load_pem_x509_certificates(files[name]) if files.get(name) else []


def keys_of(files, pinned, report):
    """Where the expert has the record's keys from elsewhere, those and no others are believed."""
    lines = pinned or files["keys/record.keys"].decode().splitlines()
    if not pinned:
        report.skips(
            "公钥取自证据包本身：请用 --key 换成您另行得到的公钥 | The keys are the bundle's own: give those that you got elsewhere (--key)"
        )
    return [Key(line) for line in lines if line]


def check_record(files, keys, later, report):
    """Checkpoints with their signatures and time stamps, how they grew out of one another, and the events under them."""
    names = [name for name in files if name.startswith("checkpoints/") and name.endswith(".txt")]
    known = {each.size: each for each in (Checkpoint(files[name].decode()) for name in names)}
    if x509 is None:
        report.skips(
            "未安装 cryptography：检查点签名和时间戳未核验 | cryptography is missing: signatures of checkpoints and time stamps were not checked"
        )
    else:
        check_signatures(files, known, keys, report)
    proofs = [files[name].decode() for name in sorted(files) if name.startswith("consistency/")]
    for proof in [*proofs, *later]:
        report.check(check_consistency, proof, known, keys, report)
    report.check(check_events, files, known, report)


def check_signatures(files, known, keys, report):
    roots = pem_certificates(files, "certificates/time-stamps.pem")
    tokens = {size: files.get(f"checkpoints/{size:015d}.tst") for size in sorted(known)}
    for size, token in tokens.items():
        report.check(check_checkpoint, known[size], keys)
        if token:
            report.check(check_stamp, token, known[size], roots)
    if not any(tokens.values()):
        report.skips("这些检查点没有时间戳 | None of these checkpoints carries a time stamp")


def check_papers(files, pdf, report):
    """The document: its bytes, its content, its signatures."""
    body = pdf if pdf is not None else files.get(PDF)
    if body is None:
        report.skips("证据包中没有已封存的协议 | The bundle holds no sealed agreement")
        return
    report.check(check_document, body, files)
    if CONTENT in files:
        report.check(check_content, files)
    if PdfFileReader is None or x509 is None:
        report.skips("未安装 pyhanko：PDF 签名未核验 | pyHanko is missing: PDF signature not checked")
        return
    roots = [
        asn1_x509.Certificate.load(each.public_bytes(Encoding.DER))
        for name in ("seal", "authorities", "time-stamps")
        for each in pem_certificates(files, f"certificates/{name}.pem")
    ]
    lost = json.loads(files.get("certificates/compromised.json", b"{}"))
    since = {name: datetime.fromisoformat(at).astimezone(timezone.utc) for name, at in lost.items()}
    report.check(check_pdf_signatures, body, roots, since)


def main(arguments: "list[str] | None" = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--pdf", type=Path)
    parser.add_argument("--key", action="append", default=[])
    parser.add_argument("--later", type=Path, action="append", default=[])
    given = parser.parse_args(arguments)
    report = Report()
    try:
        files = read_bundle(given.bundle)
        pdf = given.pdf.read_bytes() if given.pdf else None
        later = [each.read_text(encoding="utf-8") for each in given.later]
        report.check(check_manifest, files)
        check_record(files, keys_of(files, given.key, report), later, report)
        check_papers(files, pdf, report)
    except Exception as error:
        print(f"[FAIL] 无法读取证据：{error!r}\n       The evidence cannot be read: {error!r}")
        return 2
    if report.wrong:
        print(
            f"\n结论：有 {report.wrong} 处不符，不可采信。\nResult: {report.wrong} things do not hold. Do not rely on it."
        )
        return 1
    if report.unchecked:
        print(
            f"\n结论：能核验的都相符；{report.unchecked} 项未能核验。\nResult: all that was checked holds; {report.unchecked} things were not checked."
        )
        return 3
    print("\n结论：全部核验通过。\nResult: all was checked and holds.")
    return 0


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")
    sys.exit(main())
