"""Points where tests let a process die: unknown ones are refused, none is armed in a real deployment, and each lies somewhere."""

import re
from pathlib import Path

import pytest

from portal import failpoints
from portal.config import Config, ConfigError, from_environment
from portal.failpoints import FailpointError, Point, arm, reached

PORTAL = Path(failpoints.__file__).parent
KEY = "a secret key for tests, long enough"


@pytest.fixture(autouse=True)
def _disarmed() -> object:
    yield
    arm("")


def test_nothing_happens_where_nothing_is_armed() -> None:
    for point in Point:
        reached(point)


def test_a_point_fails_at_its_turn_alone() -> None:
    arm("work.claimed=raise@2, message.sent=sleep:0")
    reached(Point.CLAIMED)
    reached(Point.SENT)
    with pytest.raises(FailpointError, match=r"work\.claimed"):
        reached(Point.CLAIMED)
    reached(Point.CLAIMED)
    reached(Point.WORKED)


def test_a_point_without_a_turn_fails_each_time() -> None:
    arm("work.claimed=raise")
    for _ in range(2):
        with pytest.raises(FailpointError):
            reached(Point.CLAIMED)
    arm("")
    reached(Point.CLAIMED)


@pytest.mark.parametrize(
    "text", ["nowhere=kill", "work.claimed=melt", "work.claimed=kill@0", "work.claimed", "work.claimed=sleep"]
)
def test_what_cannot_be_read_is_refused_with_the_variables_name(text: str) -> None:
    with pytest.raises(ConfigError, match="PORTAL_FAILPOINTS"):
        Config("sqlite://", KEY, testing=True, failpoints=text)


@pytest.mark.parametrize("live", [False, True])
def test_a_real_deployment_refuses_to_start_with_any(tmp_path: Path, *, live: bool) -> None:
    environment = {
        "PORTAL_FAILPOINTS": "work.claimed=kill",
        "PORTAL_SECRET_KEY": KEY,
        "PORTAL_SEAL_KEY": str(tmp_path / "seal.pem"),
        "PORTAL_LIVE": "1" if live else "0",
    }
    with pytest.raises(ConfigError, match="PORTAL_FAILPOINTS makes processes fail"):
        from_environment(environment)


@pytest.mark.parametrize("point", list(Point))
def test_each_point_lies_in_one_or_two_places(point: Point) -> None:
    called = re.compile(rf"reached\(Point\.{point.name}\)")
    places = sum(len(called.findall(path.read_text(encoding="utf-8"))) for path in PORTAL.rglob("*.py"))
    assert 1 <= places <= 2
