from datetime import UTC, datetime, timedelta

import pytest

from portal.adapters.time_codes import PyotpTimeCodes

# The secret of RFC 6238, appendix B ("12345678901234567890"), whose last six digits are these.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
CODES = PyotpTimeCodes()


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
    ],
)
def test_the_examples_of_the_standard_hold(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert CODES.matching_step(SECRET, code, at) == seconds // 30
    assert CODES.matching_step(SECRET, f" {code[:3]} {code[3:]}", at) == seconds // 30


@pytest.mark.parametrize(("away", "matches"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_step_on_either_side_counts_for_its_own_step(away: int, matches: bool) -> None:
    at = datetime.fromtimestamp(1111111111, UTC)
    found = CODES.matching_step(SECRET, "050471", at - timedelta(seconds=30 * away))
    assert found == (1111111111 // 30 if matches else None)


@pytest.mark.parametrize("code", ["", "28708", "2870822", "二八七零八二", "٢٨٧٠٨٢x", "287082\n1", "x" * 5000])
def test_what_is_no_code_matches_nothing(code: str) -> None:
    assert CODES.matching_step(SECRET, code, datetime.fromtimestamp(59, UTC)) is None


def test_full_width_digits_are_digits() -> None:
    assert CODES.matching_step(SECRET, "２８７０８２", datetime.fromtimestamp(59, UTC)) == 1


def test_without_a_secret_nothing_matches() -> None:
    at = datetime.fromtimestamp(59, UTC)
    assert all(CODES.matching_step(None, f"{n:06d}", at) is None for n in range(0, 10**6, 4999))


def test_the_address_is_what_apps_scan() -> None:
    assert CODES.address(SECRET, login="zhou.min") == (
        f"otpauth://totp/Repayment%20desk:zhou.min?secret={SECRET}&issuer=Repayment%20desk"
    )
    assert CODES.new_secret() != CODES.new_secret()
