"""The networks: their size, their width, and weights that the seed alone decides."""

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from elicit.errors import ElicitError
from learn.training import models


def weights(net: Any) -> int:
    return sum(each.numel() for each in net.parameters())


@pytest.mark.parametrize(
    ("name", "count"),
    # VGG-11 with batch normalisation and one linear layer; ResNets with a 3x3 stem
    [("vgg11", 9_231_114), ("resnet18", 11_173_962), ("resnet34", 21_282_122)],
)
def test_networks_are_those_usual_for_small_images(name: str, count: int) -> None:
    assert weights(models.build(name, 10, 1.0, 0)) == count


@pytest.mark.parametrize("name", models.MODELS)
def test_a_network_of_any_width_gives_a_logit_a_class(name: str) -> None:
    net = models.build(name, 7, 0.05, 0).eval()
    for side in (32, 48):
        assert net(torch.rand(2, 3, side, side)).shape == (2, 7)
    assert weights(net) < weights(models.build(name, 7, 0.1, 0))


def test_the_seed_alone_decides_the_weights_and_nothing_else_is_drawn() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, again, other = (models.build("vgg11", 10, 0.05, seed) for seed in (1, 1, 2))
    assert torch.equal(torch.rand(3), expected)
    first, again, other = (each[1][0].weight for each in (first, again, other))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_pixels_are_normalised_inside_the_network() -> None:
    middle = torch.tensor(models.CIFAR_MEAN).view(1, 3, 1, 1).expand(1, 3, 2, 2)
    assert models.Normalise()(middle).abs().max() < 1e-6
    up = middle + torch.tensor(models.CIFAR_STD).view(1, 3, 1, 1)
    assert models.Normalise()(up).sub(1).abs().max() < 1e-5
    assert "0.mean" not in models.build("vgg11", 10, 0.05, 0).state_dict()


def test_an_unknown_network_and_images_too_small_for_it_are_told() -> None:
    with pytest.raises(ElicitError, match=r"^model: must be one of vgg11, .*; got 'vgg19'$"):
        models.build("vgg19", 10, 1.0, 0)
    with pytest.raises(ElicitError, match=r"^model: vgg11 needs images of 32 pixels .*, got 16;"):
        models.build("vgg11", 10, 1.0, 0, image_size=16)


def test_a_narrow_resnet_subsamples_as_a_stride_does_and_has_the_same_weights() -> None:
    narrow, wide = (models.build("resnet18", 10, width, 0) for width in (0.0625, 1.0))
    assert narrow.state_dict().keys() == wide.state_dict().keys()
    conv = narrow[1].layer2[0].downsample[0]
    assert isinstance(conv, models.Subsampled)
    assert not isinstance(wide[1].layer2[0].downsample[0], models.Subsampled)
    images = torch.rand(2, 4, 9, 8)
    strided = torch.nn.functional.conv2d(images, conv.weight, stride=2)
    assert torch.allclose(conv(images), strided)
