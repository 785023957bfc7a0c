"""Psychometric functions and their fits."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
