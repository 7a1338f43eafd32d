"""The built-in seal: valid for two readers, honest about itself, broken by any change."""

import stat
import subprocess
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from shutil import which

import pikepdf
import pytest
from click.testing import CliRunner
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm

from portal.adapters.seal import KeyFileSealer
from portal.adapters.seal_checks import is_seal_valid
from portal.adapters.seal_keys import (
    SealCertificate,
    load_certificates,
    load_seal_key,
    make_demo_key,
    open_seal_key,
)
from portal.adapters.seal_trust import SealTrust
from portal.adapters.signature_fields import LENDER_FIELD
from portal.commands.seal import seal
from portal.domain.errors import DomainError
from portal.domain.evidence import SealKind
from tests.integration.adapters.conftest import IDENTITY, SEALED_AT, SealedSample

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def test_pyhanko_calls_it_valid_and_whole(sample: SealedSample) -> None:
    assert is_seal_valid(sample.sealed, sample.trust)


@pytest.mark.skipif(which("pdfsig") is None, reason="pdfsig is not on this machine (Debian: poppler-utils)")
def test_pdfsig_calls_it_valid_and_whole(sample: SealedSample, tmp_path: Path) -> None:
    path = tmp_path / "agreement.pdf"
    path.write_bytes(sample.sealed)
    said = subprocess.run(["pdfsig", str(path)], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert said.count("Signature #") == 1


def test_one_invisible_field_that_allows_no_change(sample: SealedSample) -> None:
    (signature,) = PdfFileReader(BytesIO(sample.sealed)).embedded_signatures
    assert signature.field_name == LENDER_FIELD
    assert signature.docmdp_level is MDPPerm.NO_CHANGES
    assert [float(edge) for edge in signature.sig_field["/Rect"]] == [0, 0, 0, 0]
    assert signature.self_reported_timestamp == SEALED_AT


def test_it_says_what_it_is_and_no_more(sample: SealedSample, sealer: KeyFileSealer) -> None:
    (signature,) = PdfFileReader(BytesIO(sample.sealed)).embedded_signatures
    assert str(signature.sig_object["/Reason"]) == "防篡改封印 (tamper-evident seal) P7K3M9QX"
    assert sealer.description.kind is SealKind.TAMPER_EVIDENT
    assert len(sealer.description.certificate_sha256) == 64


def test_the_file_stays_pdf_1_7(sample: SealedSample) -> None:
    with pikepdf.open(BytesIO(sample.sealed)) as pdf:
        assert pdf.pdf_version == "1.7"


def test_sealing_only_appends(sample: SealedSample) -> None:
    assert sample.sealed.startswith(sample.unsealed)


def test_a_change_that_is_appended_breaks_it(sample: SealedSample) -> None:
    writer = IncrementalPdfFileWriter(BytesIO(sample.sealed))
    writer.root["/Changed"] = writer.root["/Lang"]
    writer.update_root()  # type: ignore[no-untyped-call]
    out = BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    assert not is_seal_valid(out.getvalue(), sample.trust)


def test_a_seal_of_another_key_is_not_ours(sample: SealedSample, tmp_path: Path) -> None:
    other = make_demo_key(tmp_path / "other.pem", now=NOW)
    forged = KeyFileSealer(other).sign(sample.unsealed, LENDER_FIELD, IDENTITY)
    assert not is_seal_valid(forged, sample.trust)
    seals = [*sample.trust.seals, SealCertificate(other.certificate_der)]
    assert is_seal_valid(forged, SealTrust(seals=seals))


@pytest.mark.parametrize(
    "body", [b"", b"no pdf", b"%PDF-1.7\n", b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<</Root 1 0 R>>"]
)
def test_what_is_no_sealed_pdf_has_no_valid_seal(body: bytes, sample: SealedSample) -> None:
    assert not is_seal_valid(body, sample.trust)


def test_the_key_is_its_owners_alone_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "seal.pem"
    make_demo_key(path, now=NOW)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in sorted(path.parent.iterdir())] == ["seal.crt", "seal.pem"]
    before = path.read_bytes()
    with pytest.raises(DomainError, match="seal_key_exists"):
        make_demo_key(path, now=NOW)
    assert path.read_bytes() == before


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "seal.pem"
    make_demo_key(path, now=NOW)
    path.chmod(0o644)
    with pytest.raises(DomainError, match="seal_key_unusable"):
        load_seal_key(path)


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "seal.pem"
    for body in (b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"):
        path.write_bytes(body)
        path.chmod(0o600)
        with pytest.raises(DomainError, match="seal_key_unusable"):
            load_seal_key(path)
    with pytest.raises(DomainError, match="seal_key_unusable"):
        load_seal_key(tmp_path / "missing.pem")


def test_the_demos_key_is_made_once_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "seal.pem"
    assert open_seal_key(path, now=NOW).fingerprint == open_seal_key(path, now=NOW).fingerprint
    assert len(load_certificates(path)) == 1


def test_seals_of_an_earlier_key_are_still_checked(
    sample: SealedSample, key_path: Path, tmp_path: Path
) -> None:
    path = tmp_path / "seal.pem"
    (tmp_path / "seal.crt").write_bytes(key_path.with_suffix(".crt").read_bytes())
    make_demo_key(path, now=NOW)
    assert is_seal_valid(sample.sealed, SealTrust(seals=load_certificates(path)))


def test_the_command_makes_a_key_and_shows_its_fingerprint(tmp_path: Path) -> None:
    path = str(tmp_path / "seal.pem")
    env = {"PORTAL_SECRET_KEY": "x" * 32}
    made = CliRunner().invoke(seal, ["create-key", path], env=env)
    shown = CliRunner().invoke(seal, ["show-key", path])
    assert made.exit_code == shown.exit_code == 0
    assert shown.output.startswith(made.output.strip())
    again = CliRunner().invoke(seal, ["create-key", path], env=env)
    assert again.exit_code == 1
    assert "never overwritten" in again.output
