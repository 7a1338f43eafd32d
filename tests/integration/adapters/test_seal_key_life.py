"""The life of the seal's key: made, changed, in other hands; and what the seals of its time mean after that."""

import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.adapters.document_check import check_document
from portal.adapters.seal import KeyFileSealer
from portal.adapters.seal_checks import check_signatures
from portal.adapters.seal_keys import (
    SealKey,
    change_seal_key,
    compromised_beside,
    load_certificates,
    load_seal_key,
    make_demo_key,
    mark_compromised,
)
from portal.adapters.seal_trust import SealTrust
from portal.adapters.signature_fields import LENDER_FIELD
from portal.adapters.time_stamps.stand_in import StandInTimeStamper
from portal.commands.seal import seal
from portal.domain.check_codes import new_check_code
from portal.domain.document_checks import SealedDocument, Verdict
from portal.domain.errors import DomainError
from tests.integration.adapters.conftest import IDENTITY, SEALED_AT, SealedSample
from tests.integration.adapters.test_document_check import OneDocument

NOW = datetime(2026, 11, 3, tzinfo=UTC)
BEFORE, AFTER = SEALED_AT - timedelta(hours=1), SEALED_AT + timedelta(hours=1)
NAME = "防篡改封印（自制证书）"
ENV = {"PORTAL_SECRET_KEY": "x" * 32, "PORTAL_TIMEZONE": "Asia/Shanghai"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "seal.pem"
    make_demo_key(path, now=SEALED_AT)
    return path


def sealed(key: SealKey, sample: SealedSample, stamper: StandInTimeStamper | None = None) -> bytes:
    return KeyFileSealer(key, stamper).sign(sample.unsealed, LENDER_FIELD, IDENTITY)


def trusting(path: Path, trust: SealTrust) -> SealTrust:
    return replace(trust, seals=load_certificates(path))


def holds(body: bytes, path: Path, trust: SealTrust) -> bool:
    (found,) = check_signatures(body, trusting(path, trust))
    return found.holds


def test_after_a_planned_change_seals_of_both_keys_hold(
    path: Path, sample: SealedSample, trust: SealTrust
) -> None:
    first = sealed(load_seal_key(path), sample)
    made = change_seal_key(path, name=NAME, now=NOW)
    assert load_seal_key(path).fingerprint == made.fingerprint
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert holds(first, path, trust)
    assert holds(sealed(made, sample), path, trust)


def test_the_old_private_key_is_gone_and_nothing_else_is_left(path: Path) -> None:
    old = path.read_bytes()
    change_seal_key(path, name=NAME, now=NOW)
    files = sorted(each.name for each in path.parent.iterdir())
    assert files == ["seal.crt", "seal.pem"]
    assert old.splitlines()[1] not in path.read_bytes()
    assert len(load_certificates(path)) == 2


def test_a_change_that_was_broken_off_is_done_by_the_next(path: Path) -> None:
    path.with_suffix(".new").write_bytes(b"half a key")
    change_seal_key(path, name=NAME, now=NOW)
    load_seal_key(path)
    assert not path.with_suffix(".new").exists()


@pytest.mark.parametrize(
    ("since", "is_stamped", "still_holds"),
    [(AFTER, True, True), (BEFORE, True, False), (AFTER, False, False), (BEFORE, False, False)],
)
def test_once_a_key_is_in_other_hands_only_an_older_time_stamp_counts(
    since: datetime,
    is_stamped: bool,
    still_holds: bool,
    path: Path,
    sample: SealedSample,
    stamper: StandInTimeStamper,
    trust: SealTrust,
) -> None:
    """The time that a signature states is anybody's who has the key."""
    body = sealed(load_seal_key(path), sample, stamper if is_stamped else None)
    made = change_seal_key(path, name=NAME, now=NOW, compromised_since=since)
    assert holds(body, path, trust) is still_holds
    assert holds(sealed(made, sample), path, trust)


def test_a_time_stamp_that_nobody_here_trusts_saves_nothing(
    path: Path, sample: SealedSample, stamper: StandInTimeStamper, trust: SealTrust
) -> None:
    body = sealed(load_seal_key(path), sample, stamper)
    change_seal_key(path, name=NAME, now=NOW, compromised_since=AFTER)
    assert not holds(body, path, replace(trust, time_stamps=()))


def test_the_record_still_vouches_for_what_the_seal_no_longer_shows(
    path: Path, sample: SealedSample, trust: SealTrust
) -> None:
    key = load_seal_key(path)
    genuine, forged = sealed(key, sample), sealed(key, sample) + b"\n"
    on_record = OneDocument(
        SealedDocument(sha256(genuine).hexdigest(), new_check_code(b"0123456789"), "0" * 64, SEALED_AT),
        genuine,
    )
    change_seal_key(path, name=NAME, now=NOW, compromised_since=BEFORE)
    result = check_document(genuine, on_record, trusting(path, trust))
    assert (result.verdict, result.rests_on_record) == (Verdict.GENUINE, True)
    assert check_document(forged, on_record, trusting(path, trust)).verdict is Verdict.CHANGED


def test_a_past_key_can_be_told_compromised_and_the_earliest_word_counts(path: Path) -> None:
    old = load_seal_key(path).fingerprint
    change_seal_key(path, name=NAME, now=NOW)
    for since in (AFTER, BEFORE, AFTER):
        mark_compromised(path, old, since)
    assert [each.compromised_at for each in load_certificates(path)] == [BEFORE, None]
    with pytest.raises(DomainError, match="seal_certificate_unknown"):
        mark_compromised(path, "0" * 64, BEFORE)


def test_a_list_that_cannot_be_read_stops_the_check(path: Path) -> None:
    """Else a broken line would make a stolen key good again."""
    compromised_beside(path).write_text("abc\n")
    with pytest.raises(DomainError, match="seal_key_unusable"):
        load_certificates(path)


def ask(*arguments: str) -> Result:
    return CliRunner().invoke(seal, list(arguments), env=ENV)


def test_the_commands_change_mark_and_list(path: Path) -> None:
    first = load_seal_key(path).fingerprint
    second = ask("change-key", str(path), "--why", "planned").output.strip()
    third = ask(
        "change-key", str(path), "--why", "compromised", "--since", "2026-11-02T08:00:00"
    ).output.strip()
    assert third == load_seal_key(path).fingerprint
    assert ask("mark-compromised", str(path), first, "--since", "2026-11-01").exit_code == 0
    listed = dict(line.split("  ", 1) for line in ask("list", str(path)).output.splitlines())
    assert listed == {
        first: "compromised since 2026-11-01T00:00:00+08:00",
        second: "compromised since 2026-11-02T08:00:00+08:00",
        third: "present",
    }


def test_the_commands_refuse_what_makes_no_sense(path: Path) -> None:
    before = path.read_bytes()
    assert ask("change-key", str(path), "--why", "compromised").exit_code == 2
    assert ask("change-key", str(path), "--why", "planned", "--since", "2026-11-01").exit_code == 2
    unknown = ask("mark-compromised", str(path), "0" * 64, "--since", "2026-11-01")
    assert (unknown.exit_code, "No seal of ours" in unknown.output) == (1, True)
    assert path.read_bytes() == before
