"""The data keys of everything that tests start, this process and others: from a file, so that each setting's own secret may differ."""

import os
import tempfile
from pathlib import Path

FILE = Path(tempfile.gettempdir()) / f"portal-tests-{os.getuid()}.keys"
_LINES = "tests dGhlIGRhdGEga2V5IG9mIHRoZSBwb3J0YWwncyB0ZXM=\nindex:tests dGhlIGluZGV4IGtleSBvZiB0aGUgcG9ydGFsIHRlc3Q=\n"


def use_test_keys() -> None:
    """For engines that are given no others."""
    if "PORTAL_DATA_KEYS" not in os.environ:
        handle, name = tempfile.mkstemp(dir=FILE.parent)  # mode 0600
        with os.fdopen(handle, "w") as file:
            file.write(_LINES)
        Path(name).replace(FILE)
        os.environ["PORTAL_DATA_KEYS"] = str(FILE)
