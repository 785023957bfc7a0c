"""Which of two images dominates their mix, as people say who set a mix to look 50/50.

In Construct and Select-Shuffled people choose lambda_f. Where they choose less than 0.5 of image i,
that image dominates. Each endpoint image has a dominance; what is chosen for a pair of images is
0.5 less the difference of theirs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from learn.arrays import Codes, Ids, Numbers
from learn.study.schema import CHOOSES_LAMBDA_F


@dataclass(frozen=True)
class MidpointAnswers:
    """N mixes that people called 50/50."""

    lambda_f: Numbers  # (N,) share of image i
    image_i: Codes  # (N,) ids in the source
    image_j: Codes  # (N,)
    participant: NDArray[np.object_]  # (N,) pseudonyms

    def __len__(self) -> int:
        return len(self.lambda_f)

    def leave_out(self, people: Iterable[str], images: Ids) -> MidpointAnswers:
        """Return the answers of other people about other images."""
        shows = np.isin(self.image_i, images) | np.isin(self.image_j, images)
        kept = ~(shows | np.isin(self.participant, [*people]))
        return MidpointAnswers(
            self.lambda_f[kept], self.image_i[kept], self.image_j[kept], self.participant[kept]
        )

    def estimate_dominance(self, image_ids: Ids) -> Numbers:
        """Return (M,) dominances in shares of a mix; 0 for an image that nobody judged.

        By penalised least squares: dominances are a sample with a variance that is half of that
        between pairs of images, estimated by moments. All are 0 where pairs do not differ by more
        than answers do.

        Args:
            image_ids: (M,) of the source.
        """
        from scipy.sparse import csr_array  # slow to import, and few commands need it
        from scipy.sparse.linalg import lsqr

        between, within = self._estimate_variances()
        if not between > 0:
            return np.zeros(len(image_ids))
        ids, place = np.unique([self.image_i, self.image_j], return_inverse=True)
        i, j = place.reshape(2, -1)
        each = np.arange(len(self))
        signs = np.repeat([1.0, -1.0], len(self))
        shape = (len(self), len(ids))
        design = csr_array((signs, (np.tile(each, 2), np.concatenate([i, j]))), shape=shape)
        damp = float(np.sqrt(max(within, 1e-9) / (between / 2)))
        dominance = lsqr(design, 0.5 - self.lambda_f, damp=damp)[0]
        at = np.minimum(np.searchsorted(ids, image_ids), len(ids) - 1)
        return np.where(ids[at] == image_ids, dominance[at], 0.0)

    def _estimate_variances(self) -> tuple[float, float]:
        """Return the variance between pairs of images, and that of answers to one."""
        if not len(self):
            return 0.0, 0.0
        pair = np.unique([self.image_i, self.image_j], axis=1, return_inverse=True)[1].reshape(-1)
        n = np.bincount(pair)
        chosen = self.lambda_f - self.lambda_f.mean()
        total, squares = np.bincount(pair, chosen), np.bincount(pair, chosen**2)
        several = n > 1
        if not several.any():
            return 0.0, 0.0
        n, total, squares = n[several], total[several], squares[several]
        within = float((squares - total**2 / n).sum() / (n - 1).sum())
        between = float((total**2 - squares).sum() / (n * (n - 1)).sum())
        return between, within


def select_midpoints(judgements: pd.DataFrame) -> MidpointAnswers | None:
    """Return the mixes that people called 50/50; None where nobody was asked for one.

    Args:
        judgements: rows of a study; practice is left out.
    """
    if "paradigm" not in judgements:
        return None
    chosen = judgements[judgements["paradigm"].isin(CHOOSES_LAMBDA_F)]
    if "practice" in chosen:
        chosen = chosen[~chosen["practice"].astype(bool)]
    if chosen.empty:
        return None
    return MidpointAnswers(
        chosen["lambda_f"].to_numpy(np.float64),
        chosen["image_i"].to_numpy(np.int64),
        chosen["image_j"].to_numpy(np.int64),
        chosen["participant"].to_numpy(object),
    )
