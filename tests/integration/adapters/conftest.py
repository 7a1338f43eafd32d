"""A renderer, a seal and one sealed agreement for all tests of documents: each takes a second to make."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portal.adapters.pdf.renderer import WeasyPrintRenderer
from portal.adapters.seal import LENDER_FIELD, KeyFileSealer
from portal.adapters.seal_keys import load_certificates, load_seal_key, make_demo_key
from portal.domain.agreements import AgreementContent
from portal.domain.check_codes import new_check_code
from portal.services.ports import SealIdentity
from tests.agreement_samples import CHECK_URL, TEXTS, WORDING, agreement_content, signing_evidence

SEALED_AT = datetime(2026, 11, 1, 6, 21, 5, tzinfo=UTC)
IDENTITY = SealIdentity(name="示范消费金融公司", reason="P7K3M9QX", signed_at=SEALED_AT)
CODE = new_check_code(b"0123456789")


@dataclass(frozen=True)
class SealedSample:
    """One agreement on its way: content, unsealed bytes, sealed bytes, and our certificates."""

    content: AgreementContent
    unsealed: bytes
    sealed: bytes
    certificates: tuple[bytes, ...]


@pytest.fixture(scope="session")
def renderer() -> WeasyPrintRenderer:
    return WeasyPrintRenderer(TEXTS, WORDING)


@pytest.fixture(scope="session")
def key_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("seal") / "seal.pem"
    make_demo_key(path, now=SEALED_AT)
    return path


@pytest.fixture(scope="session")
def sealer(key_path: Path) -> KeyFileSealer:
    return KeyFileSealer(load_seal_key(key_path))


@pytest.fixture(scope="session")
def sample(renderer: WeasyPrintRenderer, sealer: KeyFileSealer, key_path: Path) -> SealedSample:
    content = agreement_content()
    evidence = signing_evidence(content, sealer.description)
    unsealed = renderer.render_agreement(content, evidence, CODE, CHECK_URL.format(code=CODE))
    sealed = sealer.sign(unsealed, LENDER_FIELD, IDENTITY)
    return SealedSample(content, unsealed, sealed, tuple(load_certificates(key_path)))
