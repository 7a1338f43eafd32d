"""The evidence of a case: made by the auditor with a reason, and checked by a stranger's bare Python."""

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificates
from flask import Flask
from sqlalchemy import select

from portal.adapters.evidence.check_agreement import main
from portal.adapters.record_keys import load_public_keys, make_record_key, record_key_path
from portal.adapters.seal_keys import change_seal_key, open_seal_key, seal_key_path
from portal.commands.record_keeping import keeper_of
from portal.commands.record_stamping import stamping_of
from portal.commands.work import HANDLERS, run_until_empty
from portal.commands.worker import build_workshop
from portal.config import Config
from portal.db import transaction
from portal.domain.log_proofs import GrowthProof
from portal.domain.permissions import SYSTEM, Role
from portal.domain.range_hashes import proofs_at_once
from portal.domain.signed_notes import NoteKey, SignedNote
from portal.models import Agreement, Event, Proposal
from portal.queries.record_rows import leaves
from portal.services.documents import keep_sealed
from portal.services.record import record
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import Case, StaffClient, events_of, post_to
from tests.integration.web.worlds import visit
from tests.people import NOW, Cast, add_loan, add_staff
from tests.plan_walks import shown_text
from tests.stories import Story

Files = dict[str, bytes]
NO_PACKAGES = "-S"
"""Python without what was installed into it: what a stranger may have."""
ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""What leaves the house is checked without any database."""

GIVEN_OUT = pytest.mark.personal_data("the evidence of a case has the text of its plan, and is unpacked here")


class Checked:
    """What the checker said, and how it ended."""

    def __init__(self, status: int, said: str) -> None:
        self.status, self.said = status, said


@dataclass(frozen=True)
class Made:
    """A bundle with a real document, the record's key, and a proof up to a checkpoint after it."""

    bundle: bytes
    key: str
    name: str
    growth: str


MADE: dict[str, Made] = {}
"""Drawn and sealed once: that costs more than all that is tried on it."""


def agreed(writing: Writing, cast: Cast) -> Proposal:
    """李娜's plan, approved by policy, with a stranger's events beside it."""
    with writing() as session:
        Story(session, cast.wang_qiang, add_loan(session, cast.wang_qiang, ref="L-9")).start().answer()
        story = Story(session, cast.li_na, add_loan(session, cast.li_na))
        assert story.submit() == "approved"
        return story.proposal


def more_events(writing: Writing) -> None:
    with writing() as session:
        for year in range(2030, 2043):
            record(session, SYSTEM, "calendar:published", now=NOW, calendar_version=year)


@pytest.fixture
def sealed(config: Config, database: Database, writing: Writing, cast: Cast) -> Case:
    """李娜's agreement with bytes that stand in for its document, under two checkpoints."""
    proposal, keeper = agreed(writing, cast), keeper_of(config, database.engine)
    with writing() as session:
        agreement = session.scalars(select(Agreement)).one()
        keep_sealed(session, SYSTEM, agreement_id=agreement.id, body=b"%PDF-1.7 sealed", now=NOW)
    keeper.keep()
    more_events(writing)
    keeper.keep()
    return Case(proposal.id, proposal.public_id, proposal.reference)


@pytest.fixture
def made(request: pytest.FixtureRequest, database: Database) -> Made:
    if not MADE:
        MADE["made"] = request.getfixturevalue("making")
    return MADE["made"]


@pytest.fixture
def making(
    config: Config, database: Database, clock: HandClock, writing: Writing, cast: Cast, auditor: CheckedClient
) -> Made:
    proposal, keeper = agreed(writing, cast), keeper_of(config, database.engine)
    clock.move_on(minutes=1)
    run_until_empty(build_workshop(config, engine=database.engine, clock=clock), HANDLERS)
    keeper.keep()
    stamping = stamping_of(config, clock, keeper.store)
    assert stamping is not None
    assert stamping.stamp_newest() is not None
    more_events(writing)
    size = keeper.keep().size
    answer = post_to(auditor, f"/desk/cases/{proposal.public_id}/evidence", {"reason": "court"})
    assert answer.status_code == 200
    later = keeper.keep().size
    with transaction(database.engine, writes=False) as session:
        _, paths = proofs_at_once(leaves(session), indexes=[], sizes=[size, later])
    return Made(
        bundle=answer.get_data(),
        key=str(load_public_keys(record_key_path(config))[0]),
        name=proposal.reference,
        growth=str(GrowthProof(size, paths[size], keeper.store.note(later) or "")),
    )


@pytest.fixture
def auditor(app: Flask, writing: Writing) -> CheckedClient:
    with writing() as session:
        member = add_staff(session, "2077", "audit.or", "查账的", Role.AUDITOR)
    return visit(app, staff=member.id)


@pytest.fixture
def bundle(auditor: CheckedClient, sealed: Case) -> bytes:
    answer = post_to(auditor, f"{sealed.url}/evidence", {"reason": "court"})
    assert answer.status_code == 200
    return answer.get_data()


def unpacked(bundle: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def laid_out(files: Mapping[str, bytes], folder: Path) -> Path:
    for name, body in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
    return folder


def checked(bundle: Path, *options: str, python: Sequence[str] = ()) -> Checked:
    """By the checker out of the bundle itself, alone in an empty folder."""
    program = bundle.parent / "empty" / "check_agreement.py"
    program.parent.mkdir(exist_ok=True)
    files = unpacked(bundle.read_bytes()) if bundle.is_file() else {}
    program.write_bytes(files.get(program.name) or (bundle / program.name).read_bytes())
    done = subprocess.run(
        [sys.executable, "-I", *python, str(program), str(bundle), *options],
        cwd=program.parent,
        capture_output=True,
        check=False,
        timeout=60,
        env={},
    )
    return Checked(done.returncode, done.stdout.decode())


@ON_SQLITE
@GIVEN_OUT
def test_a_stranger_checks_all_of_it_with_one_file(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "evidence.zip"
    path.write_bytes(made.bundle)
    done = checked(path, "--key", made.key)
    assert done.status == 0, done.said
    assert "全部核验通过" in done.said
    assert "[FAIL]" not in done.said
    assert "[ -- ]" not in done.said
    for said in (
        "signed by key",
        "The time stamp of checkpoint",
        "begins with all",
        "The PDF's signatures hold",
    ):
        assert said in done.said
    assert json.loads(unpacked(made.bundle)["manifest.json"])["case"] == made.name


@ON_SQLITE
@GIVEN_OUT
def test_without_packages_it_says_what_it_left_out(made: Made, tmp_path: Path) -> None:
    folder = laid_out(unpacked(made.bundle), tmp_path / "folder")
    done = checked(folder, python=[NO_PACKAGES])
    assert done.status == 3, done.said
    assert "PDF signature not checked" in done.said
    assert "cryptography is missing" in done.said
    assert "The keys are the bundle's own" in done.said
    assert "begins with all that checkpoint" in done.said
    assert "events stand in the record" in done.said
    assert "byte for byte" in done.said


def event_changed(files: Files) -> None:
    files["events/events.json"] = files["events/events.json"].replace(
        b'"plan:approved"', b'"plan:declined"', 1
    )


def event_moved(files: Files) -> None:
    entries = json.loads(files["events/events.json"])
    entries[0]["event"]["place"], entries[1]["event"]["place"] = (
        entries[index]["event"]["place"] for index in (1, 0)
    )
    files["events/events.json"] = json.dumps(entries).encode()


def document_changed(files: Files) -> None:
    body = bytearray(files["documents/agreement.pdf"])
    body[len(body) // 2] ^= 1
    files["documents/agreement.pdf"] = bytes(body)


def document_updated(files: Files) -> None:
    files["documents/agreement.pdf"] += b"\n%%EOF\n"


def content_changed(files: Files) -> None:
    files["documents/content.json"] = files["documents/content.json"].replace(
        b'"version":1', b'"version":2', 1
    )


def receipt_changed(files: Files) -> None:
    name = next(name for name in files if name.startswith("receipts/"))
    lines = files[name].decode().split("\n")
    lines[2] = ("B" if lines[2][0] == "A" else "A") + lines[2][1:]
    files[name] = "\n".join(lines).encode()


def receipt_gone(files: Files) -> None:
    del files[next(name for name in files if name.startswith("receipts/"))]


def growth_changed(files: Files) -> None:
    name = next(name for name in files if name.startswith("consistency/"))
    lines = files[name].decode().split("\n")
    lines[1] = ("B" if lines[1][0] == "A" else "A") + lines[1][1:]
    files[name] = "\n".join(lines).encode()


TAMPERED: Mapping[str, Callable[[Files], None]] = {
    "plan:declined": event_changed,
    "plan:answered": event_moved,
    "not the one that was sealed": document_changed,
    "This PDF is not": document_updated,
    "not what the borrower signed": content_changed,
    "is not what was signed for": receipt_changed,
    "Cannot be read: the receipt": receipt_gone,
    "did not grow out of": growth_changed,
}


def with_new_manifest(files: Files) -> Files:
    """Whoever changes a file can list its new hash."""
    manifest = json.loads(files.pop("manifest.json"))
    manifest["files"] = {name: sha256(body).hexdigest() for name, body in files.items()}
    return {**files, "manifest.json": json.dumps(manifest).encode()}


@ON_SQLITE
@GIVEN_OUT
def test_even_without_packages_what_was_changed_is_named(made: Made, tmp_path: Path) -> None:
    for names, tamper in TAMPERED.items():
        files = unpacked(made.bundle)
        tamper(files)
        done = checked(laid_out(with_new_manifest(files), tmp_path / tamper.__name__), python=[NO_PACKAGES])
        assert done.status == 1, done.said
        assert names in done.said, done.said
    files = unpacked(made.bundle)
    document_changed(files)
    assert (
        "not the one of the manifest"
        in checked(laid_out(files, tmp_path / "as-it-was"), python=[NO_PACKAGES]).said
    )


def newest_note(files: Files) -> str:
    return max(name for name in files if name.startswith("checkpoints/") and name.endswith(".txt"))


@ON_SQLITE
@GIVEN_OUT
def test_a_forged_checkpoint_or_time_stamp_is_not_believed(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, key = unpacked(made.bundle), NoteKey.parse(made.key)
    name = newest_note(good)
    note = SignedNote.parse(good[name].decode())
    edited = good[name].replace(b"record\n", b"records\n", 1)
    other = make_record_key(tmp_path / "other.pem", key.name)
    token = next(name for name in good if name.endswith(".tst"))
    forged = {
        "the signature does not hold": {name: edited},
        "no known key signed it": {name: str(other.sign(note.text)).encode()},
        "is of something else": {name.replace(".txt", ".tst"): good[token]},
        "its signature does not hold": {token: good[token][:-1] + bytes([good[token][-1] ^ 1])},
        "no authority that is trusted": {"certificates/time-stamps.pem": good["certificates/seal.pem"]},
    }
    for place, (names, changed) in enumerate(forged.items()):
        files = with_new_manifest({**good, **changed})
        status = main([str(laid_out(files, tmp_path / str(place))), "--key", str(key)])
        said = capsys.readouterr().out
        assert status == 1, said
        assert names in said, said
    # A key of somebody else's is none, whatever the bundle says of it.
    status = main([str(laid_out(good, tmp_path / "own")), "--key", str(other.public)])
    assert (status, "no known key signed it" in capsys.readouterr().out) == (1, True)


@ON_SQLITE
@GIVEN_OUT
def test_a_seal_whose_key_is_in_other_hands_proves_only_what_a_time_stamp_shows(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = unpacked(made.bundle)
    assert "certificates/compromised.json" not in good
    (seal,) = load_pem_x509_certificates(good["certificates/seal.pem"])
    fingerprint = seal.fingerprint(SHA256()).hex()
    for since, status, said in (
        (NOW + timedelta(days=1), 0, "The PDF's signatures hold"),
        (NOW - timedelta(days=1), 3, "by itself it proves nothing: LenderSeal"),
    ):
        lost = {"certificates/compromised.json": json.dumps({fingerprint: since.isoformat()}).encode()}
        folder = laid_out(with_new_manifest({**good, **lost}), tmp_path / f"{status}")
        assert main([str(folder), "--key", made.key]) == status
        assert said in capsys.readouterr().out


def test_it_tells_of_keys_in_other_hands(
    auditor: CheckedClient, sealed: Case, config: Config, tmp_path: Path
) -> None:
    path = seal_key_path(config)
    open_seal_key(path, now=NOW)
    change_seal_key(path, name="示范消费金融公司", now=NOW, compromised_since=NOW)
    files = unpacked(post_to(auditor, f"{sealed.url}/evidence", {"reason": "court"}).get_data())
    assert list(json.loads(files["certificates/compromised.json"]).values()) == [NOW.isoformat()]


@ON_SQLITE
@GIVEN_OUT
def test_another_copy_and_a_later_checkpoint_are_checked_against_it(made: Made, tmp_path: Path) -> None:
    path, copy, later = tmp_path / "evidence.zip", tmp_path / "copy.pdf", tmp_path / "later.txt"
    path.write_bytes(made.bundle)
    copy.write_bytes(unpacked(made.bundle)["documents/agreement.pdf"] + b"x")
    said = checked(path, "--pdf", str(copy), python=[NO_PACKAGES]).said
    assert "not the one that was sealed" in said
    later.write_text(made.growth, encoding="utf-8", newline="")
    done = checked(path, "--later", str(later), python=[NO_PACKAGES])
    assert done.status == 3
    assert done.said.count("begins with all that checkpoint") == 2
    lines = made.growth.split("\n")
    lines[1] = ("B" if lines[1][0] == "A" else "A") + lines[1][1:]
    later.write_text("\n".join(lines), encoding="utf-8", newline="")
    done = checked(path, "--later", str(later), python=[NO_PACKAGES])
    assert (done.status, "did not grow out of" in done.said) == (1, True)


def test_it_holds_this_case_and_nobody_elses_data(
    bundle: bytes, sealed: Case, writing: Writing, cast: Cast
) -> None:
    files = unpacked(bundle)
    entries = json.loads(files["events/events.json"])
    with writing() as session:
        wanted = session.scalars(
            select(Event.id).where(Event.proposal_id == sealed.id).order_by(Event.id)
        ).all()
    assert [entry["event"]["id"] for entry in entries] == wanted[:-1]
    everything = b"".join(body for name, body in files.items() if not name.endswith(".pdf"))
    assert cast.wang_qiang.name.encode() not in everything
    assert cast.wang_qiang.mobile.encode() not in everything
    assert sealed.reference in files["events/events.html"].decode()
    assert "协议" in files["events/events.html"].decode()


def test_the_making_is_on_record_and_the_same_case_gives_the_same_file(
    auditor: CheckedClient, sealed: Case, writing: Writing
) -> None:
    first, second = (post_to(auditor, f"{sealed.url}/evidence", {"reason": "regulator"}) for _ in range(2))
    made = events_of(writing, "evidence:made")
    assert [each["sha256"] for each in made] == [
        sha256(each.get_data()).hexdigest() for each in (first, second)
    ]
    assert (made[0]["reason"], made[0]["documents"]) == ("regulator", 1)
    # The second tells of the making of the first, which has no checkpoint yet; all else is the same, byte for byte.
    one, two = unpacked(first.get_data()), unpacked(second.get_data())
    assert {name for name in one if one[name] != two[name]} == {"events/events.json", "manifest.json"}
    assert first.headers["Content-Disposition"].startswith("attachment")


def test_only_an_auditor_makes_it_and_says_why(
    auditor: CheckedClient, sealed: Case, staff_client: StaffClient, writing: Writing, cast: Cast
) -> None:
    page = auditor.get(f"{sealed.url}/evidence")
    assert page.status_code == 200
    assert "法院" in shown_text(page)
    assert post_to(auditor, f"{sealed.url}/evidence", {"reason": ""}).status_code == 422
    assert post_to(auditor, f"{sealed.url}/evidence", {"reason": "curiosity"}).status_code == 422
    approver = staff_client(cast.zhou_min)
    assert approver.get(f"{sealed.url}/evidence").status_code == 403
    assert post_to(approver, f"{sealed.url}/evidence", {"reason": "court"}).status_code == 403
    assert events_of(writing, "evidence:made") == []


@GIVEN_OUT
def test_a_case_without_an_agreement_has_evidence_too(
    auditor: CheckedClient, case: Case, config: Config, database: Database, tmp_path: Path
) -> None:
    keeper_of(config, database.engine).keep()
    path = tmp_path / "evidence.zip"
    path.write_bytes(post_to(auditor, f"{case.url}/evidence", {"reason": "complaint"}).get_data())
    assert "documents/agreement.pdf" not in unpacked(path.read_bytes())
    done = checked(path, python=[NO_PACKAGES])
    assert done.status == 3, done.said
    assert "no sealed agreement" in done.said


def test_the_checker_is_there_for_everybody(client: CheckedClient, bundle: bytes) -> None:
    answer = client.get("/check/check_agreement.py")
    assert answer.get_data() == unpacked(bundle)["check_agreement.py"]
    assert "check_agreement.py" in client.get("/check").text
