"""Level L3: a licensed authority signs the borrower's own field, over HTTP; what it answers wrongly is refused."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from shutil import which

import pikepdf
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm

from portal.adapters.pdf.renderer import WeasyPrintRenderer
from portal.adapters.seal import KeyFileSealer
from portal.adapters.seal_checks import are_ours, check_signatures
from portal.adapters.seal_trust import SealTrust
from portal.adapters.signature_fields import BORROWER_FIELD, LENDER_FIELD, make_fields
from portal.adapters.signing_authority.exchange import TAKES, SigningRequest
from portal.adapters.signing_authority.http_authority import HttpSigningAuthority
from portal.adapters.signing_authority.stand_in import NAME, StandInAuthority, open_stand_in_authority
from portal.adapters.time_stamps.stand_in import StandInTimeStamper
from portal.domain.agreements import AgreementContent
from portal.domain.document_checks import Stamp
from portal.domain.errors import DomainError
from portal.domain.evidence import AssuranceLevel, SealKind
from portal.services.ports import SigningIdentity
from tests.agreement_samples import agreement_content, signing_evidence
from tests.authorities import Authority, Reply, answering
from tests.integration.adapters.conftest import CODE, IDENTITY, SEALED_AT, SealedSample
from tests.pdf_a import pdf_a_faults

LI_NA = SigningIdentity(
    name="李娜", reason="P7K3M9QX", signed_at=SEALED_AT, id_last4="302X", reference="P7K3M9QX"
)


@pytest.fixture(scope="session")
def licensed(tmp_path_factory: pytest.TempPathFactory) -> StandInAuthority:
    return open_stand_in_authority(tmp_path_factory.mktemp("ca") / "signing-authority.pem")


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> StandInAuthority:
    return open_stand_in_authority(tmp_path_factory.mktemp("other") / "signing-authority.pem")


@contextmanager
def asked(licensed: StandInAuthority) -> Iterator[Authority]:
    with answering(lambda body: Reply(licensed.answer(body), media_type=TAKES)) as authority:
        yield authority


@dataclass(frozen=True)
class TwiceSigned:
    content: AgreementContent
    body: bytes
    trust: SealTrust
    requests: list[dict[str, str]]
    authorization: str


@pytest.fixture(scope="session")
def twice(
    renderer: WeasyPrintRenderer,
    sealer: KeyFileSealer,
    stamper: StandInTimeStamper,
    licensed: StandInAuthority,
    trust: SealTrust,
) -> TwiceSigned:
    content = agreement_content()
    with asked(licensed) as authority:
        signing = HttpSigningAuthority(authority.address, (licensed.root,), token="t0ken", stamper=stamper)
        evidence = replace(
            signing_evidence(content, sealer.description),
            level=AssuranceLevel.LICENSED_CA,
            borrower_authority=signing.description,
        )
        drawn = renderer.render_agreement(content, evidence, CODE, "https://portal.example.cn/check")
        drawn = make_fields(drawn, [BORROWER_FIELD, LENDER_FIELD])
        signed = signing.sign(drawn, BORROWER_FIELD, LI_NA)
        body = sealer.sign(signed, LENDER_FIELD, IDENTITY)
    return TwiceSigned(
        content,
        body,
        replace(trust, authorities=(licensed.root,)),
        [json.loads(each.body) for each in authority.asked],
        authority.asked[0].authorization,
    )


def test_the_borrowers_signature_and_the_seal_over_it_both_hold(twice: TwiceSigned) -> None:
    borrower, seal = check_signatures(twice.body, twice.trust)
    assert (borrower.field, borrower.signer, borrower.stamp) == (BORROWER_FIELD, "李娜", Stamp.HOLDS)
    assert (seal.field, seal.stamp, seal.covers_all) == (LENDER_FIELD, Stamp.HOLDS, True)
    assert borrower.stamped_at == seal.stamped_at == SEALED_AT
    assert are_ours((borrower, seal))


def test_the_seal_allows_no_change_after_it(twice: TwiceSigned) -> None:
    signatures = PdfFileReader(BytesIO(twice.body)).embedded_signatures
    assert signatures[-1].docmdp_level is MDPPerm.NO_CHANGES
    assert all([float(edge) for edge in each.sig_field["/Rect"]] == [0] * 4 for each in signatures)


def test_it_stays_pdf_a_and_pdf_1_7(twice: TwiceSigned) -> None:
    assert pdf_a_faults(twice.body) == []
    with pikepdf.open(BytesIO(twice.body)) as pdf:
        assert pdf.pdf_version == "1.7"


@pytest.mark.skipif(which("pdfsig") is None, reason="pdfsig is not on this machine (Debian: poppler-utils)")
def test_pdfsig_calls_both_valid(twice: TwiceSigned, tmp_path: Path) -> None:
    path = tmp_path / "agreement.pdf"
    path.write_bytes(twice.body)
    said = subprocess.run(["pdfsig", str(path)], capture_output=True, text=True, check=False).stdout
    assert said.count("Signature is Valid.") == 2
    assert said.count("Total document signed") == 1


def test_the_authority_learns_a_digest_and_whom_it_signs_for_and_no_more(twice: TwiceSigned) -> None:
    (request,) = twice.requests
    assert sorted(request) == ["algorithm", "digest", "id_last4", "name", "reference"]
    assert (request["name"], request["id_last4"], request["reference"]) == ("李娜", "302X", "P7K3M9QX")
    assert twice.authorization == "Bearer t0ken"


def test_without_its_certificate_the_borrowers_signature_is_not_believed(
    twice: TwiceSigned, trust: SealTrust
) -> None:
    borrower, seal = check_signatures(twice.body, trust)
    assert (borrower.is_intact, borrower.is_trusted, borrower.holds) == (True, False, False)
    assert seal.holds


def test_the_description_names_the_authority(licensed: StandInAuthority) -> None:
    described = HttpSigningAuthority("http://127.0.0.1:9/", (licensed.root,)).description
    assert (described.kind, described.name) == (SealKind.LICENSED_CA, NAME)


BAD_ANSWERS = {
    "server error": "answered 503",
    "web page": "something else",
    "nothing": "cannot be read",
    "rubbish": "cannot be read",
    "another digest": "no signature of this document",
    "another person": "names somebody else",
    "another authority": "no authority that is trusted here signed",
    "a seal of our own": "no authority that is trusted here signed",
}


def bad_answer(kind: str, own: StandInAuthority, other: StandInAuthority, body: bytes) -> Reply:
    request = SigningRequest.from_json(body)
    if kind == "server error":
        return Reply(b"", status=503)
    if kind == "web page":
        return Reply(b"<p>", media_type="text/html")
    if kind in {"nothing", "rubbish"}:
        return Reply(b"" if kind == "nothing" else b"\x30\x03abc", media_type=TAKES)
    changed = {
        "another digest": replace(request, digest="00" * 32),
        "another person": replace(request, name="王伟"),
    }.get(kind, request)
    who = own if kind in {"another digest", "another person"} else other
    return Reply(who.answer(changed.as_json()), media_type=TAKES)


@pytest.mark.parametrize("level", ["B-B", "B-T"])
@pytest.mark.parametrize("kind", BAD_ANSWERS)
def test_a_wrong_answer_is_no_signature(
    kind: str,
    level: str,
    sample: SealedSample,
    licensed: StandInAuthority,
    other: StandInAuthority,
    stamper: StandInTimeStamper,
) -> None:
    drawn = make_fields(sample.unsealed, [BORROWER_FIELD, LENDER_FIELD])
    with (
        answering(lambda body: bad_answer(kind, licensed, other, body)) as authority,
        pytest.raises(DomainError) as refused,
    ):
        HttpSigningAuthority(
            authority.address, (licensed.root,), stamper=stamper if level == "B-T" else None
        ).sign(drawn, BORROWER_FIELD, LI_NA)
    assert refused.value.code == "signing_failed"
    assert BAD_ANSWERS[kind] in str(refused.value.details["reason"])


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"digest": "zz", "name": "x"}', b'{"more": 1}'])
def test_the_stand_in_refuses_what_is_no_request(body: bytes, licensed: StandInAuthority) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the HTTP side answers 400 to any of them
        licensed.answer(body)
