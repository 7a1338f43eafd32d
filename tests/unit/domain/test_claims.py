from datetime import timedelta

import pytest

from portal.domain.claims import LEASE, Claim
from tests.people import NOW


def test_a_lease_is_fifteen_minutes() -> None:
    assert timedelta(minutes=15) == LEASE


@pytest.mark.parametrize(
    ("claim", "is_live"),
    [
        (Claim(), False),
        (Claim(7, NOW + timedelta(seconds=1)), True),
        (Claim(7, NOW), False),
        (Claim(7, NOW - timedelta(seconds=1)), False),
        (Claim(None, NOW + timedelta(minutes=1)), False),
    ],
)
def test_a_claim_lives_until_its_instant(claim: Claim, is_live: bool) -> None:
    assert claim.is_live(NOW) is is_live
    assert claim.is_held_by(7, NOW) is is_live
    assert not claim.is_held_by(8, NOW)
    assert not claim.is_held_by(None, NOW)
