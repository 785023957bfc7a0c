"""Psychometric functions and means: estimates from arrays of answers, with their intervals."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Codes = NDArray[np.int64]  # indexes: of people, images, groups
