"""Arrays with one place a loan: exact whole numbers of 64 bits, and machine numbers where what they say is proved afterwards."""

from typing import Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FITS: Final = 2.0**61
"""Products that are worked out stay below it, so that twice a remainder still is a whole number of 64 bits."""
HALF_BIT: Final = 2.0**-53
"""What one operation on machine numbers may err by, relative to its result."""


def sums_of(values: Ints, starts: Ints) -> Ints:
    """Of a flat column, the sum of each loan's stretch; ``starts`` are where these begin, none of them empty."""
    return np.add.reduceat(values, starts)
