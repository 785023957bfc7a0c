"""What the paper's Tables 1 and 2 print, and what our rows are called beside them."""

from __future__ import annotations

from collections.abc import Mapping

# What the poster prints: measure -> mean, spread (it does not say of what).
Printed = Mapping[str, tuple[str, str]]


def _printed(ce: str, fgsm: str, calibration: str) -> Printed:
    cells = {"ce": ce, "fgsm_ce": fgsm, "calibration": calibration}
    return {name: (cell.split()[0], cell.split()[1]) for name, cell in cells.items()}


PAPER_1: dict[str, Printed] = {
    "none": _printed("2.02 0.12", "13.12 2.65", "0.28 0.011"),
    "random": _printed("2.11 0.13", "12.81 2.84", "0.24 0.014"),
    "uniform": _printed("2.16 0.14", "12.71 2.79", "0.25 0.012"),
    "mixup": _printed("1.65 0.11", "10.62 2.44", "0.23 0.005"),
    "average": _printed("1.78 0.12", "11.69 2.90", "0.24 0.009"),
    "average_omega": _printed("1.48 0.06", "8.89 1.59", "0.19 0.001"),
}
PAPER_2: dict[str, Printed] = {
    "mixup": _printed("1.15 0.08", "7.46 2.40", "0.10 0.01"),
    "per_pair": _printed("1.16 0.08", "7.32 2.27", "0.10 0.01"),  # "human fits"
}
TITLES = {
    "none": "Regular (no blends)",
    "random": "+ random labels",
    "uniform": "+ uniform labels",
    "mixup": "+ mixup labels",
    "average": "+ average relabellings",
    "average_omega": "+ average with omega",
    "average_weighted": "+ confidence-weighted average",
    "average_hmix": "+ H-Mix's weighted average",
    "mixup_omega": "+ mixup with omega",
    "mixup_smoothed": "+ mixup, smoothed alike",
    "average_smoothed": "+ average, smoothed alike",
    "empirical_bayes": "+ empirical Bayes",
    "empirical_bayes_omega": "+ empirical Bayes with its own omega",
    "empirical_bayes_human_omega": "+ empirical Bayes with omega",
    "policy": "+ label policy",
    "participants": "+ one participant an epoch",
}
