"""Features of endpoint images mean what they are called."""

import numpy as np
import pytest

from learn.policies.features import FEATURES, endpoint_features, measure_features
from stimuli.mixing import Pixels
from stimuli.sources.endpoints import Pictograms

NAMES = list(FEATURES)


def feature(name: str, *images: Pixels) -> list[float]:
    return [float(value) for value in measure_features(np.stack(images))[:, NAMES.index(name)]]


def noise(spread: float, seed: int = 0) -> Pixels:
    rng = np.random.default_rng(seed)
    return np.clip(128 + spread * rng.normal(size=(32, 32, 3)), 0, 255).astype(np.uint8)


def flat(*colour: int) -> Pixels:
    return np.tile(np.array(colour, dtype=np.uint8), (32, 32, 1))


def test_an_image_of_one_colour_has_finite_features() -> None:
    assert np.isfinite(measure_features(np.stack([flat(0, 0, 0), flat(255, 255, 255)]))).all()
    assert np.isfinite(measure_features(np.zeros((1, 1, 2, 3), dtype=np.uint8)[:, [0, 0]])).all()


def test_luminance_saturation_and_contrast() -> None:
    assert feature("luminance", flat(0, 0, 0), flat(255, 255, 255)) == pytest.approx([0, 1])
    assert feature("saturation", flat(255, 0, 0), flat(90, 90, 90)) == pytest.approx([1, 0])
    for name in ("contrast", "edges", "contrast_fine", "ground"):
        weak, strong = feature(name, noise(5), noise(50))
        assert weak < strong


def test_where_the_edges_are() -> None:
    middle, rim = flat(90, 90, 90), flat(90, 90, 90)
    middle[12:20, 12:20], rim[:, :3] = noise(60)[:8, :8], noise(60)[:, :3]
    spread = feature("edge_spread", middle, rim)
    assert spread[0] < spread[1]
    assert feature("edges_centre", middle)[0] > feature("edges_border", middle)[0]
    assert feature("edge_entropy", middle)[0] < feature("edge_entropy", noise(60))[0]


def test_a_figure_stands_out_from_its_ground() -> None:
    figure = flat(20, 20, 20)
    figure[8:24, 8:24] = 220
    assert feature("figure", figure)[0] > feature("figure", noise(5))[0]
    assert feature("figure_luminance", figure, 255 - figure)[0] > 0.3
    assert feature("figure_luminance", 255 - figure)[0] < -0.3


def test_an_image_measures_the_same_alone_and_among_others() -> None:
    source = Pictograms(32)
    together = endpoint_features(source, [3, 14, 8])
    assert together.shape == (3, len(FEATURES))
    assert endpoint_features(source, [14])[0] == pytest.approx(together[1], rel=1e-12, abs=1e-12)
    assert endpoint_features(source, []).shape == (0, len(FEATURES))


def test_a_larger_picture_of_the_same_thing_measures_about_the_same() -> None:
    small, large = (endpoint_features(Pictograms(size), range(40)) for size in (32, 64))
    for name in ("luminance", "contrast", "saturation", "figure"):
        column = NAMES.index(name)
        assert np.corrcoef(small[:, column], large[:, column])[0, 1] > 0.95
