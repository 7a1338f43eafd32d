"""Time stamps (RFC 3161): real ones are believed, everything else is refused, and another implementation agrees."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from shutil import which
from threading import Event, Thread

import pytest
from asn1crypto import cms, tsp, x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate

from portal.adapters.time_stamps.authority import LARGEST, HttpTimeStamper
from portal.adapters.time_stamps.configured import time_stamp_trust, time_stamper
from portal.adapters.time_stamps.exchange import time_stamp_request
from portal.adapters.time_stamps.stand_in import StandInTimeStamper
from portal.adapters.time_stamps.stand_in_keys import (
    StandInKeys,
    load_stand_in_keys,
    make_stand_in_keys,
)
from portal.adapters.time_stamps.tokens import verify_time_stamp
from portal.clock import Clock
from portal.config import Config, ConfigError
from portal.domain.errors import DomainError
from tests.authorities import Reply, answering

AT = datetime(2026, 11, 1, 6, 21, 5, tzinfo=UTC)
DIGEST = sha256(b"an agreement").digest()
needs_openssl = pytest.mark.skipif(which("openssl") is None, reason="openssl is not on this machine")


@dataclass(frozen=True)
class StandIn:
    keys: StandInKeys
    stamper: StandInTimeStamper
    token: bytes

    @property
    def trust(self) -> tuple[bytes, ...]:
        return (self.keys.root,)


def stand_in_at(path: Path) -> StandIn:
    make_stand_in_keys(path)
    keys = load_stand_in_keys(path)
    stamper = StandInTimeStamper(keys, lambda: AT)
    return StandIn(keys, stamper, stamper.stamp(DIGEST))


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> StandIn:
    return stand_in_at(tmp_path_factory.mktemp("tsa") / "time-stamps.pem")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> StandIn:
    return stand_in_at(tmp_path_factory.mktemp("other") / "time-stamps.pem")


def test_a_time_stamp_says_when_the_digest_was_there(stand_in: StandIn) -> None:
    assert verify_time_stamp(stand_in.token, DIGEST, stand_in.trust) == AT


def test_another_digest_was_not_there(stand_in: StandIn) -> None:
    with pytest.raises(DomainError, match="time_stamp_invalid"):
        verify_time_stamp(stand_in.token, sha256(b"another").digest(), stand_in.trust)


def test_an_authority_that_nobody_trusts_is_not_believed(stand_in: StandIn, other: StandIn) -> None:
    for trust in ((), other.trust):
        with pytest.raises(DomainError, match="time_stamp_invalid") as refusal:
            verify_time_stamp(stand_in.token, DIGEST, trust)
        assert refusal.value.details["reason"] == "no authority that is trusted here made it"
    assert verify_time_stamp(stand_in.token, DIGEST, (*other.trust, *stand_in.trust)) == AT


def test_a_flipped_byte_never_makes_another_instant(stand_in: StandIn, is_long: bool) -> None:
    """CMS leaves a few bytes unsigned (versions, the list of digests used); none of them says when, or of what."""
    unseen = [
        place
        for place in range(0, len(stand_in.token), 1 if is_long else 3)
        if is_believed(flipped(stand_in.token, place), stand_in.trust)
    ]
    said = stand_in.token.index(stamped_in(stand_in.token))
    assert not set(unseen) & set(range(said, said + len(stamped_in(stand_in.token))))
    assert len(unseen) < 60


def stamped_in(token: bytes) -> bytes:
    body: bytes = cms.ContentInfo.load(token)["content"]["encap_content_info"]["content"].parsed.dump()
    return body


def flipped(token: bytes, place: int) -> bytes:
    body = bytearray(token)
    body[place] ^= 1
    return bytes(body)


def is_believed(token: bytes, trust: tuple[bytes, ...]) -> bool:
    try:
        at = verify_time_stamp(token, DIGEST, trust)
    except DomainError as error:
        if error.code != "time_stamp_invalid":
            raise
        return False
    assert at == AT
    return True


@pytest.mark.parametrize("token", [b"", b"x", b"\x30\x00", b"\x30\x80" * 50, bytes(5000)])
def test_what_is_no_time_stamp_is_refused(token: bytes, stand_in: StandIn) -> None:
    assert not is_believed(token, stand_in.trust)


def test_a_certificate_that_is_not_for_time_stamps_is_refused(stand_in: StandIn) -> None:
    """The root signs a token itself: it may issue, not stamp."""
    as_root = StandInTimeStamper(
        StandInKeys(stand_in.keys.key, stand_in.keys.root, stand_in.keys.root), lambda: AT
    )
    assert not is_believed(as_root.stamp(DIGEST), stand_in.trust)


@needs_openssl
def test_openssl_believes_the_stand_in(stand_in: StandIn, tmp_path: Path) -> None:
    token, root = tmp_path / "token.der", tmp_path / "root.pem"
    token.write_bytes(stand_in.token)
    root.write_bytes(load_der_x509_certificate(stand_in.keys.root).public_bytes(Encoding.PEM))
    command = ["openssl", "ts", "-verify", "-token_in", "-in", str(token), "-CAfile", str(root)]
    said = subprocess.run([*command, "-digest", DIGEST.hex()], capture_output=True, text=True, check=False)
    assert "Verification: OK" in said.stdout, said.stderr
    wrong = subprocess.run([*command, "-digest", "00" * 32], capture_output=True, text=True, check=False)
    assert "Verification: OK" not in wrong.stdout


@needs_openssl
def test_an_rsa_token_of_openssl_is_believed_over_http(tmp_path: Path) -> None:
    trust = openssl_authority(tmp_path)
    with answering(lambda request: Reply(answered_by_openssl(request, tmp_path))) as authority:
        token = HttpTimeStamper(authority.address, trust).stamp(DIGEST)
    assert authority.asked[0].media_type == "application/timestamp-query"
    stamped = cms.ContentInfo.load(token)["content"]["encap_content_info"]["content"].parsed
    assert verify_time_stamp(token, DIGEST, trust) == stamped["gen_time"].native


OPENSSL_CONFIG = """
[tsa]
default_tsa = own
[own]
serial = {folder}/serial
signer_cert = {folder}/own.pem
signer_key = {folder}/own.key
signer_digest = sha256
digests = sha256
default_policy = 1.2.3.4.1
ess_cert_id_alg = sha256
ess_cert_id_chain = no
[usage]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
"""


def openssl_authority(folder: Path) -> tuple[bytes, ...]:
    """An RSA authority with a certificate of its own, in ``folder``; its certificate, DER."""
    (folder / "tsa.cnf").write_text(
        OPENSSL_CONFIG.format(folder=folder) + "[req]\ndistinguished_name = dn\n[dn]\n"
    )
    (folder / "serial").write_text("01\n")
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=RSA time", "-days", "9",
            "-extensions", "usage", "-config", "tsa.cnf", "-keyout", "own.key", "-out", "own.pem")  # fmt: skip
    openssl(folder, "x509", "-in", "own.pem", "-outform", "DER", "-out", "own.der")
    return ((folder / "own.der").read_bytes(),)


def answered_by_openssl(request: bytes, folder: Path) -> bytes:
    (folder / "query").write_bytes(request)
    openssl(folder, "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply")
    return (folder / "reply").read_bytes()


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def test_an_authority_is_asked_over_http(stand_in: StandIn) -> None:
    with answering(lambda request: Reply(stand_in.stamper.answer(request))) as authority:
        token = HttpTimeStamper(authority.address, stand_in.trust).stamp(DIGEST)
    assert verify_time_stamp(token, DIGEST, stand_in.trust) == AT
    (asked,) = authority.asked
    request = tsp.TimeStampReq.load(asked.body)
    assert request["message_imprint"]["hashed_message"].native == DIGEST
    assert request["cert_req"].native


BAD_ANSWERS = {
    "server error": "answered 500",
    "redirect": "answered 302",
    "web page": "something else",
    "nothing": "cannot be read",
    "rubbish": "cannot be read",
    "too much": "too much",
    "broken off": "broke off",
    "refusal": "refused (rejection)",
    "another nonce": "another request",
    "no nonce": "another request",
    "another digest": "not a time stamp of this",
    "another authority": "no authority that is trusted",
}


def plain_answer(kind: str) -> Reply | None:
    """Those that no authority is needed for."""
    return {
        "server error": Reply(b"", status=500),
        "redirect": Reply(b"", status=302, location="http://127.0.0.1:9/"),
        "web page": Reply(b"<p>hi</p>", media_type="text/html"),
        "nothing": Reply(b""),
        "rubbish": Reply(b"\x30\x82" * 99),
        "too much": Reply(bytes(LARGEST + 1)),
        "refusal": Reply(refusal()),
    }.get(kind)


def bad_answer(kind: str, own: StandIn, other: StandIn, asked: bytes) -> Reply:
    if plain := plain_answer(kind):
        return plain
    if kind == "broken off":
        return Reply(own.stamper.answer(asked)[:99], states_length=4000)
    who = other if kind == "another authority" else own
    requests = {
        "another nonce": time_stamp_request(DIGEST, 7),
        "no nonce": without_nonce(asked),
        "another digest": of_another_digest(asked),
        "another authority": asked,
    }
    return Reply(who.stamper.answer(requests[kind]))


def refusal() -> bytes:
    """As RFC 3161 has it: a status and no token."""
    status: bytes = tsp.PKIStatusInfo({"status": "rejection", "fail_info": {"bad_request"}}).dump()
    return b"\x30" + bytes([len(status)]) + status


def without_nonce(request: bytes) -> bytes:
    asked = tsp.TimeStampReq.load(request)
    body: bytes = tsp.TimeStampReq(
        {"version": "v1", "message_imprint": asked["message_imprint"], "cert_req": True}
    ).dump()
    return body


def of_another_digest(request: bytes) -> bytes:
    return time_stamp_request(sha256(b"another").digest(), tsp.TimeStampReq.load(request)["nonce"].native)


@pytest.mark.parametrize("kind", BAD_ANSWERS)
def test_a_bad_answer_is_no_time_stamp(kind: str, stand_in: StandIn, other: StandIn) -> None:
    with (
        answering(lambda asked: bad_answer(kind, stand_in, other, asked)) as authority,
        pytest.raises(DomainError) as refused,
    ):
        HttpTimeStamper(authority.address, stand_in.trust).stamp(DIGEST)
    assert refused.value.code == "time_stamp_failed"
    assert BAD_ANSWERS[kind] in str(refused.value.details["reason"])
    assert len(authority.asked) == 1


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\n"])
def test_an_authority_that_drips_or_says_nothing_is_given_up(said: bytes, stand_in: StandIn) -> None:
    with dripping(said) as address, pytest.raises(DomainError) as refused:
        HttpTimeStamper(address, stand_in.trust, seconds=0.4).stamp(DIGEST)
    assert refused.value.details["reason"] == "no answer in time"


@contextmanager
def dripping(said: bytes) -> Iterator[str]:
    """Takes what comes, answers ``said``, then a byte every tenth of a second and never an end."""
    over = Event()
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.sendall(said)
            while not over.wait(0.1):
                try:
                    connection.sendall(b"x" if said else b"")
                except OSError:
                    return

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
    finally:
        over.set()
        thread.join(5)
        server.close()


def test_a_dead_authority_and_an_address_that_is_none_are_told(stand_in: StandIn) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = f"http://127.0.0.1:{server.getsockname()[1]}/"
    for address, reason in ((closed, "ConnectionRefusedError"), ("ftp://127.0.0.1/", "no http address")):
        with pytest.raises(DomainError) as refused:
            HttpTimeStamper(address, stand_in.trust, seconds=2).stamp(DIGEST)
        assert reason in str(refused.value.details["reason"])


def test_the_stand_ins_name_says_that_it_is_one(stand_in: StandIn) -> None:
    assert "仅供演示和测试" in x509.Certificate.load(stand_in.keys.certificate).subject.native["common_name"]


def settings(folder: Path, **fields: object) -> Config:
    return Config(database_url="sqlite://", secret_key="x" * 32, data_dir=folder, **fields)  # type: ignore[arg-type]


CLOCK = Clock(datetime.now().astimezone().tzinfo or UTC)  # type: ignore[arg-type]


def test_demo_and_tests_have_a_stand_in_of_their_own(tmp_path: Path) -> None:
    config = settings(tmp_path, demo=True)
    assert time_stamp_trust(config) == ()
    first, second = time_stamper(config, CLOCK), time_stamper(config, CLOCK)
    assert first is not None
    assert second is not None
    for stamper in (first, second):
        verify_time_stamp(stamper.stamp(DIGEST), DIGEST, time_stamp_trust(config))


def test_elsewhere_nothing_is_stamped_without_an_authority(tmp_path: Path) -> None:
    assert time_stamper(settings(tmp_path), CLOCK) is None
    assert list(tmp_path.iterdir()) == []


def test_an_authority_needs_certificates_to_be_checked_against(tmp_path: Path, stand_in: StandIn) -> None:
    with pytest.raises(ConfigError, match="PORTAL_TIME_STAMP_TRUST"):
        settings(tmp_path, time_stamp_url="http://tsa.example.cn")
    trust = tmp_path / "trust.pem"
    config = settings(tmp_path, time_stamp_url="http://tsa.example.cn", time_stamp_trust=trust)
    with pytest.raises(DomainError, match="time_stamp_trust_unusable"):
        time_stamper(config, CLOCK)
    trust.write_bytes(load_der_x509_certificate(stand_in.keys.root).public_bytes(Encoding.PEM))
    assert time_stamp_trust(config) == stand_in.trust
    assert isinstance(time_stamper(config, CLOCK), HttpTimeStamper)
