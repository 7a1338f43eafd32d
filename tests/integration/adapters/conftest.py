"""A renderer, a seal and one sealed agreement for all tests of documents: each takes a second to make."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portal.adapters.pdf.renderer import WeasyPrintRenderer
from portal.adapters.seal import KeyFileSealer
from portal.adapters.seal_keys import load_certificates, load_seal_key, make_demo_key
from portal.adapters.seal_trust import SealTrust
from portal.adapters.signature_fields import LENDER_FIELD
from portal.adapters.time_stamps.stand_in import StandInTimeStamper
from portal.adapters.time_stamps.stand_in_keys import StandInKeys, load_stand_in_keys, make_stand_in_keys
from portal.domain.agreements import AgreementContent
from portal.domain.check_codes import new_check_code
from portal.services.ports import SigningIdentity
from tests.agreement_samples import CHECK_URL, TEXTS, WORDING, agreement_content, signing_evidence

SEALED_AT = datetime(2026, 11, 1, 6, 21, 5, tzinfo=UTC)
IDENTITY = SigningIdentity(name="示范消费金融公司", reason="P7K3M9QX", signed_at=SEALED_AT)
CODE = new_check_code(b"0123456789")


@dataclass(frozen=True)
class SealedSample:
    """One agreement on its way: content, unsealed bytes, sealed bytes, and what they are checked against."""

    content: AgreementContent
    unsealed: bytes
    sealed: bytes
    trust: SealTrust


@pytest.fixture(scope="session")
def renderer() -> WeasyPrintRenderer:
    return WeasyPrintRenderer(TEXTS, WORDING)


@pytest.fixture(scope="session")
def key_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("seal") / "seal.pem"
    make_demo_key(path, now=SEALED_AT)
    return path


@pytest.fixture(scope="session")
def time_keys(tmp_path_factory: pytest.TempPathFactory) -> StandInKeys:
    path = tmp_path_factory.mktemp("time") / "time-stamps.pem"
    make_stand_in_keys(path)
    return load_stand_in_keys(path)


@pytest.fixture(scope="session")
def stamper(time_keys: StandInKeys) -> StandInTimeStamper:
    return StandInTimeStamper(time_keys, lambda: SEALED_AT)


@pytest.fixture(scope="session")
def sealer(key_path: Path, stamper: StandInTimeStamper) -> KeyFileSealer:
    return KeyFileSealer(load_seal_key(key_path), stamper)


@pytest.fixture(scope="session")
def trust(key_path: Path, time_keys: StandInKeys) -> SealTrust:
    return SealTrust(seals=load_certificates(key_path), time_stamps=(time_keys.root,))


@pytest.fixture(scope="session")
def sample(renderer: WeasyPrintRenderer, sealer: KeyFileSealer, trust: SealTrust) -> SealedSample:
    content = agreement_content()
    evidence = signing_evidence(content, sealer.description)
    unsealed = renderer.render_agreement(content, evidence, CODE, CHECK_URL.format(code=CODE))
    sealed = sealer.sign(unsealed, LENDER_FIELD, IDENTITY)
    return SealedSample(content, unsealed, sealed, trust)
