"""The public check page: three answers, no names, nothing kept."""

import re
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from shutil import copy

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.adapters.document_check import LARGEST_MEGABYTES
from portal.adapters.pdf.renderer import WeasyPrintRenderer
from portal.adapters.seal import KeyFileSealer
from portal.adapters.seal_keys import load_seal_key, make_demo_key, seal_key_path
from portal.adapters.signature_fields import LENDER_FIELD
from portal.config import Config
from portal.domain.agreements import content_hash
from portal.domain.check_codes import new_check_code
from portal.models import Agreement, Document, Event, Proposal
from portal.services.ports import SigningIdentity
from portal.web import writes
from tests.agreement_samples import TEXTS, WORDING, agreement_content, signing_evidence
from tests.checked_client import CheckedClient
from tests.integration.web.conftest import Writing
from tests.people import NOW, Cast, add_loan

CODE = new_check_code(b"check page")
ANSWERS = ("真实，未被改动", "不是封印时的文件", "这里没有记录", "有这个核验码的记录")


@pytest.fixture(scope="module")
def key_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("seal") / "seal.pem"
    make_demo_key(path, now=NOW)
    return path


@pytest.fixture(scope="module")
def sealed_body(key_path: Path) -> bytes:
    content = agreement_content()
    sealer = KeyFileSealer(load_seal_key(key_path))
    unsealed = WeasyPrintRenderer(TEXTS, WORDING).render_agreement(
        content, signing_evidence(content, sealer.description), CODE, "https://portal.example.cn/check"
    )
    identity = SigningIdentity(name="示范", reason="防篡改封印", signed_at=NOW)
    return sealer.sign(unsealed, LENDER_FIELD, identity)


@pytest.fixture
def sealed(config: Config, writing: Writing, cast: Cast, sealed_body: bytes, key_path: Path) -> bytes:
    """A sealed agreement of 李娜's, on record; the pages know the seal's certificate and not its key."""
    copy(key_path.with_suffix(".crt"), seal_key_path(config).with_suffix(".crt"))
    put_on_record(writing, cast, sealed_body)
    return sealed_body


def put_on_record(writing: Writing, cast: Cast, body: bytes) -> None:
    with writing() as session:
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
        session.add(
            Agreement(
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
        )


def answer_to(client: CheckedClient, body: bytes) -> str:
    answer = client.submit("/check", {"file": (BytesIO(body), "agreement.pdf")})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def heading(page: str) -> str:
    found = re.search(r"<h1[^>]*>\s*(.*?)\s*</h1>", page, re.DOTALL)
    assert found
    return found[1]


def test_the_sealed_file_is_genuine(client: CheckedClient, sealed: bytes) -> None:
    page = answer_to(client, sealed)
    assert heading(page) == "真实，未被改动"
    assert sha256(sealed).hexdigest() in page


def test_a_copy_with_one_byte_changed_is_not(client: CheckedClient, sealed: bytes) -> None:
    changed = bytearray(sealed)
    changed[len(changed) // 2] ^= 1
    assert heading(answer_to(client, bytes(changed))) == "不是封印时的文件"


@pytest.mark.parametrize("body", [b"no pdf at all", b"%PDF-1.7\n%%EOF", b"\x00" * 5000])
def test_any_other_file_is_not_known(client: CheckedClient, sealed: bytes, body: bytes) -> None:
    assert heading(answer_to(client, body)) == "这里没有记录"


def test_a_code_is_on_record_or_not(client: CheckedClient, sealed: bytes) -> None:
    page = client.submit("/check", {"code": CODE.lower().replace("-", " ")}).get_data(as_text=True)
    assert heading(page) == "有这个核验码的记录"
    other = client.submit("/check", {"code": new_check_code(b"other code")}).get_data(as_text=True)
    assert heading(other) == "这里没有记录"


def test_the_qr_code_is_answered_at_once(client: CheckedClient, sealed: bytes) -> None:
    assert heading(client.get(f"/check?code={CODE}").get_data(as_text=True)) == "有这个核验码的记录"


def test_no_answer_names_anybody_or_anything_owed(client: CheckedClient, sealed: bytes, cast: Cast) -> None:
    pages = [
        answer_to(client, sealed),
        answer_to(client, sealed[:-1]),
        client.get(f"/check?code={CODE}").text,
    ]
    for page in pages:
        said = re.sub("[0-9a-f]{64}", "", page)
        for told in ("李娜", "0001", "L000001", "P7K3M9QX", "8,293.40", cast.li_na.mobile):
            assert told not in said


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "请选择 PDF 文件，或者输入核验码。"),
        ({"code": "abc"}, "核验码由 17 位字母和数字组成"),
        ({"code": "A" + CODE[1:]}, "其中有一位不对"),
        ({"code": "<script>alert(1)</script>"}, "核验码由 17 位字母和数字组成"),
    ],
)
def test_what_cannot_be_checked_gets_a_clear_word(
    client: CheckedClient, cast: Cast, data: dict[str, str], said: str
) -> None:
    answer = client.submit("/check", data)
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)


def test_an_empty_and_a_huge_file_get_a_clear_word(client: CheckedClient, cast: Cast) -> None:
    for body, said in ((b"", "这个文件是空的"), (bytes((LARGEST_MEGABYTES << 20) + 1), "没有这么大")):
        answer = client.submit("/check", {"file": (BytesIO(body), "x.pdf")})
        assert answer.status_code == 422
        assert said in answer.get_data(as_text=True)


def test_nothing_is_kept(client: CheckedClient, sealed: bytes, writing: Writing, config: Config) -> None:
    def kept() -> tuple[int | None, ...]:
        with writing() as session:
            return tuple(
                session.scalar(select(func.count()).select_from(table)) for table in (Document, Event)
            )

    before, files = kept(), sorted(Path(config.data_dir).rglob("*"))
    answer_to(client, sealed + b"changed")
    client.get(f"/check?code={CODE}")
    assert kept() == before
    assert sorted(Path(config.data_dir).rglob("*")) == files


def test_others_can_write_while_a_document_is_checked(app: Flask, cast: Cast, writing: Writing) -> None:
    with app.test_request_context("/check", method="POST"):
        writes.database().execute(select(Document.id))
        writes.only_read()
        with writing() as session:
            session.add(Document(sha256="0" * 64, body=b"meanwhile", made_at=NOW))
        assert not writes.opened().writes
