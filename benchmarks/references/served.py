"""A reference behind the real server: ``REFERENCE`` names the file with what it knows."""

import os
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.references import bare_pages, bare_signing

BUILDERS: Mapping[str, Callable[..., Any]] = {
    "pages": bare_pages.bare_pages,
    "signing": bare_signing.bare_signing,
}


@dataclass(frozen=True, slots=True)
class Served:
    """Which of ``BUILDERS``, and what it is given."""

    name: str
    given: tuple[Any, ...]

    def keep(self, file: Path) -> None:
        file.write_bytes(pickle.dumps((self.name, self.given)))


def make() -> Any:
    name, given = pickle.loads(Path(os.environ["REFERENCE"]).read_bytes())
    return BUILDERS[name](*given)
