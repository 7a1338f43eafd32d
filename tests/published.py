"""Published figures, one file a collection; `PORTAL_SHARED` names the folder, else `../shared`."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(os.environ.get("PORTAL_SHARED", Path(__file__).resolve().parents[1] / ".." / "shared"))
Case = dict[str, Any]


def published(name: str, *kinds: str, only: str = "") -> Sequence[Any]:
    """Parameters for ``pytest.mark.parametrize``: the cases of these kinds (``only`` one by id), or one that skips."""
    path = SHARED / "cases" / f"{name}.json"
    if not path.is_file():
        return [pytest.param({}, marks=pytest.mark.skip(reason=f"no published cases: {path} is missing"))]
    cases: list[Case] = json.loads(path.read_text(encoding="utf-8"))["cases"]
    chosen = [
        pytest.param(case, id=case["id"])
        for case in cases
        if case["kind"] in kinds and only in {"", case["id"]}
    ]
    assert chosen, f"{name} has no case of {kinds}"
    return chosen
