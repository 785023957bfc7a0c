"""Names for the arrays that rooms of learn pass to each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Codes = NDArray[np.int64]  # indexes: of classes, pairs, groups, rows
Ids = NDArray[np.int64]  # of images in their source
Labels = NDArray[np.float64]  # (N, K) soft labels, rows sum to 1
Arrays = dict[str, NDArray[Any]]  # by name, as in an .npz file
