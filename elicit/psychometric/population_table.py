"""PSEs of very many studies that share participants, each by the model of a population.

The model is that of `elicit.psychometric.population`. What one participant's answers say of the
population does not depend on who else takes part, so it is computed once for each, and a study
adds up that of its participants. For speed, spreads between participants and lapses are not
estimated in each study, but once for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.interpolate import make_interp_spline

from elicit.psychometric import Codes, Numbers
from elicit.psychometric.likelihoods import count_answers, log_evidence
from elicit.psychometric.population import SLOPE_FACTOR, SLOPE_MEDIAN, PopulationSpreads

_SIZES = (33, 17)  # of PSE and log slope, on which evidence is computed
_FINER = (4, 2)  # steps of the grid of a posterior, in a step of these
_WIDE = (np.linspace(-0.25, 1.25, _SIZES[0]), np.linspace(0.0, np.log(120.0), _SIZES[1]))
_LOG_SLOPES = 1.5  # how far log slopes reach on either side
_PSES = (0.25, 0.6)  # the least and the most that PSEs reach on either side
_AT_ONCE = 100  # studies


@dataclass(frozen=True)
class StudyEstimates:
    """PSEs and slopes of R studies, or (R, U) of U pairs; NaN where there is none."""

    pse: Numbers  # posterior means
    pse_sd: Numbers  # posterior standard deviations
    slope: Numbers  # of which the logarithm is its posterior mean


@dataclass(frozen=True)
class EvidenceTable:
    """What each of P participants' answers to one pair say of the population's PSE and slope."""

    pse: Numbers  # (M,)
    log_slope: Numbers  # (N,)
    logs: Numbers  # (P, M * N) logarithms of likelihoods

    @classmethod
    def of(
        cls, lambda_f: Numbers, said_i: Numbers, person: Codes, spreads: PopulationSpreads
    ) -> EvidenceTable:
        """Return the evidence of all participants.

        Args:
            lambda_f: (N,) mixes shown, from 0 to 1; N from 1 on.
            said_i: (N,) 1 where class i was named, else 0.
            person: (N,) index of who answered, 0 to P - 1; each is there.
            spreads: between participants, and how often they lapse.
        """
        likelihoods, _ = count_answers(lambda_f, said_i, person).likelihoods(spreads.lapse)
        wide = cls._on(*_WIDE, likelihoods, spreads)
        middle = wide.estimate(np.ones((1, len(likelihoods))))
        reach = float(np.clip(5 * np.hypot(spreads.pse_sd, 0.05), *_PSES))
        pse = middle.pse[0] + np.linspace(-reach, reach, _SIZES[0])
        log_slope = np.log(middle.slope[0]) + np.linspace(-_LOG_SLOPES, _LOG_SLOPES, _SIZES[1])
        return cls._on(pse, log_slope, likelihoods, spreads)

    @classmethod
    def _on(
        cls, pse: Numbers, log_slope: Numbers, likelihoods: Numbers, spreads: PopulationSpreads
    ) -> EvidenceTable:
        sds = np.array([spreads.pse_sd]), np.array([spreads.log_slope_sd])
        found = log_evidence(likelihoods, (pse, sds[0]), (log_slope, sds[1]))
        return cls(pse, log_slope, np.stack([each.ravel() for each in found]).astype(np.float32))

    def estimate(self, studies: Any) -> StudyEstimates:
        """Return what R studies say.

        Args:
            studies: (R, P) how often each participant is in each study, a sparse or dense array.
        """
        total = np.asarray(studies @ self.logs, dtype=np.float64)
        parts = [self._posterior_moments(part) for part in _split(total)]
        found = np.concatenate(parts, axis=1)
        found[:, np.asarray(studies.sum(axis=1)).ravel() == 0] = np.nan
        return StudyEstimates(*found)

    def _posterior_moments(self, total: Numbers) -> Numbers:
        """Return (3, R) the numbers of `StudyEstimates`."""
        fine_pse, by_pse = _refine(self.pse, _FINER[0])
        fine_slope, by_slope = _refine(self.log_slope, _FINER[1])
        coarse = total.reshape(-1, *_SIZES)
        off = (fine_slope - np.log(SLOPE_MEDIAN)) / np.log(SLOPE_FACTOR)
        logs = by_pse @ coarse @ by_slope.T - 0.5 * off**2
        weight = np.exp(logs - logs.max(axis=(1, 2), keepdims=True))
        weight /= weight.sum(axis=(1, 2), keepdims=True)
        of_pse = weight.sum(axis=2)
        mean = of_pse @ fine_pse
        sd = np.sqrt(np.maximum(of_pse @ fine_pse**2 - mean**2, 0.0))
        return np.stack([mean, sd, np.exp(weight.sum(axis=1) @ fine_slope)])


def _split(total: Numbers) -> list[Numbers]:
    return np.array_split(total, max(1, -(-len(total) // _AT_ONCE)))


def _refine(nodes: Numbers, finer: int) -> tuple[Numbers, Numbers]:
    """Return (K',) nodes in smaller steps, and (K', K) what interpolates values to them."""
    fine = np.linspace(nodes[0], nodes[-1], finer * (len(nodes) - 1) + 1)
    return fine, make_interp_spline(nodes, np.eye(len(nodes)), k=3)(fine)
