"""The networks that are trained: VGG-11 and ResNets for small images, of any width."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torchvision.models import resnet
from torchvision.models.vgg import cfgs, make_layers

from elicit.errors import ElicitError

# of CIFAR-10's training images, per channel, in [0, 1]; the paper group's (PAPER.md)
CIFAR_MEAN = (0.4914, 0.4822, 0.4465)
CIFAR_STD = (0.2023, 0.1994, 0.2010)

_VECTOR = 16  # numbers that a CPU's widest registers hold


class Normalise(nn.Module):  # type: ignore[misc]  # torch is not read by mypy
    """Bring pixels in [0, 1] to mean 0 and spread 1, inside the network.

    So that an attack of 4/255 is one on the pixels themselves.
    """

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(CIFAR_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(CIFAR_STD).view(1, 3, 1, 1), persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        """Return (B, 3, H, W) normalised images of (B, 3, H, W) pixels in [0, 1]."""
        return (pixels - self.mean) / self.std


class Subsampled(nn.Conv2d):  # type: ignore[misc]  # torch is not read by mypy
    """A 1x1 convolution of every second pixel, across and down: one with a stride of 2.

    On CPUs with AVX2 that one writes past its memory in the backward pass, if images are channels
    last and have fewer channels than fill a vector (oneDNN issue 6035).
    """

    def forward(self, images: Tensor) -> Tensor:
        """Return (B, out, H / 2, W / 2) of (B, in, H, W), halves rounded up."""
        return super().forward(images[:, :, ::2, ::2])


def vgg11(classes: int, width: float = 1.0) -> nn.Module:
    """Return VGG-11 with batch normalisation and one linear layer, as is usual for 32x32 images.

    Convolutions are torchvision's configuration A (Simonyan and Zisserman 2015); its three wide
    linear layers, made for 224x224 images, give way to the mean over what is left of the image.
    """
    layers = [each if each == "M" else _wide(int(each), width) for each in cfgs["A"]]
    return nn.Sequential(
        Normalise(),
        make_layers(layers, batch_norm=True),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(int(layers[-2]), classes),
    )


def resnet18(classes: int, width: float = 1.0) -> nn.Module:
    """Return torchvision's ResNet-18 with a 3x3 stem that keeps small images' size."""
    return _small_resnet([2, 2, 2, 2], classes, width)


def resnet34(classes: int, width: float = 1.0) -> nn.Module:
    """Return torchvision's ResNet-34 with a 3x3 stem that keeps small images' size."""
    return _small_resnet([3, 4, 6, 3], classes, width)


# To add a network: write its function, name it here.
MODELS: dict[str, Callable[[int, float], nn.Module]] = {
    "vgg11": vgg11,
    "resnet18": resnet18,
    "resnet34": resnet34,
}


def build(name: str, classes: int, width: float, seed: int, image_size: int = 32) -> nn.Module:
    """Return a network with the weights that `seed` draws, for (B, 3, H, W) pixels in [0, 1].

    Torch's own random state is as before afterwards.

    Args:
        name: of `MODELS`.
        classes: K, the number of outputs.
        width: share of the usual number of channels, above 0.
        seed: of the weights.
        image_size: H = W, pixels.

    Raises:
        ElicitError: no such network, or one that cannot look at images of that size.
    """
    if name not in MODELS:
        raise ElicitError(f"model: must be one of {', '.join(MODELS)}; got {name!r}")
    if image_size < 32:
        raise ElicitError(
            f"model: {name} needs images of 32 pixels a side or more, got {image_size}; "
            "choose another --image-size"
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MODELS[name](classes, width)


def _wide(channels: int, width: float) -> int:
    return max(1, round(channels * width))


def _small_resnet(layers: list[int], classes: int, width: float) -> nn.Module:
    # torchvision's BasicBlock refuses a width of its own, so the planes are scaled here
    net = resnet.ResNet(resnet.BasicBlock, layers, num_classes=classes)
    net.inplanes = first = _wide(64, width)
    net.conv1 = nn.Conv2d(3, first, 3, padding=1, bias=False)
    net.bn1 = nn.BatchNorm2d(first)
    net.maxpool = nn.Identity()
    for number, blocks in enumerate(layers):
        planes, stride = _wide(64 * 2**number, width), 1 if number == 0 else 2
        setattr(net, f"layer{number + 1}", _layer(net, planes, blocks, stride))
    net.fc = nn.Linear(_wide(512, width), classes)
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return nn.Sequential(Normalise(), net)


def _layer(net: nn.Module, planes: int, blocks: int, stride: int) -> nn.Module:
    inplanes = net.inplanes
    layer: nn.Module = net._make_layer(resnet.BasicBlock, planes, blocks, stride=stride)
    if stride == 2 and inplanes < _VECTOR:
        strided = layer[0].downsample[0]
        layer[0].downsample[0] = nn.utils.skip_init(Subsampled, inplanes, planes, 1, bias=False)
        layer[0].downsample[0].weight = strided.weight
    return layer
