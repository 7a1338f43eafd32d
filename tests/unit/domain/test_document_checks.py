"""What a signature and a document on record are worth: each single doubt is enough."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal.domain.document_checks import (
    CheckResult,
    SealedDocument,
    Sealing,
    SignatureFinding,
    Stamp,
    Verdict,
)

NOW = datetime(2026, 3, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SOUND = SignatureFinding(
    field="seal",
    signer="lender",
    certificate_sha256="c",
    is_intact=True,
    is_trusted=True,
    covers_all=True,
    is_kept=True,
)


@pytest.mark.parametrize(
    ("change", "is_whole"),
    [
        ({}, True),
        ({"covers_all": False}, True),
        ({"is_intact": False}, False),
        ({"is_trusted": False}, False),
        ({"is_kept": False}, False),
        ({"stamp": Stamp.HOLDS}, True),
        ({"stamp": Stamp.UNTRUSTED}, True),
        ({"stamp": Stamp.BROKEN}, False),
    ],
)
def test_one_thing_that_is_not_so_is_enough(change: dict[str, Any], *, is_whole: bool) -> None:
    finding = replace(SOUND, **change)
    assert (finding.is_whole, finding.holds) == (is_whole, is_whole)


@pytest.mark.parametrize(
    ("stamped_at", "lost_at", "is_before"),
    [
        (None, None, True),
        (NOW, None, True),
        (None, NOW, False),
        (NOW - SECOND, NOW, True),
        (NOW, NOW, False),
        (NOW + SECOND, NOW, False),
    ],
)
def test_only_a_stamp_from_before_shows_that_a_key_was_still_ours(
    stamped_at: datetime | None, lost_at: datetime | None, *, is_before: bool
) -> None:
    """A time that the signature states itself shows nothing."""
    finding = replace(SOUND, stamped_at=stamped_at, compromised_at=lost_at, stated_at=NOW - 9 * SECOND)
    assert (finding.is_before_compromise, finding.is_whole, finding.holds) == (is_before, True, is_before)


@pytest.mark.parametrize("sealing", [None, *Sealing])
def test_a_document_is_borne_out_unless_the_record_speaks_against_it(sealing: Sealing | None) -> None:
    document = SealedDocument("a", "b", "c", NOW, sealing=sealing)
    assert document.is_borne_out is (sealing not in {Sealing.MISSING, Sealing.CHANGED})


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("is_seal_valid", [None, True, False])
def test_a_genuine_file_whose_seal_shows_nothing_rests_on_the_record(
    verdict: Verdict, is_seal_valid: bool | None
) -> None:
    result = CheckResult(verdict, is_seal_valid=is_seal_valid)
    assert result.rests_on_record is (verdict is Verdict.GENUINE and is_seal_valid is False)
