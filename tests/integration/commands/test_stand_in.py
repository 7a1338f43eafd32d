"""`portal stand-in`: the settings that it prints make a portal stamp and sign by it, over HTTP."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from zoneinfo import ZoneInfo

import pytest

from portal.adapters.signing_authority.configured import signing_authority
from portal.adapters.time_stamps.configured import time_stamp_trust, time_stamper
from portal.adapters.time_stamps.tokens import verify_time_stamp
from portal.clock import Clock
from portal.commands.stand_in import LARGEST, build_server
from portal.config import from_environment
from portal.services.ports import SigningIdentity
from tests.agreement_samples import agreement_content
from tests.blank_documents import BlankDocuments
from tests.people import NOW

CLOCK = Clock(ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Mapping[str, str]]:
    server, settings = build_server(tmp_path, CLOCK, 0)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield {**settings, "PORTAL_SECRET_KEY": "x" * 32, "PORTAL_DATA_DIR": str(tmp_path / "portal")}
    server.shutdown()
    server.server_close()


def test_a_portal_with_these_settings_stamps_and_signs_by_it(settings: Mapping[str, str]) -> None:
    config = from_environment(settings)
    stamper = time_stamper(config, CLOCK)
    assert stamper is not None
    digest = sha256(b"x").digest()
    verify_time_stamp(stamper.stamp(digest), digest, time_stamp_trust(config))
    borrowers = signing_authority(config, stamper)
    assert borrowers is not None
    identity = SigningIdentity(name="李娜", reason="P7K3M9QX", signed_at=NOW)
    drawn = BlankDocuments().render_preview(agreement_content())
    assert borrowers.sign(drawn, "Borrower", identity).startswith(drawn)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/elsewhere", b"x", 404),
        ("/time-stamps", b"no request", 400),
        ("/signatures", b"no request", 400),
        ("/signatures", bytes(LARGEST + 1), 413),
    ],
)
def test_it_refuses_what_is_no_request(
    settings: Mapping[str, str], path: str, body: bytes, status: int
) -> None:
    host = settings["PORTAL_TIME_STAMP_URL"].split("/")[2]
    connection = HTTPConnection(host, timeout=5)
    connection.request("POST", path, body)
    assert connection.getresponse().status == status
    connection.close()
